"""How long it takes from a stored article to the message in a chat, in the system's own time.

Each story goes through the production handlers one after the other, and the time is that of the handlers and of the
queues between them, with what the local embedding and the sandbox's models take. The waits for a crawler's ten minutes
and for the end of Seal's minute are not in it.
`python -m tests.bench.alerting` runs it by itself.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from infra.local import demo, platform
from infra.local.errors import LocalError
from infra.local.folders import temporary_home
from infra.local.platform import Platform
from infra.local.stores import running_stores
from infra.local.world import Sample, World, running_world
from infra.sandbox.market import Market
from nunchi import clock, database, ids, outbox
from nunchi.adapters import web
from nunchi.articles import repository as articles
from nunchi.events import ArticleStored
from nunchi.market.calendar import xkrx
from nunchi.models import User
from nunchi.notify import linking
from nunchi.notify.repository import chats, people
from tests.bench import hot_story
from tests.bench.hot_story import LIMIT_PER_S, Hot
from tests.bench.saving import SYLLABLES

STORIES, CHAT = 40, 4711
STAGES = ("EmbedFunction", "PredictFunction", "SealFunction", "NotifyFunction", "DeliverFunction")
AIM_S = 2.0


@dataclass(frozen=True)
class Alerting:
    """Seconds from a stored article to its message, one a story; and the mean of each stage."""

    taken_s: tuple[float, ...]
    stages_s: dict[str, float]

    @property
    def p50_s(self) -> float:
        return quantiles(self.taken_s, n=20)[9]

    @property
    def p95_s(self) -> float:
        return quantiles(self.taken_s, n=20)[18]


def measure(running: Platform, world: World, market: Market, *, now: datetime) -> Alerting:
    """Raises LocalError where a story's message did not come."""
    with database.session() as session:
        _subscribe(session)
    _one(running, world, market, STORIES, now - timedelta(minutes=10))  # loads the local model
    running.seconds.clear()
    taken = [
        _one(running, world, market, number, now + timedelta(minutes=10 * number))
        for number in range(STORIES)
    ]
    return Alerting(tuple(taken), {name: running.seconds[name] / STORIES for name in STAGES})


def _subscribe(session: Session) -> None:
    user = User(
        id=ids.derive("user", "bench"),
        email="bench@example.com",
        nickname="bench",
        nickname_key="bench",
        password_hash="",
        role="user",
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    chats.link(session, user.id, str(CHAT), CHAT, now=clock.now())
    people.add_preferences(session, user.id, linking.DEFAULTS | {"daily_maximum": 200})
    wanted = {"stocks": "all", "minimum_probability": 0.0, "cooldown_s": 0}
    linking.add_rule(session, user.id, linking.RULE_DEFAULTS | wanted, now=clock.now())


def _one(running: Platform, world: World, market: Market, number: int, now: datetime) -> float:
    """Puts an article in, as a crawler does, and plays what follows until its message is there."""
    row, before, moment = _article(market, number, now), _sent(world), [now]
    with clock.driven_by(lambda: moment[0]):
        began = time.perf_counter()
        with outbox.transaction() as session:
            articles.save(session, [row])
            event = ArticleStored(article_id=row["id"])
            outbox.add(session, event, correlation_id=str(row["id"]), now=now)
        running.pump.drain(now)
        moment[0] = now + timedelta(minutes=1)  # Seal takes what was forecast before its minute
        running.invoke("SealFunction", {"scheduled_time": moment[0].isoformat()})
        running.pump.drain(moment[0])
        taken_s = time.perf_counter() - began
    if _sent(world) == before:
        raise LocalError(f"no message came of article {number}")
    return taken_s


def _article(market: Market, number: int, now: datetime) -> dict[str, Any]:
    draw, company = Random(1000 + number), market.companies[number % len(market.companies)]
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 5))) for _ in range(60)]
    url = f"https://bench.example/alerting/{number}"
    return {
        "id": articles.article_id(url),
        "source": "bench",
        "url": url,
        "title": f"{company.name}, {' '.join(words[:5])}",
        "body": f"{company.name}는 {' '.join(words)}다. {number * 7919}억원.",
        "author": "",
        "published_at": now,
        "known_at": now,
        "stock_code": None,
        "listed_title": "",
    }


def _sent(world: World) -> int:
    answer = web.get_session().get(f"{world.url}/_control/telegram", timeout=10).json()
    return int(answer["sent"].get(str(CHAT), 0))


def table(found: Alerting, hot: Hot | None) -> Table:
    """What was measured."""
    shown = Table(
        caption=f"Aim: p95 below {AIM_S:.0f} s; Telegram's limit is {LIMIT_PER_S} messages a second."
    )
    for column in ("alerts", "", ""):
        shown.add_column(column)
    verdict = "met" if found.p95_s < AIM_S else "missed"
    stages = ", ".join(
        f"{name.removesuffix('Function')} {1000 * s:.0f}" for name, s in found.stages_s.items()
    )
    shown.add_row(
        "article to message, own time", f"p95 {found.p95_s:.2f} s ({verdict})", f"p50 {found.p50_s:.2f} s"
    )
    shown.add_row("  of it, ms", stages, "Embed and Predict with their models, local and simulated")
    for row in hot_story.rows(hot) if hot else ():
        shown.add_row(*row)
    return shown


def main() -> None:
    """The first measurement by itself, on a small market."""
    sample = Sample(history=40, live=1, companies=12, stories_per_session=4)
    with temporary_home() as home, running_stores(home) as stores, running_world(sample, home) as world:
        values = platform.environment(stores, home, world.settings() | {"POWERTOOLS_LOG_LEVEL": "CRITICAL"})
        running, market = platform.start(values), sample.generate(xkrx())
        demo.load_history(running, market, xkrx(), lambda *_: None)
        found = measure(running, world, market, now=demo.span(market).start + timedelta(hours=10))
        Console(width=160).print(table(found, None))


if __name__ == "__main__":
    main()
