"""KIS over HTTP: one token for all, patience with what passes, and errors that say what failed."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.stores import Stores
from infra.sandbox.market import Market
from nunchi.adapters import kis, redis
from nunchi.adapters.kis import Failed, KisClient
from nunchi.settings import Missing
from tests.conftest import forget_clients
from tests.integration.kis_asked import (
    DATA,
    FIRST,
    KEY,
    LAST,
    MARKET,
    SECRET,
    STOCK,
    TOKEN,
    Misbehave,
    evening,
    failed,
    hasty,
)
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


@pytest.fixture
def client(world: World) -> KisClient:
    return KisClient(f"{world.address}/kis", KEY, SECRET, manners=hasty())


def calls(world: World, path: str) -> int:
    return int(world.get("/_control/calls").json().get(path, 0))


def bars(client: KisClient) -> int:
    return len(client.daily_bars(STOCK, FIRST, LAST))


def token_keys() -> list[str]:
    found: list[str] = redis.get_client().keys("kis:token:*")  # type: ignore[assignment]
    return found


# --- the token


def test_one_token_is_shared_through_redis(world: World) -> None:
    before = calls(world, TOKEN)
    kis.get_client().daily_bars(STOCK, FIRST, LAST)
    forget_clients()  # another function, with nothing in its memory
    kis.client_of.cache_clear()
    kis.get_client().index_days("0001", LAST)
    assert calls(world, TOKEN) - before == 1


def test_a_token_is_shared_for_less_time_than_it_is_good(client: KisClient) -> None:
    assert bars(client) == 20
    (key,) = token_keys()
    assert 71_000 < int(str(redis.get_client().ttl(key))) <= 72_000  # 20 hours of 24
    assert KEY not in key
    assert SECRET not in key


def test_an_expired_token_is_renewed_once_and_the_call_repeated(
    world: World, client: KisClient, misbehave: Misbehave
) -> None:
    assert bars(client) == 20
    tokens, data = calls(world, TOKEN), calls(world, DATA)
    misbehave({"path": DATA, "preset": "kis_token_expired"})
    assert bars(client) == 20
    assert (calls(world, TOKEN) - tokens, calls(world, DATA) - data) == (1, 2)


def test_a_token_that_is_really_too_old_gives_way_to_a_new_one(client: KisClient) -> None:
    assert bars(client) == 20
    (key,) = token_keys()
    redis.remember(key, "yesterday's", ttl_s=60)
    assert bars(client) == 20
    assert redis.recall(key) not in {"", "yesterday's"}


def test_a_renewed_token_that_is_refused_too_is_a_passing_error(
    world: World, client: KisClient, misbehave: Misbehave
) -> None:
    before = calls(world, TOKEN)
    misbehave({"path": DATA, "preset": "kis_token_expired", "times": 9})
    found = failed(client)
    assert "EGW00123" in found.reason
    assert found.passing
    assert calls(world, TOKEN) - before == 2


def test_a_login_that_stays_too_early_is_a_passing_error_and_leaves_the_lock_to_end(
    world: World, client: KisClient, misbehave: Misbehave
) -> None:
    before = calls(world, TOKEN)
    misbehave({"path": TOKEN, "preset": "kis_token_too_often", "times": 9})
    found = failed(client)
    assert (found.reason, found.passing) == ("tokenP: EGW00133", True)
    assert calls(world, TOKEN) - before == 1  # nobody asks while the lock is there
    (lock,) = token_keys()
    assert 0 < int(str(redis.get_client().ttl(lock))) <= 30


def test_without_redis_each_process_logs_in_by_itself(
    world: World, client: KisClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = calls(world, TOKEN)
    for url in ("redis://127.0.0.1:1/0", ""):
        monkeypatch.setenv("REDIS_URL", url)
        forget_clients()
        assert bars(client) == bars(client) == 20
    assert calls(world, TOKEN) - before == 1


# --- errors

NO_ANSWERS: list[dict[str, Any]] = [
    {"preset": "kis_rate_limit"},
    {"preset": "kis_rate_limit", "status": 200},
    {"status": 200, "body": "<html>점검 중</html>"},
    {"status": 429, "body": "{}"},
    {"status": 503, "body": ""},
    {"status": 500, "body": "{}"},
    {"kind": "cut"},
    {"kind": "garbage"},
    {"kind": "reset"},
]


@pytest.mark.parametrize("fault", NO_ANSWERS, ids=str)
def test_what_fails_for_a_while_is_outlived(
    client: KisClient, misbehave: Misbehave, fault: dict[str, Any]
) -> None:
    misbehave({"path": DATA, **fault, "times": 4}, {"path": TOKEN, **fault, "times": 2})
    assert bars(client) == 20


@pytest.mark.parametrize("fault", NO_ANSWERS, ids=str)
def test_what_fails_for_long_is_a_passing_error(
    world: World, client: KisClient, misbehave: Misbehave, fault: dict[str, Any]
) -> None:
    before = calls(world, DATA)
    misbehave({"path": DATA, **fault, "times": 20})
    found = failed(client)
    assert (found.system, found.passing) == ("KIS", True)
    assert calls(world, DATA) - before == 6


def test_waits_grow_and_are_never_less_than_half_of_the_longest(world: World, misbehave: Misbehave) -> None:
    waits: list[float] = []
    client = KisClient(f"{world.address}/kis", KEY, SECRET, manners=hasty(waits.append))
    misbehave({"path": DATA, "status": 500, "body": "", "times": 20})
    failed(client)
    assert [wait for wait in waits if wait >= 0.5] == [0.75, 1.5, 3.0, 6.0, 6.0]


def test_a_server_says_how_long_to_wait(world: World, misbehave: Misbehave) -> None:
    waits: list[float] = []
    client = KisClient(f"{world.address}/kis", KEY, SECRET, manners=hasty(waits.append))
    misbehave({"path": DATA, "status": 429, "body": "", "headers": {"retry-after": "7"}})
    assert bars(client) == 20
    assert 7.0 in waits


@pytest.mark.parametrize(
    ("code", "passing"), [("OPSQ2001", False), ("EGW00103", False), ("MCA05918", True), ("<b>", True)]
)
def test_an_error_of_the_request_itself_is_asked_for_once(
    world: World, client: KisClient, misbehave: Misbehave, code: str, passing: bool
) -> None:
    bars(client)
    before = calls(world, DATA)
    body = f'{{"rt_cd": "1", "msg_cd": "{code}", "msg1": "hostile <script>"}}'
    misbehave({"path": DATA, "status": 403 if code == "<b>" else 200, "body": body})
    found = failed(client)
    assert isinstance(found, Failed)
    assert found.reason == f"inquire-daily-itemchartprice: {'HTTP 403' if code == '<b>' else code}"
    assert (found.passing, calls(world, DATA) - before) == (passing, 1)


def test_a_redirect_is_not_followed(world: World, client: KisClient, misbehave: Misbehave) -> None:
    bars(client)
    before = calls(world, TOKEN)
    misbehave({"path": DATA, "status": 302, "headers": {"location": "/kis/oauth2/tokenP"}})
    assert "HTTP 302" in failed(client).reason
    assert calls(world, TOKEN) == before


def test_a_body_that_is_too_long_is_a_final_error(client: KisClient, misbehave: Misbehave) -> None:
    misbehave({"path": DATA, "status": 200, "body": '{"rt_cd": "0", "x": "' + "x" * 2_000_000 + '"}'})
    found = failed(client)
    assert "more than 2000000 bytes" in found.reason
    assert not found.passing


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize(
    "text", ["[]", "null", '"x"', '{"rt_cd": "0", "output2": [{"stck_oprc": null}]}', "[" * 100_000]
)
def test_json_of_another_shape_is_an_upstreams_error(
    client: KisClient, misbehave: Misbehave, text: str
) -> None:
    misbehave({"path": DATA, "status": 200, "body": text, "times": 20})
    failed(client)


def test_no_error_tells_the_login_or_the_token(client: KisClient, misbehave: Misbehave) -> None:
    bars(client)
    (key,) = token_keys()
    secrets = (SECRET, KEY, redis.recall(key))
    for fault in ({"preset": "kis_token_expired"}, {"kind": "garbage"}, {"kind": "reset"}, {"body": "[]"}):
        misbehave({"path": DATA, **fault, "times": 20})
        chain: BaseException | None = failed(client)
        while chain:
            assert not hasattr(chain, "request")  # which has all headers
            assert not [secret for secret in secrets if secret in f"{chain!r} {vars(chain)}"]
            chain = chain.__cause__ or chain.__context__
    assert not [secret for secret in secrets if secret in repr(vars(client))]


def test_a_login_that_is_not_set_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIS_APP_SECRET", "")
    forget_clients()
    assert not kis.has_login()
    with pytest.raises(Missing, match="KIS_APP_SECRET is not set"):
        kis.get_client().daily_bars(STOCK, FIRST, LAST)
