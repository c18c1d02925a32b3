"""Reading answers about a stock's price: an answer's body to results. Pure; all raise `UnexpectedBody`."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from nunchi.adapters.kis import endpoints
from nunchi.adapters.kis.fields import Row, many, one, one_or_none
from nunchi.adapters.kis.results import (
    DailyBar,
    InvestorFlow,
    MinuteBar,
    OrderBook,
    OvertimeDay,
    OvertimeQuote,
    Quote,
)
from nunchi.seoul import SEOUL

Body = Mapping[str, Any]

FALLS = ("4", "5")  # to the lower limit, and less far
LEVELS = range(1, 11)
INDEX_DIGITS = 4
FLOWS = {  # in an answer → here
    "prsn_ntby_qty": "individual_shares",
    "frgn_ntby_qty": "foreign_shares",
    "orgn_ntby_qty": "institution_shares",
    "prsn_ntby_tr_pbmn": "individual_krw_millions",
    "frgn_ntby_tr_pbmn": "foreign_krw_millions",
    "orgn_ntby_tr_pbmn": "institution_krw_millions",
}


def quote(body: Body) -> Quote:
    """Of `inquire-price`."""
    row = one(endpoints.PRICE.name, body, "output")
    return Quote(
        code=row.text("stck_shrn_iscd"),
        price_won=row.whole("stck_prpr"),
        change_won=change(row, "prdy_vrss"),
        change_percent=row.decimal("prdy_ctrt"),
        open_won=row.price_or_none("stck_oprc"),
        high_won=row.price_or_none("stck_hgpr"),
        low_won=row.price_or_none("stck_lwpr"),
        volume_shares=row.whole("acml_vol"),
        value_won=row.whole("acml_tr_pbmn"),
        base_won=row.price_or_none("stck_sdpr"),
        upper_limit_won=row.price_or_none("stck_mxpr"),
        lower_limit_won=row.price_or_none("stck_llam"),
        listed_shares=row.whole_or_none("lstn_stcn"),
        raw=row.values,
    )


def quotes(body: Body, asked: Collection[str]) -> list[Quote]:
    """Of `intstock-multprice`, in the answer's order. Rows without a code and those of indices are left out."""
    rows = many(endpoints.PRICES.name, body, "output")
    stocks = [row for row in rows if len(row.text("inter_shrn_iscd")) > INDEX_DIGITS]
    return [_one_of_many(row, asked) for row in stocks]


def _one_of_many(row: Row, asked: Collection[str]) -> Quote:
    code = row.text("inter_shrn_iscd")
    if code not in asked:
        raise row.error("inter_shrn_iscd", "was not asked for")
    return Quote(
        code=code,
        price_won=row.whole("inter2_prpr"),
        change_won=change(row, "inter2_prdy_vrss", "prdy_vrss_sign"),
        change_percent=row.decimal("prdy_ctrt"),
        open_won=row.price_or_none("inter2_oprc"),
        high_won=row.price_or_none("inter2_hgpr"),
        low_won=row.price_or_none("inter2_lwpr"),
        volume_shares=row.whole("acml_vol"),
        value_won=row.whole("acml_tr_pbmn"),
        base_won=row.price_or_none("inter2_sdpr"),
        upper_limit_won=row.price_or_none("inter2_mxpr"),
        lower_limit_won=row.price_or_none("inter2_llam"),
        raw=row.values,
    )


def change(row: Row, name: str, sign: str = "") -> int:
    """A change in won. It is signed, and beside it stands a sign; where that says that it fell, it fell."""
    won = row.whole(name)
    return -abs(won) if row.text_or_none(sign or f"{name}_sign") in FALLS else won


def order_book(body: Body, code: str) -> OrderBook:
    """Of `inquire-asking-price-exp-ccn`. A level without a price is none."""
    book = one(endpoints.ORDER_BOOK.name, body, "output1")
    expected = one_or_none(book.endpoint, body, "output2")
    asks, bids = _levels(book, "askp"), _levels(book, "bidp")
    return OrderBook(
        code=code,
        at=book.time("aspr_acpt_hour") if book.text_or_none("aspr_acpt_hour") else None,
        ask_won=tuple(asks),
        ask_shares=tuple(asks.values()),
        bid_won=tuple(bids),
        bid_shares=tuple(bids.values()),
        total_ask_shares=book.whole_or_none("total_askp_rsqn"),
        total_bid_shares=book.whole_or_none("total_bidp_rsqn"),
        expected_won=expected.price_or_none("antc_cnpr"),
        expected_shares=expected.whole_or_none("antc_vol"),
    )


def _levels(book: Row, side: str) -> dict[int, int]:
    prices = {place: book.text(f"{side}{place}") and book.whole(f"{side}{place}") for place in LEVELS}
    return {int(won): book.whole(f"{side}_rsqn{place}") for place, won in prices.items() if won}


