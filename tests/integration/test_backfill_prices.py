"""`nunchi backfill prices`: days gone by, asked of the sandbox's broker."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from infra.local import prices
from infra.local.errors import LocalError
from infra.local.invocation import LambdaContext
from infra.sandbox.market import Market
from nunchi import clock, database
from nunchi.market.calendar import xkrx
from nunchi.models import Adjustment, DailyBar, IndexBar, Stock
from nunchi.quotes.rules import INDICES
from nunchi.settings import get_settings
from operate import partitions
from tests.integration.crawled import MARKET, NOW, forget, pointed_at
from tests.integration.sandbox_client import World

FIRST, LAST = MARKET.sessions[0], MARKET.sessions[1]


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def world(world: World, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The broker on the morning of the first live session; three stocks are followed."""
    world.set(NOW + timedelta(hours=9))
    with pointed_at(world, monkeypatch) as sites, database.session() as session:
        get_settings.cache_clear()
        forget()
        session.add_all(Stock(code=c.code, name=c.name, market=c.market) for c in MARKET.companies[:3])
        session.commit()
        yield sites


def stored() -> dict[tuple[str, object], int]:
    with database.session() as session:
        return {(bar.code, bar.session): bar.close_won for bar in session.scalars(select(DailyBar))}


@pytest.mark.usefixtures("world")
def test_every_stock_and_index_has_its_bars_as_if_they_had_been_known_then() -> None:
    assert prices.load(FIRST, LAST) == 2 * (3 + len(INDICES))
    truth = {
        (code, bar.session): bar.close_won
        for code in [c.code for c in MARKET.companies[:3]]
        for bar in MARKET.bars[code]
        if bar.session <= LAST
    }
    assert stored() == truth
    with database.session() as session:
        bars = [*session.scalars(select(DailyBar)), *session.scalars(select(IndexBar))]
    closes = {day: xkrx().after(day, 0).closes_at for day in (FIRST, LAST)}
    assert all(bar.backfilled and bar.known_at == closes[bar.session] + timedelta(minutes=10) for bar in bars)


@pytest.mark.usefixtures("world")
def test_only_what_is_lacking_is_asked_for() -> None:
    assert prices.load(FIRST, FIRST) == 3 + len(INDICES)
    assert prices.load(FIRST, LAST) == 3 + len(INDICES)
    assert prices.load(FIRST, LAST) == 0
    with database.session() as session:
        assert list(session.scalars(select(Adjustment))) == []


def test_a_broker_that_fails_stops_it_with_a_line_and_it_goes_on_later(world: World) -> None:
    world.misbehave({"path": "/kis/uapi", "status": 400, "body": "{}"})
    with pytest.raises(LocalError, match="run it again to go on"):
        prices.load(FIRST, LAST)
    assert prices.load(FIRST, LAST) > 0


def test_without_a_key_it_says_which_is_missing(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KIS_APP_KEY", raising=False)
    with pytest.raises(LocalError, match="KIS_APP_KEY"):
        prices.load(FIRST, LAST)


@pytest.mark.usefixtures("environment")
def test_partitions_are_made_ahead_and_once() -> None:
    context = LambdaContext("PartitionsFunction", "arn:aws:lambda:x:1:function:x", 512, 60)
    later = NOW + timedelta(days=200)  # in May
    with clock.driven_by(lambda: later):
        for _ in range(2):
            assert partitions.handler({"scheduled_time": later.isoformat()}, context) == {
                "partitions": 3,
                "runs_dropped": 0,
            }
    with database.session() as session:
        names = session.scalars(
            text("SELECT relname FROM pg_class WHERE relname LIKE 'minute_bars_2027%' AND relkind = 'r'")
        )
        assert {"minute_bars_2027_06", "minute_bars_2027_07", "minute_bars_2027_08"} <= set(names)
