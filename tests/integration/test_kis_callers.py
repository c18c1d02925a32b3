"""Many callers of KIS at once: one token, one rate, and nothing lost, whatever happens in the middle."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from infra.local.stores import Stores
from nunchi.adapters import redis
from nunchi.adapters.kis import Failed, KisClient, UnexpectedBody
from nunchi.adapters.redis import Lock
from tests import kis_bodies as bodies
from tests.conftest import forget_clients
from tests.integration.kis_asked import (
    CUT,
    KEY,
    SECRET,
    TOO_OFTEN_SHOWN,
    Query,
    StandIn,
    hasty,
    shown,
    standing_in,
)
from tests.kis_bodies import STOCK, Body, refused

PROCESSES, CALLERS, CALLS = 4, 50, 2
RATE_PER_S = 100
DAILY = "FHKST03010100"
CODES = [str(100_000 + place) for place in range(PROCESSES * CALLERS * CALLS)]
DAY = date(2026, 7, 3)


def close_of_code(query: Query) -> Body:
    """A bar that tells by its close of which code it is."""
    row = bodies.daily_row("20260703", stck_clpr=query["FID_INPUT_ISCD"])
    return bodies.succeeded(output1={}, output2=[row])


@pytest.fixture
def kis(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("REDIS_URL", stores.redis_url)
    forget_clients()
    redis.get_client().flushdb()
    with standing_in() as stand_in:
        stand_in.answers[DAILY] = close_of_code
        yield stand_in
    forget_clients()


def client(kis: StandIn, sleep: Callable[[float], None] = lambda _: None) -> KisClient:
    return KisClient(kis.url, KEY, SECRET, rate_per_s=RATE_PER_S, manners=hasty(sleep))


def bars(asking: KisClient) -> int:
    return len(asking.daily_bars(STOCK, DAY, DAY))


def token_key() -> str:
    (key,) = [str(key) for key in redis.get_client().keys("kis:token:*") if not str(key).endswith(":lock")]
    return key


def called_at_once(kis: StandIn) -> list[tuple[str, int]]:
    """What all callers got: four processes of fifty threads, two codes each."""
    callers = ["+".join(CODES[start : start + CALLS]) for start in range(0, len(CODES), CALLS)]
    command = [sys.executable, "-m", "tests.integration.kis_caller", kis.url, str(RATE_PER_S)]
    environment = os.environ | {"KIS_APP_KEY": KEY, "KIS_APP_SECRET": SECRET}
    processes = [
        subprocess.Popen(
            command + callers[start : start + CALLERS], stdout=subprocess.PIPE, env=environment, text=True
        )
        for start in range(0, len(callers), CALLERS)
    ]
    told = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    return [(code, close) for one in told for code, close in json.loads(one)]


def test_two_hundred_callers_share_one_token_and_one_rate_and_lose_nothing(kis: StandIn) -> None:
    found = called_at_once(kis)
    assert sorted(found) == [(code, int(code)) for code in CODES]
    assert kis.tokens == ["token-0"]
    assert len(kis.asked) == len(CODES)
    assert kis.most_in_a_second() <= RATE_PER_S


def test_nothing_is_lost_when_the_token_is_revoked_and_kis_fails_for_a_while(kis: StandIn) -> None:
    failures = [shown("", 429), shown("", 500), CUT, shown(refused("EGW00201"), 500)] * 15
    kis.plan = {100: kis.revoke, 200: lambda: kis.next.extend(failures)}
    found = called_at_once(kis)
    assert sorted(found) == [(code, int(code)) for code in CODES]
    assert kis.tokens == ["token-0", "token-1"]
    assert kis.next == []
    assert kis.most_in_a_second() <= RATE_PER_S


# --- one token


def test_who_finds_anothers_token_renews_nothing(kis: StandIn) -> None:
    mine, others = client(kis), client(kis)
    assert bars(mine) == bars(others) == 1
    kis.revoke()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(bars, [mine, others] * 8)) == [1] * 16
    assert len(kis.tokens) == 2


def test_a_login_that_is_too_early_waits_for_the_token_that_another_gets(kis: StandIn) -> None:
    assert bars(client(kis)) == 1
    key = token_key()
    redis.get_client().delete(key)
    kis.next_tokens = [TOO_OFTEN_SHOWN]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 5:
            redis.remember(key, kis.good, ttl_s=60)

    assert bars(client(kis, sleep)) == 1
    assert kis.tokens == ["token-0"]
    assert kis.next_tokens == []


def test_a_login_that_is_too_early_is_tried_again_when_its_lock_has_ended(kis: StandIn) -> None:
    kis.next_tokens = [TOO_OFTEN_SHOWN] * 2
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) % 10 == 0:  # as its time to live does
            redis.get_client().delete(*redis.get_client().keys("*:lock"))

    assert bars(client(kis, sleep)) == 1
    assert kis.tokens == ["token-0"]
    assert 20 <= len(waits) < 40


def test_a_login_that_fails_for_a_while_is_tried_again(kis: StandIn) -> None:
    kis.next_tokens = [CUT, shown("", 500), shown({"access_token": None}, 500)]
    assert bars(client(kis)) == 1
    assert kis.tokens == ["token-0"]


def test_a_wrong_login_is_asked_for_once_and_leaves_no_lock(kis: StandIn) -> None:
    kis.next_tokens = [shown({"error_code": "EGW00103", "error_description": "x"}, 403)]
    with pytest.raises(Failed, match="tokenP: EGW00103") as found:
        bars(client(kis))
    assert not found.value.passing
    assert bars(client(kis)) == 1


@pytest.mark.parametrize(
    "body", [{"access_token": 7}, {"access_token": ""}, {"access_token": "x", "expires_in": "soon"}]
)
def test_a_login_of_another_shape_is_a_surprise(kis: StandIn, body: Body) -> None:
    kis.next_tokens = [shown(body)]
    with pytest.raises(UnexpectedBody, match=r"tokenP: (access_token|expires_in)"):
        bars(client(kis))


# --- locks and places


def test_only_its_owner_gives_a_lock_back(kis: StandIn) -> None:
    held = redis.lock("x", ttl_s=30)
    assert held
    assert held.is_shared
    assert redis.lock("x", ttl_s=30) is None
    redis.unlock(Lock("x", "somebody else", is_shared=True))
    assert redis.lock("x", ttl_s=30) is None
    redis.unlock(held)
    assert redis.lock("x", ttl_s=30)


def test_without_redis_a_lock_is_the_processs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "")
    forget_clients()
    held = redis.lock("alone", ttl_s=30)
    assert held
    assert not held.is_shared
    assert redis.lock("alone", ttl_s=30) is None
    redis.unlock(Lock("alone", "somebody else", is_shared=False))
    assert redis.lock("alone", ttl_s=30) is None
    redis.unlock(held)
    again = redis.lock("alone", ttl_s=30)
    assert again
    redis.unlock(again)
    assert redis.enter("places", "me", places=1, lease_s=1) == 0
    assert redis.recall("anything") == ""
    forget_clients()


def test_a_place_is_free_again_when_it_is_left_and_a_lease_ends(kis: StandIn) -> None:
    assert redis.enter("places", "first", places=1, lease_s=60) == 0
    assert 59 < redis.enter("places", "second", places=1, lease_s=60) <= 60
    redis.leave("places", "first", after_s=30)
    assert 29 < redis.enter("places", "second", places=1, lease_s=60) <= 30
    redis.leave("places", "first")
    assert redis.enter("places", "second", places=1, lease_s=60) == 0
    redis.leave("places", "nobody's")
    assert redis.enter("places", "third", places=1, lease_s=60) > 0
