"""KIS's answers as results: units, and what is not there yet."""

from datetime import date, datetime, time

import pytest

from nunchi.adapters.kis import read_others, read_stocks
from nunchi.adapters.kis.errors import UnexpectedBody
from nunchi.adapters.kis.fields import Row
from nunchi.adapters.kis.results import (
    CalendarDay,
    DailyBar,
    FinancialRatio,
    IndexBar,
    IndexQuote,
    InvestorFlow,
    MinuteBar,
    Mover,
    OvertimeDay,
    OvertimeQuote,
    Product,
    Quote,
)
from nunchi.seoul import SEOUL
from tests import kis_bodies as bodies
from tests import kis_other_bodies as others
from tests.kis_bodies import OTHER, STOCK, Body, succeeded

DAY = date(2026, 7, 3)


def daily(body: Body) -> list[DailyBar]:
    return read_stocks.daily_bars(body, adjusted=False)


def prices(body: Body) -> list[Quote]:
    return read_stocks.quotes(body, (STOCK, OTHER))


def test_a_price_is_in_won_and_shares() -> None:
    assert read_stocks.quote(bodies.PRICE) == Quote(
        code=STOCK,
        price_won=41_250,
        change_won=-750,
        change_percent=-1.79,
        open_won=42_000,
        high_won=42_300,
        low_won=41_100,
        volume_shares=1_250_000,
        value_won=51_637_500_000,
        base_won=42_000,
        upper_limit_won=54_600,
        lower_limit_won=29_400,
        listed_shares=88_000_000,
    )


def test_a_stock_that_has_not_traded_today_has_no_open_high_and_low() -> None:
    row = bodies.PRICE_ROW | {"stck_oprc": "0", "stck_hgpr": "", "stck_lwpr": " "}
    quote = read_stocks.quote(succeeded(output=row))
    assert (quote.open_won, quote.high_won, quote.low_won) == (None, None, None)
    assert quote.price_won == 41_250


def test_many_prices_leave_out_indices_and_rows_without_a_code() -> None:
    found = prices(succeeded(output=[*bodies.PRICES["output"], bodies.one_of_many(""), {}]))
    assert [(quote.code, quote.price_won, quote.open_won) for quote in found] == [
        (STOCK, 41_250, 42_000),
        (OTHER, 990, None),
    ]
    assert (found[0].base_won, found[0].upper_limit_won, found[0].lower_limit_won) == (42_000, 54_600, 29_400)


def test_a_price_that_was_not_asked_for_is_a_surprise() -> None:
    with pytest.raises(UnexpectedBody, match="inter_shrn_iscd was not asked for"):
        prices(succeeded(output=[bodies.one_of_many("900030")]))


@pytest.mark.parametrize(
    ("won", "sign", "expected"),
    [
        ("-750", "5", -750),
        ("750", "5", -750),
        ("750", "4", -750),
        ("750", "2", 750),
        ("-750", "", -750),
        ("0", "3", 0),
    ],
)
def test_a_change_falls_where_its_number_or_its_sign_says_so(won: str, sign: str, expected: int) -> None:
    row = Row("x", {"prdy_vrss": won, "prdy_vrss_sign": sign})
    assert read_stocks.change(row, "prdy_vrss") == expected


def test_an_order_book_has_the_levels_that_have_a_price_best_first() -> None:
    found = read_stocks.order_book(bodies.ORDER_BOOK, STOCK)
    assert (found.code, found.at) == (STOCK, time(9, 30, 15))
    assert found.ask_won == tuple(range(41_300, 41_750, 50))
    assert found.ask_shares == tuple(range(100, 1_000, 100))
    assert found.bid_won == tuple(range(41_250, 40_750, -50))
    assert found.bid_shares == tuple(range(7, 77, 7))
    assert (found.total_ask_shares, found.total_bid_shares, found.expected_won) == (4_500, 385, None)


def test_an_auction_has_an_expected_price() -> None:
    found = read_stocks.order_book(
        bodies.ORDER_BOOK | {"output2": {"antc_cnpr": "41200", "antc_vol": "900"}}, STOCK
    )
    assert (found.expected_won, found.expected_shares) == (41_200, 900)


def test_a_days_bar_has_the_base_and_only_todays_has_the_limits() -> None:
    today, before, halted = daily(bodies.DAILY)
    assert today == DailyBar(
        session=DAY,
        open_won=42_000,
        high_won=42_300,
        low_won=41_100,
        close_won=41_250,
        volume_shares=1_250_000,
        value_won=51_637_500_000,
        base_won=42_000,
        upper_limit_won=54_600,
        lower_limit_won=29_400,
    )
    assert (before.session, before.base_won, before.upper_limit_won) == (date(2026, 7, 2), 41_500, None)
    assert today.has_traded
    assert not halted.has_traded
    assert halted.raw["stck_bsop_date"] == "20260701"


def test_adjusted_bars_have_no_base() -> None:
    assert {bar.base_won for bar in read_stocks.daily_bars(bodies.DAILY, adjusted=True)} == {None}


