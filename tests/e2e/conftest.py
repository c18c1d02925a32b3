"""One small market, played once for every test that only looks at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from infra.local import summary
from infra.local.folders import temporary_home
from infra.local.replay import Replay
from infra.local.stores import Stores
from infra.local.world import World
from infra.rerun import answers, command
from infra.rerun.answers import Replayed
from infra.rerun.command import Wanted
from infra.sandbox.market import Market
from infra.sandbox.server import serving
from nunchi import database
from nunchi.evaluate.repository.records import latest_performance
from nunchi.market.calendar import xkrx
from nunchi.models import Performance
from tests.e2e import played
from tests.e2e.played import SMALL, Content

ARMS = ("prior", "neighbours", "gpt-4o", "deepseek-v3.2")


@dataclass(frozen=True)
class Baseline:
    """The small market played without disturbance: what it left, again after a second run, and what held."""

    replay: Replay
    content: Content
    content_after_second_run: Content
    counts: dict[str, int]
    checks: list[summary.Check]
    performance: list[Performance]
    asked_again: dict[tuple[UUID, str], Replayed]
    report: str


@pytest.fixture(scope="session")
def market() -> Market:
    return SMALL.generate(xkrx())


@pytest.fixture(scope="session")
def world(market: Market) -> Iterator[World]:
    with serving(market) as url:
        yield World(url)


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


@pytest.fixture(scope="session")
def baseline(stores: Stores, market: Market, world: World, home: Path) -> Baseline:
    from infra.local import demo

    when = demo.span(market)
    with played.empty_platform(stores, home / "baseline", world, "baseline") as running:
        played.load(running, market)
        replay = played.play(running, market, world, home / "baseline.json")
        first = played.content()
        with database.session() as session:
            counts = summary.counts(session, since=when.start)
            checks = summary.checks(session, market, xkrx(), last_crawl=when.last_crawl)
            performance = latest_performance(session)
        wanted = Wanted(market.live[0], market.live[-1], ARMS, at_once=2)
        report = command.replay(wanted, home / "asked again").read_text(encoding="utf-8")
        asked_again = answers.read(home / "asked again" / "answers.jsonl")
        played.load(running, market)
        played.play(running, market, world, home / "again.json")
        return Baseline(replay, first, played.content(), counts, checks, performance, asked_again, report)
