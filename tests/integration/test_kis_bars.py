"""KIS over HTTP: bars as numbers, and what is no bar."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, time
from typing import Any

import pytest

from infra.local.stores import Stores
from infra.sandbox.market import Market
from nunchi.adapters import kis
from nunchi.errors import UpstreamError
from nunchi.events import DailyBarsDue
from nunchi.market import service
from nunchi.market.calendar import xkrx
from tests.integration.kis_asked import DATA, FIRST, LAST, MARKET, STOCK, Misbehave, evening, failed
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


def bars(code: str, first: date, last: date) -> list[dict[str, Any]]:
    """The rows that are stored of a code's daily bars."""
    return service.fetched(DailyBarsDue(code=code, session=last), kis.get_client(), xkrx(), first).rows


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


def test_a_stocks_bars_are_whole_won_and_shares_newest_first(world: World) -> None:
    true = [asdict(bar) for bar in MARKET.bars[STOCK] if FIRST <= bar.session <= LAST]
    found = bars(STOCK, FIRST, LAST)
    assert found == true[::-1]
    assert {type(value) for bar in found for key, value in bar.items() if key != "session"} == {int}


@pytest.mark.parametrize("code", ["0001", "1001"])
def test_an_indexs_bars_are_points_newest_first(world: World, code: str) -> None:
    true = [asdict(bar) for bar in MARKET.index_bars[code] if FIRST <= bar.session <= LAST]
    found = bars(code, FIRST, LAST)
    assert found == true[::-1]
    assert {type(value) for bar in found for key, value in bar.items() if key != "session"} == {float}


def test_a_session_that_is_not_over_has_no_bar(world: World) -> None:
    world.at(LAST, time(15))
    assert bars(STOCK, FIRST, LAST)[0]["session"] == MARKET.sessions[28]


def test_a_span_without_sessions_has_no_bars(world: World, misbehave: Misbehave) -> None:
    assert bars("999999", FIRST, LAST) == []
    misbehave(body(output2=None))
    assert bars(STOCK, FIRST, LAST) == []


@pytest.mark.parametrize("empty", ["", "0", "0.00", " "])
@pytest.mark.parametrize("field", ["stck_oprc", "stck_clpr"])
def test_a_stock_that_did_not_trade_has_no_bar(
    world: World, misbehave: Misbehave, field: str, empty: str
) -> None:
    misbehave(body(row(**{field: empty}), row(stck_bsop_date=f"{FIRST:%Y%m%d}")))
    assert [bar["session"] for bar in bars(STOCK, FIRST, LAST)] == [FIRST]


@pytest.mark.parametrize("empty", ["", "0", "0.00"])
@pytest.mark.parametrize("field", ["bstp_nmix_oprc", "bstp_nmix_prpr"])
def test_an_index_without_a_price_has_no_bar(
    world: World, misbehave: Misbehave, field: str, empty: str
) -> None:
    misbehave(body(index_row(**{field: empty})))
    assert bars("0001", FIRST, LAST) == []


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
        bars("0001", FIRST, LAST)


@pytest.mark.parametrize("changed", [{"stck_hgpr": ""}, {"acml_vol": "많이"}, {"stck_bsop_date": "20261"}])
def test_a_field_that_is_no_number_is_a_final_error(
    world: World, misbehave: Misbehave, changed: dict[str, str]
) -> None:
    misbehave(body(row(**changed)))
    assert not failed().passing
