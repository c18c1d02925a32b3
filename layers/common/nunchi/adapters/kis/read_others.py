"""Reading answers about indices, companies, the ranking and the calendar. Pure; all raise `UnexpectedBody`."""

from collections.abc import Mapping
from typing import Any

from nunchi.adapters.kis import endpoints
from nunchi.adapters.kis.fields import Row, many, one, one_or_none
from nunchi.adapters.kis.indices import check_count, check_level
from nunchi.adapters.kis.results import CalendarDay, FinancialRatio, IndexBar, IndexQuote, Mover, Product

Body = Mapping[str, Any]

STOCK_LETTER = "A"  # before a stock's code in a product's number, as in 00000A123456
LISTINGS = ("scts_mket", "kosdaq_mket", "frbd_mket")  # KOSPI, KOSDAQ, KONEX: the first that has a day


def index_quote(body: Body, code: str) -> IndexQuote:
    """Of `inquire-index-price`. Raises for a level that the index with this code can't have, too."""
    row = one(endpoints.INDEX_PRICE.name, body, "output")
    level_points = row.decimal("bstp_nmix_prpr")
    check_level(code, row, "bstp_nmix_prpr", level_points)
    check_count(code, row)
    return IndexQuote(
        code=code,
        level_points=level_points,
        change_points=row.decimal("bstp_nmix_prdy_vrss"),
        change_percent=row.decimal("bstp_nmix_prdy_ctrt"),
        open_points=row.points_or_none("bstp_nmix_oprc"),
        high_points=row.points_or_none("bstp_nmix_hgpr"),
        low_points=row.points_or_none("bstp_nmix_lwpr"),
        volume_thousand_shares=row.whole("acml_vol"),
        value_krw_millions=row.whole("acml_tr_pbmn"),
    )


def index_bars(body: Body, code: str) -> list[IndexBar]:
    """Of `inquire-index-daily-price`, in the answer's order. Raises for levels that the index can't have, too.

    Rows whose open or close is empty or 0 are not there yet.
    """
    name = endpoints.INDEX_DAYS.name
    check_count(code, one_or_none(name, body, "output1"))
    rows = many(name, body, "output2")
    opened = [row for row in rows if _has_level(row, "bstp_nmix_oprc") and _has_level(row, "bstp_nmix_prpr")]
    return [_index_bar(row, code) for row in opened]


def _has_level(row: Row, name: str) -> bool:
    return bool(row.text(name)) and row.decimal(name) != 0


def _index_bar(row: Row, code: str) -> IndexBar:
    close_points = row.decimal("bstp_nmix_prpr")
    check_level(code, row, "bstp_nmix_prpr", close_points)
    return IndexBar(
        session=row.day("stck_bsop_date"),
        open_points=row.decimal("bstp_nmix_oprc"),
        high_points=row.decimal("bstp_nmix_hgpr"),
        low_points=row.decimal("bstp_nmix_lwpr"),
        close_points=close_points,
        volume_thousand_shares=row.whole_or_none("acml_vol"),
        value_krw_millions=row.whole_or_none("acml_tr_pbmn"),
        raw=row.values,
    )


def product(body: Body) -> Product:
    """Of `search-stock-info`."""
    row = one(endpoints.PRODUCT.name, body, "output")
    opened = [row.day_or_none(f"{market}_lstg_dt") for market in LISTINGS]
    return Product(
        code=_code_of(row),
        isin=row.text("std_pdno"),
        name=row.text("prdt_abrv_name"),
        english_name=row.text("prdt_eng_abrv_name"),
        market=row.text("mket_id_cd"),
        sector=row.text_or_none("std_idst_clsf_cd_name") or "",
        listed_shares=row.whole("lstg_stqt"),
        par_won=row.whole_or_other("papr"),
        listed_on=next((day for day in opened if day), None),
        delisted_on=row.day_or_none("lstg_abol_dt"),
        is_halted=row.flag("tr_stop_yn"),
        is_administrative=row.flag("admn_item_yn"),
    )


def _code_of(row: Row) -> str:
    number = row.text("pdno")
    if not number.lstrip("0"):
        raise row.error("pdno", "is no product's number")
    _, letter, code = number.partition(STOCK_LETTER)
    return code if letter else number


def financial_ratios(body: Body, *, quarterly: bool) -> list[FinancialRatio]:
    """Of `financial-ratio`, in the answer's order."""
    return [
        FinancialRatio(
            period=row.month("stac_yymm"),
            quarterly=quarterly,
            sales_growth_percent=row.decimal_or_none("grs"),
            operating_profit_growth_percent=row.decimal_or_none("bsop_prfi_inrt"),
            net_income_growth_percent=row.decimal_or_none("ntin_inrt"),
            roe_percent=row.decimal_or_none("roe_val"),
            eps_won=row.decimal_or_none("eps"),
            sps_won=row.decimal_or_none("sps"),
            bps_won=row.decimal_or_none("bps"),
            reserve_ratio_percent=row.decimal_or_none("rsrv_rate"),
            debt_ratio_percent=row.decimal_or_none("lblt_rate"),
        )
        for row in many(endpoints.RATIOS.name, body, "output")
    ]


def movers(body: Body) -> list[Mover]:
    """Of `fluctuation`, in the answer's order."""
    return [
        Mover(
            rank=row.whole("data_rank"),
            code=row.text("stck_shrn_iscd"),
            name=row.text("hts_kor_isnm"),
            price_won=row.whole("stck_prpr"),
            change_won=row.whole("prdy_vrss"),
            change_percent=row.decimal("prdy_ctrt"),
            volume_shares=row.whole("acml_vol"),
        )
        for row in many(endpoints.MOVERS.name, body, "output")
    ]


def calendar_days(body: Body) -> list[CalendarDay]:
    """Of `chk-holiday`, in the answer's order."""
    return [
        CalendarDay(row.day("bass_dt"), row.flag("opnd_yn"))
        for row in many(endpoints.CLOSED_DAYS.name, body, "output")
    ]