@pytest.mark.parametrize("field", ["stck_oprc", "stck_clpr"])
def test_a_session_without_an_open_or_a_close_is_not_there_yet(field: str) -> None:
    body = succeeded(output1={}, output2=[bodies.daily_row("20260703", **{field: ""}), {}])
    assert daily(body) == []


def test_a_minute_begins_in_seoul() -> None:
    first, quiet = read_stocks.minute_bars("x", bodies.MINUTES)
    assert first == MinuteBar(
        at=datetime(2026, 7, 3, 9, 30, tzinfo=SEOUL),
        open_won=41_300,
        high_won=41_350,
        low_won=41_200,
        close_won=41_250,
        volume_shares=1_383,
    )
    assert (quiet.at.time(), quiet.volume_shares) == (time(9, 29), 0)


def test_minutes_of_another_day_are_left_out_where_a_day_is_asked_for() -> None:
    found = read_stocks.minute_bars("x", bodies.PAST_MINUTES, DAY)
    assert [bar.at for bar in found] == [datetime(2026, 7, 3, 9, tzinfo=SEOUL)]


def test_flows_that_are_empty_are_not_there_yet() -> None:
    found = read_stocks.investor_flows(bodies.INVESTORS)
    assert [flow.session for flow in found] == [date(2026, 7, 2), date(2026, 7, 1)]
    assert found[0] == InvestorFlow(date(2026, 7, 2), -12_000, 15_000, -3_000, -495, 619, -124)


def test_an_empty_flow_does_not_hide_one_that_is_missing() -> None:
    row = bodies.flow_row("20260703", prsn_ntby_qty="")
    del row["orgn_ntby_tr_pbmn"]
    with pytest.raises(UnexpectedBody, match="orgn_ntby_tr_pbmn is missing"):
        read_stocks.investor_flows(succeeded(output=[row]))


def test_a_price_after_the_close() -> None:
    expected = OvertimeQuote(
        41_300, -50, -0.12, 41_300, 41_350, 41_250, 3_500, 144_550_000, 41_250, 45_450, 37_150, 41_250, 41_300
    )
    assert read_stocks.overtime_quote(bodies.OVERTIME) == expected
    quiet = succeeded(output=bodies.OVERTIME_ROW | {"ovtm_untp_prpr": "0", "ovtm_untp_vol": "0"})
    assert read_stocks.overtime_quote(quiet).price_won is None


def test_days_after_the_close_have_no_price_where_nothing_was_traded() -> None:
    assert read_stocks.overtime_days(bodies.OVERTIME_DAYS) == [
        OvertimeDay(DAY, 41_300, 3_500, 144_550_000, 41_250, 1_250_000),
        OvertimeDay(date(2026, 7, 2), None, 0, 0, 42_000, 900_000),
    ]


def test_an_index_is_in_points() -> None:
    assert read_others.index_quote(others.INDEX, "0001") == IndexQuote(
        "0001", 3211.45, -18.2, -0.56, 3230.0, 3234.56, 3201.02, 412_345, 9_876_543
    )
    assert read_others.index_bars(others.INDEX_DAYS, "0001")[1] == IndexBar(
        date(2026, 7, 2), 3230.0, 3234.56, 3201.02, 3211.45, 412_345, 9_876_543
    )


def test_a_product_is_known_by_its_code_without_what_stands_before_it() -> None:
    assert read_others.product(others.PRODUCT) == Product(
        code=STOCK,
        isin="KR7900010000",
        name="가온정밀",
        english_name="GAON PRECISION",
        market="STK",
        sector="특수 목적용 기계 제조업",
        listed_shares=88_000_000,
        par_won=500,
        listed_on=date(2005, 2, 14),
        delisted_on=None,
        is_halted=False,
        is_administrative=True,
    )


@pytest.mark.parametrize(("number", "code"), [("00000A0009A0", "0009A0"), ("900010", "900010")])
def test_a_products_number_may_have_letters(number: str, code: str) -> None:
    assert read_others.product(succeeded(output=others.PRODUCT_ROW | {"pdno": number})).code == code


@pytest.mark.parametrize("par", ["", "0.001"])
def test_a_par_value_that_is_in_no_whole_won_is_none(par: str) -> None:
    assert read_others.product(succeeded(output=others.PRODUCT_ROW | {"papr": par})).par_won is None


def test_a_ratio_that_is_empty_is_none() -> None:
    (found,) = read_others.financial_ratios(others.RATIOS, quarterly=True)
    assert found == FinancialRatio(
        date(2025, 12, 1), True, -4.1, 12.5, None, 8.03, 2131.0, 38_120.0, 26_540.0, 5_208.0, 41.7
    )


def test_a_mover_has_its_place() -> None:
    assert read_others.movers(others.MOVERS) == [
        Mover(1, STOCK, "가온정밀", 41_250, -9_500, -18.72, 1_250_000)
    ]


def test_days_are_open_or_closed() -> None:
    assert read_others.calendar_days(others.CALENDAR) == [
        CalendarDay(date(2026, 7, 16), True),
        CalendarDay(date(2026, 7, 17), False),
    ]
