"""A sandbox of each module's own. A module that wants another market has its own fixture `market`."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest

from infra.sandbox.market import Market, generate
from infra.sandbox.server import serving
from tests.integration.articles_worked import history, store
from tests.integration.sandbox_client import World

FIRST = date(2026, 5, 4)
WEEKDAYS = [day for day in (FIRST + timedelta(days=n) for n in range(175)) if day.weekday() < 5]


@pytest.fixture(scope="module")
def market() -> Market:
    return generate(5, WEEKDAYS, live=5, companies=9, stories_per_session=4)


@pytest.fixture(scope="module")
def address(market: Market) -> Iterator[str]:
    with serving(market) as address:
        yield address


@pytest.fixture
def world(address: str, market: Market) -> World:
    """The sandbox at midnight before its first live session."""
    world = World(address)
    world.at(market.live[0], time())
    return world


@pytest.fixture
def listed(environment: dict[str, str]) -> None:
    """A listed stock with enough of a history."""
    store(*history())
