"""Playing a small market through the production handlers, and what is left of it, by natural keys."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import requests
from sqlalchemy import RowMapping, create_engine, make_url, text

from infra.local import demo, platform, subscriber
from infra.local.replay import Position, Replay
from infra.local.stores import Stores
from infra.local.world import Sample, World
from infra.sandbox.market import Market
from nunchi import database
from nunchi.adapters import sqs
from nunchi.market.calendar import xkrx
from tests.conftest import forget_clients

# more stories than are looked at
SMALL = Sample(seed=3, history=60, live=2, companies=6, stories_per_session=3)

# what a replay leaves behind, without what differs from run to run: numbers of rows, and when which machine ran
CONTENT = {
    "articles": "SELECT url, title, body, published_at, known_at, story_id FROM articles",
    "stories": "SELECT id, title, lead, known_at FROM stories",
    "story_stocks": "SELECT story_id, stock_code, known_at FROM story_stocks",
    "daily_bars": "SELECT * FROM daily_bars",
    "index_bars": "SELECT * FROM index_bars",
    "cases": "SELECT id, stock_code, as_of, correlation_id, sigma20_ratio, asked, evidence FROM cases",
    "answers": "SELECT * FROM answers",
    "forecasts": """
        SELECT forecasts.id, title, stock_code, as_of, arm, horizon_sessions, p_down, p_flat, p_up, shown_down,
               shown_flat, shown_up, calibrator, created_at, content_hash, sealed_at
        FROM forecasts JOIN cases ON cases.id = case_id JOIN stories ON stories.id = story_id""",
    "raw_forecasts": "SELECT answer_id, arm, horizon_sessions, p_down, p_flat, p_up FROM forecasts",
    "seals": "SELECT root, previous_root, forecasts, sealed_at, header FROM seals",
    "seal_drafts": "SELECT * FROM seal_drafts",
    "calibrators": "SELECT * FROM calibrators",
    "reactions": "SELECT * FROM reactions",
    "base_rates": "SELECT * FROM base_rates",
    "evaluations": "SELECT * FROM evaluations",
    # a worker that is killed may have paid for a call that its successor made again
    "performance": "SELECT to_jsonb(performance) - 'cost_usd_per_forecast' AS record FROM performance",
    "comparisons": "SELECT * FROM comparisons",
    "report_runs": "SELECT * FROM report_runs",
    "reports": "SELECT * FROM reports",
    "report_scenarios": "SELECT * FROM report_scenarios",
    "alerts": "SELECT story_id, stock_code, state, reason, decided_at, held_until FROM alerts",
    # a worker that is killed in a call leaves it open whether that was sent: what became of each is not compared
    "deliveries": "SELECT id, chat_id, message_id, kind, story_id, stock_code, made_at FROM deliveries",
    "alert_messages": "SELECT * FROM alert_messages",
    "events": "SELECT name, payload, closed_at IS NULL AS open FROM outbox",
}
Content = dict[str, list[str]]


def content() -> Content:
    """Every row of every table of the current database, as text, sorted."""
    with database.session() as session:
        return {
            name: sorted(_as_text(row) for row in session.execute(text(query)).mappings())
            for name, query in CONTENT.items()
        }


def _as_text(row: RowMapping) -> str:
    return json.dumps(dict(row), sort_keys=True, default=str)


def differences(found: Content, expected: Content) -> dict[str, list[str]]:
    """The rows of each table that only one of the two has: - is missing, + is unexpected. Empty when they agree."""
    rows = {
        name: [f"- {row}" for row in sorted(set(expected[name]) - set(found[name]))]
        + [f"+ {row}" for row in sorted(set(found[name]) - set(expected[name]))]
        for name in CONTENT
    }
    return {name: lines for name, lines in rows.items() if lines}


@contextmanager
def empty_platform(stores: Stores, home: Path, world: World, name: str) -> Iterator[platform.Platform]:
    """A platform on an empty database, an empty Milvus collection, empty queues and an empty cache."""
    with fresh_database(stores, name) as url:
        values = platform.environment(stores, home, world.settings() | {"POWERTOOLS_LOG_LEVEL": "CRITICAL"})
        requests.post(f"{stores.aws_endpoint_url}/moto-api/reset", timeout=10).raise_for_status()
        with environment(values | {"DATABASE_URL": url}):
            drop_vectors()
            drop_cache()
            running = platform.start(values | {"DATABASE_URL": url})
            forget_clients()
            running.pump.watch(sqs.get_client())
            yield running


@contextmanager
def fresh_database(stores: Stores, name: str) -> Iterator[str]:
    """An empty database, dropped at the end."""
    engine = create_engine(
        stores.database_url, isolation_level="AUTOCOMMIT", connect_args={"ssl_context": False}
    )
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        try:
            yield make_url(stores.database_url).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """This process's environment for a while, its clients built anew."""
    before = dict(os.environ)
    os.environ.update(values)
    forget_clients()
    try:
        yield
    finally:
        forget_clients()
        os.environ.clear()
        os.environ.update(before)


def drop_vectors() -> None:
    from nunchi.adapters import milvus

    for name in milvus.get_client().list_collections():
        milvus.get_client().drop_collection(name)
    milvus.make.cache_clear()


def drop_cache() -> None:
    from nunchi.adapters import redis

    redis.get_client().flushall()


def load(running: platform.Platform, market: Market) -> None:
    """Stores the market's history, and a user who is told."""
    demo.load_history(running, market, xkrx(), lambda *_step: None)
    subscriber.add(demo.span(market).start)


def play(
    running: platform.Platform,
    market: Market,
    world: World,
    position: Path,
    until: datetime | None = None,
    *,
    skip: bool = True,
) -> Replay:
    """Plays a market's live sessions to their end, or `until`."""
    when = demo.span(market)
    replay = Replay(running, Position(position), world.set_clock)
    for _minute in replay.run(when.start, until or when.end, skip=skip):
        pass
    return replay
