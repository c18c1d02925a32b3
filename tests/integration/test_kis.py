"""KIS over HTTP: bars as numbers, one token for all, and errors that say whether they pass."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, time
from typing import Any

import pytest
import requests

from infra.local.stores import Stores
from infra.local.world import Sample
from infra.local.world import World as Address
from infra.sandbox.server import serving
from nunchi.adapters import kis, redis
from nunchi.errors import UpstreamError
from nunchi.market.calendar import xkrx
from nunchi.seoul import SEOUL
from nunchi.settings import Missing
from tests.conftest import forget_clients
from tests.integration.sandbox_client import World

MARKET = Sample(history=30, live=2, companies=4, stories_per_session=1).generate(xkrx())
STOCK = MARKET.companies[0].code
FIRST, LAST = MARKET.sessions[10], MARKET.sessions[29]
EVENING = datetime.combine(LAST, time(20), tzinfo=SEOUL)
DATA, TOKEN = "/kis/uapi", "/kis/oauth2"
Misbehave = Callable[..., None]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(MARKET) as address:
        yield address


@pytest.fixture
def world(address: str, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """KIS on the evening of the last session before the live ones; no token is remembered."""
    settings = Address(address).settings() | {"REDIS_URL": stores.redis_url, "KIS_SECRET_ARN": ""}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    redis.get_client().flushdb()
    opened = World(address)
    opened.set(EVENING)
    yield opened
    requests.delete(f"{address}/_control/faults", timeout=10).raise_for_status()
    forget_clients()


@pytest.fixture
def misbehave(world: World) -> Misbehave:
    return lambda *faults: world.put("/_control/faults", list(faults))


def calls(world: World, path: str) -> int:
    return int(world.get("/_control/calls").json().get(path, 0))


def body(*rows: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The next answer to a data call: success, with these rows."""
    whole = {"rt_cd": "0", "msg_cd": "MCA00000", "output2": list(rows)} | changed
    return {"path": DATA, "status": 200, "body": json.dumps(whole)}


def row(**changed: str) -> dict[str, str]:
    """A stock's row as KIS writes it."""
    return {
        "stck_bsop_date": f"{LAST:%Y%m%d}",
        "stck_oprc": "10000",
        "stck_hgpr": "10100",
        "stck_lwpr": "9900",
        "stck_clpr": "10050",
        "acml_vol": "1234",
    } | changed


def index_row(**changed: str) -> dict[str, str]:
    """An index's row as KIS writes it."""
    return {
        "stck_bsop_date": f"{LAST:%Y%m%d}",
        "bstp_nmix_oprc": "2500.10",
        "bstp_nmix_hgpr": "2510.20",
        "bstp_nmix_lwpr": "2490.30",
        "bstp_nmix_prpr": "2505.40",
    } | changed


def failed() -> UpstreamError:
    with pytest.raises(UpstreamError) as found:
        kis.bars(STOCK, FIRST, LAST)
    return found.value


# --- bars


def test_a_stocks_bars_are_whole_won_and_shares_newest_first(world: World) -> None:
    true = [asdict(bar) for bar in MARKET.bars[STOCK] if FIRST <= bar.session <= LAST]
    found = kis.bars(STOCK, FIRST, LAST)
    assert found == true[::-1]
    assert {type(value) for bar in found for key, value in bar.items() if key != "session"} == {int}


@pytest.mark.parametrize("code", ["0001", "1001"])
def test_an_indexs_bars_are_points_newest_first(world: World, code: str) -> None:
    true = [asdict(bar) for bar in MARKET.index_bars[code] if FIRST <= bar.session <= LAST]
    found = kis.bars(code, FIRST, LAST)
    assert found == true[::-1]
    assert {type(value) for bar in found for key, value in bar.items() if key != "session"} == {float}


def test_a_session_that_is_not_over_has_no_bar(world: World) -> None:
    world.at(LAST, time(15))
    assert kis.bars(STOCK, FIRST, LAST)[0]["session"] == MARKET.sessions[28]


def test_a_span_without_sessions_has_no_bars(world: World, misbehave: Misbehave) -> None:
    assert kis.bars("999999", FIRST, LAST) == []
    misbehave(body(output2=None))
    assert kis.bars(STOCK, FIRST, LAST) == []


@pytest.mark.parametrize("empty", ["", "0", "0.00", " "])
@pytest.mark.parametrize("field", ["stck_oprc", "stck_clpr"])
def test_a_stock_that_did_not_trade_has_no_bar(
    world: World, misbehave: Misbehave, field: str, empty: str
) -> None:
    misbehave(body(row(**{field: empty}), row(stck_bsop_date=f"{FIRST:%Y%m%d}")))
    assert [bar["session"] for bar in kis.bars(STOCK, FIRST, LAST)] == [FIRST]


@pytest.mark.parametrize("empty", ["", "0", "0.00"])
@pytest.mark.parametrize("field", ["bstp_nmix_oprc", "bstp_nmix_prpr"])
def test_an_index_without_a_price_has_no_bar(
    world: World, misbehave: Misbehave, field: str, empty: str
) -> None:
    misbehave(body(index_row(**{field: empty})))
    assert kis.bars("0001", FIRST, LAST) == []


@pytest.mark.parametrize("field", sorted(row()))
def test_a_stocks_missing_field_is_named(world: World, misbehave: Misbehave, field: str) -> None:
    misbehave(body({key: value for key, value in row().items() if key != field}))
    found = failed()
    assert field in found.reason
    assert not found.passing


@pytest.mark.parametrize("field", sorted(index_row()))
def test_an_indexs_missing_field_is_named(world: World, misbehave: Misbehave, field: str) -> None:
    misbehave(body({key: value for key, value in index_row().items() if key != field}))
    with pytest.raises(UpstreamError, match=field):
        kis.bars("0001", FIRST, LAST)


@pytest.mark.parametrize("changed", [{"stck_hgpr": ""}, {"acml_vol": "많이"}, {"stck_bsop_date": "20261"}])
def test_a_field_that_is_no_number_is_a_final_error(
    world: World, misbehave: Misbehave, changed: dict[str, str]
) -> None:
    misbehave(body(row(**changed)))
    assert not failed().passing


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