def daily_bars(body: Body, *, adjusted: bool) -> list[DailyBar]:
    """Of `inquire-daily-itemchartprice`, in the answer's order. Rows without an open or a close are not there yet."""
    name = endpoints.DAILY_BARS.name
    now = one_or_none(name, body, "output1")
    rows = [row for row in many(name, body, "output2") if row.text("stck_oprc") and row.text("stck_clpr")]
    return [_daily_bar(row, now, adjusted) for row in rows]


def _daily_bar(row: Row, now: Row, adjusted: bool) -> DailyBar:
    close_won = row.whole("stck_clpr")
    has_change = not adjusted and row.text_or_none("prdy_vrss") is not None
    limited = _is_same_session(row, now)
    return DailyBar(
        session=row.day("stck_bsop_date"),
        open_won=row.whole("stck_oprc"),
        high_won=row.whole("stck_hgpr"),
        low_won=row.whole("stck_lwpr"),
        close_won=close_won,
        volume_shares=row.whole("acml_vol"),
        value_won=row.whole_or_none("acml_tr_pbmn"),
        base_won=close_won - change(row, "prdy_vrss") if has_change else None,
        upper_limit_won=now.price_or_none("stck_mxpr") if limited else None,
        lower_limit_won=now.price_or_none("stck_llam") if limited else None,
        raw=row.values,
    )


def _is_same_session(row: Row, now: Row) -> bool:
    """Whether the part that has the limits is of a row's session: it has no day, so all else must be the same."""
    pairs = {"stck_clpr": "stck_prpr"} | {
        name: name for name in ("stck_oprc", "stck_hgpr", "stck_lwpr", "acml_vol")
    }
    return all(row.whole(ours) == now.whole_or_none(theirs) for ours, theirs in pairs.items())


def minute_bars(endpoint: str, body: Body, day: date | None = None) -> list[MinuteBar]:
    """Of `inquire-time-itemchartprice` and `inquire-time-dailychartprice`, in the answer's order; of `day`, if given.

    Rows without an open or a price are not there yet.
    """
    rows = [row for row in many(endpoint, body, "output2") if row.text("stck_oprc") and row.text("stck_prpr")]
    return [_minute_bar(row) for row in rows if day is None or row.day("stck_bsop_date") == day]


def _minute_bar(row: Row) -> MinuteBar:
    minute = row.time("stck_cntg_hour").replace(second=0)
    return MinuteBar(
        at=datetime.combine(row.day("stck_bsop_date"), minute, tzinfo=SEOUL),
        open_won=row.whole("stck_oprc"),
        high_won=row.whole("stck_hgpr"),
        low_won=row.whole("stck_lwpr"),
        close_won=row.whole("stck_prpr"),
        volume_shares=row.whole("cntg_vol"),
        raw=row.values,
    )


def investor_flows(body: Body) -> list[InvestorFlow]:
    """Of `inquire-investor`, in the answer's order. A row of which any flow is empty, as today's, is not there yet."""
    rows = many(endpoints.INVESTORS.name, body, "output")
    whole = [row for row in rows if "" not in [row.text(name) for name in FLOWS]]
    return [
        InvestorFlow(
            session=row.day("stck_bsop_date"), **{ours: row.whole(name) for name, ours in FLOWS.items()}
        )
        for row in whole
    ]


def overtime_quote(body: Body) -> OvertimeQuote:
    """Of `inquire-overtime-price`."""
    row = one(endpoints.OVERTIME_PRICE.name, body, "output")
    return OvertimeQuote(
        price_won=row.price_or_none("ovtm_untp_prpr"),
        change_won=change(row, "ovtm_untp_prdy_vrss"),
        change_percent=row.decimal("ovtm_untp_prdy_ctrt"),
        open_won=row.price_or_none("ovtm_untp_oprc"),
        high_won=row.price_or_none("ovtm_untp_hgpr"),
        low_won=row.price_or_none("ovtm_untp_lwpr"),
        volume_shares=row.whole("ovtm_untp_vol"),
        value_won=row.whole("ovtm_untp_tr_pbmn"),
        base_won=row.price_or_none("ovtm_untp_sdpr"),
        upper_limit_won=row.price_or_none("ovtm_untp_mxpr"),
        lower_limit_won=row.price_or_none("ovtm_untp_llam"),
        bid_won=row.price_or_none("bidp"),
        ask_won=row.price_or_none("askp"),
    )


def overtime_days(body: Body) -> list[OvertimeDay]:
    """Of `inquire-daily-overtimeprice`, in the answer's order. A row without a price or a volume is not there yet."""
    rows = many(endpoints.OVERTIME_DAYS.name, body, "output2")
    return [_overtime_day(row) for row in rows if row.text("ovtm_untp_prpr") and row.text("ovtm_untp_vol")]


def _overtime_day(row: Row) -> OvertimeDay:
    return OvertimeDay(
        session=row.day("stck_bsop_date"),
        close_won=row.price_or_none("ovtm_untp_prpr"),
        volume_shares=row.whole("ovtm_untp_vol"),
        value_won=row.whole("ovtm_untp_tr_pbmn"),
        regular_close_won=row.whole("stck_clpr"),
        regular_volume_shares=row.whole("acml_vol"),
    )
