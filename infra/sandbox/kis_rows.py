"""Bars as KIS writes them: JSON objects of strings, prepared once."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from infra.sandbox.entities import Bar, IndexBar, Market
from infra.sandbox.prices import limits

RISE, LIMIT_UP, NO_CHANGE, LIMIT_DOWN, FALL = "2", "1", "3", "4", "5"


def as_json(value: object) -> str:
    """Compact JSON with Korean text as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Series:
    """Every bar of a market by stock or index code."""

    def __init__(self, market: Market) -> None:
        self._names = {company.code: company.name for company in market.companies}
        self._bars = market.bars
        self._points = market.index_bars
        self._days = [f"{day:%Y%m%d}" for day in market.sessions]
        self._rows = {code: _stock_rows(bars) for code, bars in market.bars.items()}
        self._rows |= {code: _index_rows(bars) for code, bars in market.index_bars.items()}

    def newest(self, code: str, known: int, first: str, last: str) -> list[str]:
        """The rows from day `first` to day `last` (YYYYMMDD) among the first `known`, newest first."""
        start, end = bisect_left(self._days, first), min(known, bisect_right(self._days, last))
        return self._rows.get(code, [])[start:end][::-1]

    def stock_summary(self, code: str, known: int) -> str:
        """What is said of a stock beside its rows: its last known session."""
        bars = self._bars.get(code, ())[:known]
        return as_json(_stock_summary(code, self._names[code], bars) if bars else {})

    def index_summary(self, code: str, known: int) -> str:
        """What is said of an index beside its rows: its last known session."""
        bars = self._points.get(code, ())[:known]
        return as_json(_points(bars, len(bars) - 1) if bars else {})


def _stock_rows(bars: Sequence[Bar]) -> list[str]:
    return [as_json(_stock_row(bars, place)) for place in range(len(bars))]


def _stock_row(bars: Sequence[Bar], place: int) -> dict[str, str]:
    bar, before = bars[place], bars[max(0, place - 1)]
    return {
        "stck_bsop_date": f"{bar.session:%Y%m%d}",
        "stck_clpr": str(bar.close_won),
        "stck_oprc": str(bar.open_won),
        "stck_hgpr": str(bar.high_won),
        "stck_lwpr": str(bar.low_won),
        "acml_vol": str(bar.volume_shares),
        "acml_tr_pbmn": str(bar.volume_shares * bar.close_won),
        "flng_cls_code": "00",
        "prtt_rate": "0.00",
        "mod_yn": "N",
        "prdy_vrss_sign": _sign(bar, before),
        "prdy_vrss": str(bar.close_won - before.close_won),
        "revl_issu_reas": "",
    }


def _sign(bar: Bar, before: Bar) -> str:
    lowest, highest = limits(before.close_won)
    if bar.close_won == before.close_won:
        return NO_CHANGE
    if bar.close_won > before.close_won:
        return LIMIT_UP if bar.close_won >= highest else RISE
    return LIMIT_DOWN if bar.close_won <= lowest else FALL


def _stock_summary(code: str, name: str, bars: Sequence[Bar]) -> dict[str, str]:
    bar, before = bars[-1], bars[max(0, len(bars) - 2)]
    lowest, highest = limits(before.close_won)
    change = bar.close_won - before.close_won
    return {
        "prdy_vrss": str(change),
        "prdy_vrss_sign": _sign(bar, before),
        "prdy_ctrt": f"{100 * change / before.close_won:.2f}",
        "stck_prdy_clpr": str(before.close_won),
        "acml_vol": str(bar.volume_shares),
        "acml_tr_pbmn": str(bar.volume_shares * bar.close_won),
        "hts_kor_isnm": name,
        "stck_prpr": str(bar.close_won),
        "stck_shrn_iscd": code,
        "prdy_vol": str(before.volume_shares),
        "stck_mxpr": str(highest),
        "stck_llam": str(lowest),
        "stck_oprc": str(bar.open_won),
        "stck_hgpr": str(bar.high_won),
        "stck_lwpr": str(bar.low_won),
        "stck_prdy_oprc": str(before.open_won),
        "stck_prdy_hgpr": str(before.high_won),
        "stck_prdy_lwpr": str(before.low_won),
    }


def _index_rows(bars: Sequence[IndexBar]) -> list[str]:
    return [
        as_json({"stck_bsop_date": f"{bar.session:%Y%m%d}", **_points(bars, place)})
        for place, bar in enumerate(bars)
    ]


def _points(bars: Sequence[IndexBar], place: int) -> dict[str, str]:
    bar, before = bars[place], bars[max(0, place - 1)]
    change = bar.close - before.close
    return {
        "bstp_nmix_prpr": f"{bar.close:.2f}",
        "prdy_vrss_sign": NO_CHANGE if not change else RISE if change > 0 else FALL,
        "bstp_nmix_prdy_vrss": f"{change:.2f}",
        "bstp_nmix_prdy_ctrt": f"{100 * change / before.close:.2f}",
        "bstp_nmix_oprc": f"{bar.open:.2f}",
        "bstp_nmix_hgpr": f"{bar.high:.2f}",
        "bstp_nmix_lwpr": f"{bar.low:.2f}",
        "acml_vol": str(300_000 + place * 137 % 90_000),
        "acml_tr_pbmn": str(8_000_000 + place * 5_171 % 2_000_000),
    }
