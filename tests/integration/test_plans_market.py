"""How the database finds what the API shows of the market: no read looks through a large table."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import md5
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from infra.local import platform
from infra.local.stores import Stores
from nunchi import database
from nunchi.articles import repository as articles
from nunchi.articles.repository import Wanted
from nunchi.market import repository as market
from nunchi.predict import evidence, past
from nunchi.predict import repository as predictions
from nunchi.quotes import repository as quotes
from nunchi.stocks import repository as stocks
from nunchi.stories import repository as stories
from tests.conftest import MIGRATED, create_database, forget_clients
from tests.integration.plans_filled import fill

NOW = datetime(2026, 10, 16, 7, tzinfo=UTC)
MIDDLE = datetime(2024, 6, 1, tzinfo=UTC)
DAYS = (date(2024, 9, 1), date(2025, 9, 1))
MINUTES = (datetime(2026, 10, 14, tzinfo=UTC), datetime(2026, 10, 14, 6, 31, tzinfo=UTC))
MOST_READ = 25_000  # rows, where the large tables have 100,000 and more
SMALL = {"stocks", "arms", "adjustments", "index_bars", "index_levels", "products", "calendar_days"}
CODE, OFTEN = "000200", "000001"  # OFTEN has a tenth of all stories
Read = Callable[[Session], Any]

STORY, ARTICLE = (
    UUID(md5(name, usedforsecurity=False).hexdigest()) for name in (b"story4711", b"article4711")
)
PLACE = (MIDDLE, UUID(int=7))
READS: dict[str, Read] = {
    "articles": lambda s: newest(s, Wanted()),
    "articles, a later page": lambda s: newest(s, Wanted(), PLACE),
    "articles of a source": lambda s: newest(s, Wanted(source="reddit"), PLACE),
    "articles of a source that has none": lambda s: newest(s, Wanted(source="unheard")),
    "news": lambda s: newest(s, Wanted(kind="news"), PLACE),
    "posts": lambda s: newest(s, Wanted(kind="post")),
    "articles of a stock": lambda s: newest(s, Wanted(stock_code=CODE)),
    "articles of a stock, a later page": lambda s: newest(s, Wanted(stock_code=CODE), PLACE),
    "articles of a stock that is told of often": lambda s: newest(s, Wanted(stock_code=OFTEN), PLACE),
    "articles of a time": lambda s: newest(s, Wanted(since=MIDDLE, before=MIDDLE.replace(day=3))),
    "titles with a rare word": lambda s: newest(s, Wanted(words=["무상증자"])),
    "titles with a frequent word": lambda s: newest(s, Wanted(words=["체결"])),
    "titles with a word that is nowhere": lambda s: newest(s, Wanted(words=["쿵푸"])),
    "titles with words": lambda s: newest(s, Wanted(words=["유상", "다온솔", "33"]), PLACE),
    "titles of a stock": lambda s: newest(s, Wanted(stock_code=CODE, words=["특허"])),
    "an article": lambda s: articles.shown(s, ARTICLE),
    "a story's articles": lambda s: articles.of_story(s, STORY, limit=200),
    "stories": lambda s: stories.newest(s, stock_code=None, limit=51, after=PLACE),
    "stories of a stock": lambda s: stories.newest(s, stock_code=CODE, limit=51),
    "stories of a stock, a later page": lambda s: stories.newest(s, stock_code=OFTEN, limit=51, after=PLACE),
    "stories with their stocks": lambda s: stories.with_stocks(s, [STORY]),
    "a story's reactions": lambda s: past.reactions(s, [STORY], now=NOW),
    "a story's forecasts": lambda s: predictions.of_story(s, STORY, limit=500),
    "founders": lambda s: articles.founders(s, [STORY]),
    "stocks that fit": lambda s: stocks.listed(s, stocks.Wanted(typed="ㅎㅅ2"), limit=51),
    "a stock with its last bar": lambda s: market.stock_with_last_bar(s, CODE, as_of=NOW),
    "daily bars": lambda s: stocks.daily(s, CODE, DAYS, as_of=NOW),
    "adjustments": lambda s: market.factors_known(s, [CODE], as_of=NOW),
    "minutes": lambda s: quotes.minutes(s, "000050", *MINUTES, as_of=NOW),
    "the newest price": lambda s: stocks.last_quote(s, "000050", as_of=NOW),
    "the newest price of a stock without one": lambda s: stocks.last_quote(s, "000299", as_of=NOW),
    "the newest prices of a list": lambda s: stocks.last_quotes(s, [CODE, "000050", "000299"], as_of=NOW),
    "the order book": lambda s: stocks.last_order_book(s, "000050", as_of=NOW),
    "investors": lambda s: stocks.flows(s, CODE, DAYS, as_of=NOW),
    "ratios": lambda s: stocks.ratios(s, CODE, quarterly=None, limit=20, as_of=NOW),
    "indicators": lambda s: evidence.read(s, [stocks.stock(s, CODE)], as_of=NOW),
}


def newest(session: Session, wanted: Wanted, after: tuple[datetime, UUID] | None = None) -> Any:
    return articles.newest(session, wanted, limit=51, after=after)


@pytest.fixture(scope="module", autouse=True)
def filled(stores: Stores, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("plans")
    values = platform.environment(
        stores, home, {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "DATABASE_TIMEOUT_S": "600"}
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            values | {"DATABASE_URL": create_database(stores, "plans_market", MIGRATED)}
        ).items():
            patch.setenv(name, value)
        forget_clients()
        fill(database.get_engine())
        yield
        forget_clients()


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        sent.append((statement, parameters))

    event.listen(database.get_engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.get_engine(), "before_cursor_execute", note)


def plans(session: Session, read: Read) -> list[dict[str, Any]]:
    """The steps of the plans of a read's statements, as they went."""
    with statements() as sent:
        read(session)
    found = []
    for statement, parameters in sent:
        explained = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}"
        answer = session.connection().exec_driver_sql(explained, parameters).scalar_one()
        made = answer if isinstance(answer, list) else json.loads(answer)
        found += list(_steps(made[0]["Plan"]))
    return found


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _steps(inner)


def rows_read(step: dict[str, Any]) -> int:
    gone = sum(step.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return int((step["Actual Rows"] + gone) * step["Actual Loops"])


@pytest.mark.parametrize("name", READS)
def test_no_read_looks_through_a_large_table(name: str) -> None:
    with database.session() as session:
        steps = plans(session, READS[name])
    scans = [one for one in steps if one["Node Type"] == "Seq Scan" and one["Actual Loops"]]
    assert {
        one["Relation Name"] for one in scans if not one["Relation Name"].startswith("minute_bars_")
    } <= SMALL
    assert all(one["Actual Rows"] == 0 for one in scans if one["Relation Name"].startswith("minute_bars_"))
    assert max(rows_read(one) for one in steps) < MOST_READ, json.dumps(steps, indent=1)
