"""KIS's stand-in on an evening when bars are known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time

import pytest
import requests

from infra.local.world import Sample
from infra.local.world import World as Address
from nunchi.adapters import kis, redis
from nunchi.errors import UpstreamError
from nunchi.market.calendar import xkrx
from nunchi.seoul import SEOUL
from tests.conftest import forget_clients
from tests.integration.sandbox_client import World

MARKET = Sample(history=30, live=2, companies=4, stories_per_session=1).generate(xkrx())
STOCK = MARKET.companies[0].code
FIRST, LAST = MARKET.sessions[10], MARKET.sessions[29]
EVENING = datetime.combine(LAST, time(20), tzinfo=SEOUL)
DATA, TOKEN = "/kis/uapi", "/kis/oauth2"
Misbehave = Callable[..., None]


@contextmanager
def evening(world: World, redis_url: str, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """KIS on the evening of the last session before the live ones; no token is remembered."""
    settings = Address(world.address).settings() | {"REDIS_URL": redis_url, "KIS_SECRET_ARN": ""}
    for name, value in settings.items():
        patch.setenv(name, value)
    forget_clients()
    redis.get_client().flushdb()
    world.set(EVENING)
    yield world
    requests.delete(f"{world.address}/_control/faults", timeout=10).raise_for_status()
    forget_clients()


def failed() -> UpstreamError:
    with pytest.raises(UpstreamError) as found:
        kis.bars(STOCK, FIRST, LAST)
    return found.value
