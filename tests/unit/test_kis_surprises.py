"""What KIS's answers must have, and what is said of one in another shape."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.adapters.kis import endpoints, read_others, read_stocks
from nunchi.adapters.kis.endpoints import Endpoint
from nunchi.adapters.kis.errors import UnexpectedBody
from nunchi.adapters.kis.results import DailyBar, FinancialRatio, IndexBar, IndexQuote, MinuteBar, Quote
from tests import kis_bodies as bodies
from tests import kis_other_bodies as others
from tests.kis_bodies import OTHER, STOCK, Body, succeeded

Read = Callable[[Body], Any]


def daily(body: Body) -> list[DailyBar]:
    return read_stocks.daily_bars(body, adjusted=False)


def minutes(body: Body) -> list[MinuteBar]:
    return read_stocks.minute_bars(endpoints.MINUTE_BARS.name, body)


def prices(body: Body) -> list[Quote]:
    return read_stocks.quotes(body, (STOCK, OTHER))


def book(body: Body) -> Any:
    return read_stocks.order_book(body, STOCK)


def index(body: Body) -> IndexQuote:
    return read_others.index_quote(body, "0001")


def index_days(body: Body) -> list[IndexBar]:
    return read_others.index_bars(body, "0001")


def ratios(body: Body) -> list[FinancialRatio]:
    return read_others.financial_ratios(body, quarterly=True)


# each call's reader, a body, where its rows are, and the fields without which it is a surprise
READERS: list[tuple[Endpoint, Read, Body, str, str]] = [
    (
        endpoints.PRICE,
        read_stocks.quote,
        bodies.PRICE,
        "output",
        "stck_shrn_iscd stck_prpr prdy_ctrt acml_vol",
    ),
    (endpoints.PRICES, prices, bodies.PRICES, "output", "inter_shrn_iscd inter2_prpr acml_vol prdy_ctrt"),
    (endpoints.ORDER_BOOK, book, bodies.ORDER_BOOK, "output1", "askp1 bidp10 askp_rsqn1 bidp_rsqn10"),
    (
        endpoints.DAILY_BARS,
        daily,
        bodies.DAILY,
        "output2",
        "stck_bsop_date stck_oprc stck_hgpr stck_lwpr stck_clpr acml_vol",
    ),
    (
        endpoints.MINUTE_BARS,
        minutes,
        bodies.MINUTES,
        "output2",
        "stck_bsop_date stck_cntg_hour stck_oprc stck_hgpr stck_lwpr stck_prpr cntg_vol",
    ),
    (
        endpoints.INVESTORS,
        read_stocks.investor_flows,
        succeeded(output=[bodies.flow_row("20260702")]),
        "output",
        " ".join(("stck_bsop_date", *bodies.FLOWS)),
    ),
    (
        endpoints.OVERTIME_PRICE,
        read_stocks.overtime_quote,
        bodies.OVERTIME,
        "output",
        "ovtm_untp_vol ovtm_untp_prdy_ctrt",
    ),
    (
        endpoints.OVERTIME_DAYS,
        read_stocks.overtime_days,
        bodies.OVERTIME_DAYS,
        "output2",
        "stck_bsop_date ovtm_untp_prpr ovtm_untp_vol stck_clpr",
    ),
    (endpoints.INDEX_PRICE, index, others.INDEX, "output", "bstp_nmix_prpr bstp_nmix_prdy_vrss acml_vol"),
    (
        endpoints.INDEX_DAYS,
        index_days,
        others.INDEX_DAYS,
        "output2",
        "stck_bsop_date bstp_nmix_oprc bstp_nmix_hgpr bstp_nmix_lwpr bstp_nmix_prpr",
    ),
    (
        endpoints.PRODUCT,
        read_others.product,
        others.PRODUCT,
        "output",
        "pdno prdt_abrv_name mket_id_cd lstg_stqt tr_stop_yn admn_item_yn",
    ),
    (endpoints.RATIOS, ratios, others.RATIOS, "output", "stac_yymm"),
    (
        endpoints.MOVERS,
        read_others.movers,
        others.MOVERS,
        "output",
        "data_rank stck_shrn_iscd stck_prpr prdy_ctrt",
    ),
    (endpoints.CLOSED_DAYS, read_others.calendar_days, others.CALENDAR, "output", "bass_dt opnd_yn"),
]
CASES = [pytest.param(*case, id=case[0].name) for case in READERS]
FIELDS = [
    pytest.param(endpoint, read, body, output, name, id=f"{endpoint.name}-{name}")
    for endpoint, read, body, output, names in READERS
    for name in names.split()
]


def first_row(body: Body, output: str) -> dict[str, Any]:
    found: Any = body[output]
    row: dict[str, Any] = found[0] if isinstance(found, list) else found
    return row


def surprise(read: Read, body: Body) -> UnexpectedBody:
    with pytest.raises(UnexpectedBody) as found:
        read(body)
    assert not found.value.passing
    return found.value


@pytest.mark.parametrize(("endpoint", "read", "body", "output", "_fields"), CASES)
@pytest.mark.parametrize("wrong", ["text", 3, True, "other"])
def test_an_output_of_another_kind_is_named(
    endpoint: Endpoint, read: Read, body: Body, output: str, _fields: str, wrong: Any
) -> None:
    other: Any = {"a": "b"} if isinstance(body[output], list) else [{"a": "b"}]
    found = surprise(read, body | {output: other if wrong == "other" else wrong})
    assert (found.endpoint, found.field) == (endpoint.name, output)
    missing = {key: value for key, value in body.items() if key != output}
    assert surprise(read, missing).field == output


@pytest.mark.parametrize(("endpoint", "read", "body", "output", "name"), FIELDS)
def test_a_needed_field_that_is_missing_or_no_text_is_named(
    endpoint: Endpoint, read: Read, body: Body, output: str, name: str
) -> None:
    wrongs: tuple[Any, ...] = (None, 7, ["1"], {})
    for wrong in wrongs:
        changed = deepcopy(body)
        first_row(changed, output)[name] = wrong
        found = surprise(read, changed)
        assert (found.endpoint, found.field) == (endpoint.name, name)
    without = deepcopy(body)
    del first_row(without, output)[name]
    assert surprise(read, without).field == name


@pytest.mark.parametrize(("endpoint", "read", "body", "output", "_fields"), CASES)
@given(
    junk=st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_at_all_gives_results_or_a_surprise(
    endpoint: Endpoint, read: Read, body: Body, output: str, _fields: str, junk: Any
) -> None:
    for changed in (body | {output: junk}, body | {output: [junk]}, body | {"output1": junk}):
        with suppress(UnexpectedBody):
            read(changed)


@pytest.mark.parametrize(
    ("code", "points", "stocks"),
    [
        ("1001", "3211.45", "0"),  # KOSPI, where KOSDAQ was meant
        ("0001", "857.60", "0"),
        ("2001", "3211.45", "0"),
        ("2001", "857.60", "1600"),  # KOSDAQ: the level would do, the number of stocks doesn't
        ("0001", "0.00", "0"),
        ("0001", "-3211.45", "0"),
    ],
)
def test_an_index_of_another_meaning_is_noticed(code: str, points: str, stocks: str) -> None:
    row = others.INDEX_ROW | {
        "bstp_nmix_prpr": points,
        "ascn_issu_cnt": stocks,
        "stnr_issu_cnt": "",
        "down_issu_cnt": "",
    }
    with pytest.raises(UnexpectedBody, match=code):
        read_others.index_quote(succeeded(output=row), code)


def test_an_index_of_another_meaning_is_noticed_in_its_past() -> None:
    past = others.INDEX_DAYS | {"output1": {}}
    with pytest.raises(UnexpectedBody, match="1001"):
        read_others.index_bars(past, "1001")
    counted = succeeded(
        output1=others.INDEX_ROW, output2=[others.index_row("20260703", bstp_nmix_prpr="432.10")]
    )
    with pytest.raises(UnexpectedBody, match="2001"):
        read_others.index_bars(counted, "2001")


def test_a_sectors_index_may_have_any_level() -> None:
    assert read_others.index_quote(others.INDEX, "0013").code == "0013"
