"""KIS over HTTP: one token for all, and errors that say whether they pass."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.stores import Stores
from infra.sandbox.market import Market
from nunchi.adapters import kis, redis
from nunchi.settings import Missing
from tests.conftest import forget_clients
from tests.integration.kis_asked import DATA, FIRST, LAST, MARKET, STOCK, TOKEN, Misbehave, evening, failed
from tests.integration.sandbox_client import World


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def world(world: World, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with evening(world, stores.redis_url, monkeypatch) as opened:
        yield opened


@pytest.fixture
def misbehave(world: World) -> Misbehave:
    return lambda *faults: world.put("/_control/faults", list(faults))


def calls(world: World, path: str) -> int:
    return int(world.get("/_control/calls").json().get(path, 0))


# --- the token


def test_one_token_is_shared_through_redis(world: World) -> None:
    before = calls(world, TOKEN)
    kis.bars(STOCK, FIRST, LAST)
    forget_clients()  # another function, with nothing in its memory
    kis.bars("0001", FIRST, LAST)
    assert calls(world, TOKEN) - before == 1
    assert 0 < int(str(redis.get_client().ttl(kis.TOKEN_KEY))) <= kis.TOKEN_TTL_S


def test_an_expired_token_is_renewed_once_and_the_call_repeated(world: World, misbehave: Misbehave) -> None:
    kis.bars(STOCK, FIRST, LAST)
    tokens, data = calls(world, TOKEN), calls(world, DATA)
    misbehave({"path": DATA, "preset": "kis_token_expired"})
    assert len(kis.bars(STOCK, FIRST, LAST)) == 20
    assert (calls(world, TOKEN) - tokens, calls(world, DATA) - data) == (1, 2)


def test_a_token_that_is_really_too_old_gives_way_to_a_new_one(world: World) -> None:
    redis.remember(kis.TOKEN_KEY, "yesterday's", ttl_s=60)
    assert len(kis.bars(STOCK, FIRST, LAST)) == 20
    assert redis.recall(kis.TOKEN_KEY) not in {"", "yesterday's"}


def test_a_renewed_token_that_is_refused_too_is_an_error(world: World, misbehave: Misbehave) -> None:
    before = calls(world, TOKEN)
    misbehave({"path": DATA, "preset": "kis_token_expired", "times": 9})
    found = failed()
    assert "EGW00123" in found.reason
    assert found.passing
    assert calls(world, TOKEN) - before == 2


def test_a_token_asked_for_too_often_is_a_passing_error(world: World, misbehave: Misbehave) -> None:
    misbehave({"path": TOKEN, "preset": "kis_token_too_often"})
    found = failed()
    assert (found.reason, found.passing) == ("EGW00133", True)
    assert redis.recall(kis.TOKEN_KEY) == ""


def test_without_redis_each_call_logs_in_by_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    forget_clients()
    before = calls(world, TOKEN)
    assert len(kis.bars(STOCK, FIRST, LAST)) == len(kis.bars(STOCK, FIRST, LAST)) == 20
    assert calls(world, TOKEN) - before == 2


# --- errors


def test_a_rate_limit_is_a_passing_error_that_names_it(world: World, misbehave: Misbehave) -> None:
    misbehave({"path": DATA, "preset": "kis_rate_limit"})
    found = failed()
    assert "EGW00201" in found.reason
    assert found.passing


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": "<html>점검 중</html>"},
        {"status": 503, "body": ""},
        {"status": 500, "body": "{}"},
        {"kind": "cut"},
        {"kind": "garbage"},
        {"kind": "reset"},
        {"status": 302, "headers": {"location": "/kis/oauth2/tokenP"}},
    ],
    ids=str,
)
def test_what_is_no_answer_is_a_passing_error(
    world: World, misbehave: Misbehave, fault: dict[str, Any]
) -> None:
    misbehave({"path": DATA, **fault})
    found = failed()
    assert (found.system, found.passing) == ("KIS", True)


@pytest.mark.parametrize("text", ["[]", "null", '"x"', '{"rt_cd": "0", "output2": [{"stck_oprc": null}]}'])
def test_json_of_another_shape_is_an_upstreams_error(world: World, misbehave: Misbehave, text: str) -> None:
    misbehave({"path": DATA, "status": 200, "body": text})
    failed()


def test_no_error_tells_the_login(
    world: World, misbehave: Misbehave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIS_APP_SECRET", "hush-hush")
    forget_clients()
    for fault in ({"preset": "kis_token_too_often"}, {"kind": "garbage"}, {"kind": "reset"}):
        misbehave({"path": TOKEN, **fault})
        assert "hush-hush" not in f"{failed()!r}"


def test_a_login_that_is_not_set_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIS_APP_SECRET", "")
    forget_clients()
    assert not kis.has_login()
    with pytest.raises(Missing, match="KIS_APP_SECRET is not set"):
        kis.bars(STOCK, FIRST, LAST)
