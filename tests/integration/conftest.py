"""A sandbox of each module's own, a client of the application, and language models that can be made to misbehave.

A module that wants another market has its own fixture `market`.
"""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from fastapi.testclient import TestClient

from infra.local.platform import Platform
from infra.sandbox.market import Market, generate
from infra.sandbox.server import serving
from nunchi.accounts.rules import Role
from tests.conftest import forget_clients
from tests.integration.accounts_played import APP, Hands, bearing, grant, opened, stored_user
from tests.integration.alerts_played import Bot, playing
from tests.integration.articles_worked import history, store
from tests.integration.models_asked import Misbehave, misbehaving, store_case
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


@pytest.fixture
def hands() -> Hands:
    """The hands of the clock that `client` asks."""
    return Hands()


@pytest.fixture
def client(environment: dict[str, str], hands: Hands) -> Iterator[TestClient]:
    """A client of the application, from an address of its own."""
    with opened(hands) as client:
        yield client


@pytest.fixture
def admin(environment: dict[str, str]) -> dict[str, str]:
    """The headers of an administrator."""
    return bearing(grant(stored_user("boss", Role.ADMIN)))


@pytest.fixture
def open_sign_up(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may sign up, and pages of `APP` may ask."""
    monkeypatch.setenv("SIGN_UP", "open")
    monkeypatch.setenv("ALLOWED_ORIGINS", APP)
    forget_clients()


@pytest.fixture
def bot(started: Platform, address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    """The platform and the sandbox's Telegram, at noon."""
    with playing(started, address, monkeypatch) as played:
        yield played


@pytest.fixture
def misbehave(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Misbehave]:
    """What orders a model's stand-in to answer otherwise."""
    with misbehaving(address, monkeypatch) as order:
        yield order


@pytest.fixture
def asked(misbehave: Misbehave, environment: dict[str, str]) -> Misbehave:
    """A case that the models can be asked about."""
    forget_clients()
    store_case()
    return misbehave
