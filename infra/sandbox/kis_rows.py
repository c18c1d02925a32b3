"""Daily bars as KIS writes them: JSON objects of strings, each series prepared when it is first asked for."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from infra.sandbox import kis_actions, kis_indices
from infra.sandbox.entities import SEOUL, Bar, IndexBar
from infra.sandbox.kis_desk import Desk
from infra.sandbox.kis_signs import change, sign
from infra.sandbox.prices import limits

DISPARITY_SESSIONS = 20


def as_json(value: object) -> str:
    """Compact JSON with Korean text as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Series:
    """Every bar of a market by stock or index code."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._days = [f"{day:%Y%m%d}" for day in desk.market.sessions]
        self._rows = lru_cache(maxsize=None)(self._render)

    def newest(self, code: str, known: int, first: str, last: str, *, adjusted: bool = False) -> list[str]:
        """The rows from day `first` to day `last` (YYYYMMDD) among the first `known`, newest first.

        They are as traded, or `adjusted` to the footing after the market's one corporate action.
        """
        start, end = bisect_left(self._days, first), min(known, bisect_right(self._days, last))
        return self._rows(code, adjusted)[start:end][::-1]

    def has_new_footing(self, code: str, now: datetime) -> bool:
        """Whether a stock's prices are on another footing at a moment than they once were."""
        action = self._desk.action
        return action is not None and code == action.code and now.astimezone(SEOUL).date() >= action.session

    def _render(self, code: str, adjusted: bool) -> list[str]:
        if code in self._desk.companies:
            return self._adjusted_rows(code) if adjusted else self._stock_rows(code)
        return _index_rows(self._desk.index_bars(code)) if kis_indices.is_known(code) else []

    def _stock_rows(self, code: str) -> list[str]:
        action, bars = self._desk.action, self._desk.market.bars[code]
        return [
            as_json(
                _stock_row(
                    bar,
                    self._desk.base_won(code, place),
                    detached=action is not None and action.is_on(code, bar),
                )
            )
            for place, bar in enumerate(bars)
        ]

    def _adjusted_rows(self, code: str) -> list[str]:
        action, bars = self._desk.action, self._desk.market.bars[code]
        if action is None or code != action.code:
            return self._stock_rows(code)
        other = [kis_actions.adjusted(bar) if bar.session < action.session else bar for bar in bars]
        return [
            as_json(
                _stock_row(bar, other[max(0, place - 1)].close_won, detached=action.is_on(code, bar), mod="Y")
            )
            for place, bar in enumerate(other)
        ]


def _stock_row(bar: Bar, base_won: int, *, detached: bool, mod: str = "N") -> dict[str, str]:
    return {
        "stck_bsop_date": f"{bar.session:%Y%m%d}",
        "stck_clpr": str(bar.close_won),
        "stck_oprc": str(bar.open_won),
        "stck_hgpr": str(bar.high_won),
        "stck_lwpr": str(bar.low_won),
        "acml_vol": str(bar.volume_shares),
        "acml_tr_pbmn": str(bar.volume_shares * bar.close_won),
        "flng_cls_code": kis_actions.DETACHED if detached else kis_actions.NOTHING_DETACHED,
        "prtt_rate": "0.00",
        "mod_yn": mod,
        "prdy_vrss_sign": sign(bar.close_won, base_won, limits(base_won)),
        "prdy_vrss": str(bar.close_won - base_won),
        "revl_issu_reas": "",
    }


def _index_rows(bars: Sequence[IndexBar]) -> list[str]:
    return [as_json(_index_row(bars, place)) for place in range(len(bars))]


def _index_row(bars: Sequence[IndexBar], place: int) -> dict[str, str]:
    bar, before = bars[place], bars[max(0, place - 1)]
    last = bars[max(0, place - DISPARITY_SESSIONS + 1) : place + 1]
    mean = sum(one.close for one in last) / len(last)
    return {
        "stck_bsop_date": f"{bar.session:%Y%m%d}",
        "bstp_nmix_prpr": f"{bar.close:.2f}",
        "prdy_vrss_sign": sign(bar.close, before.close),
        "bstp_nmix_prdy_vrss": f"{bar.close - before.close:.2f}",
        "bstp_nmix_prdy_ctrt": change(bar.close, before.close),
        "bstp_nmix_oprc": f"{bar.open:.2f}",
        "bstp_nmix_hgpr": f"{bar.high:.2f}",
        "bstp_nmix_lwpr": f"{bar.low:.2f}",
        "acml_vol_rlim": "100.00",
        "acml_vol": str(kis_indices.thousand_shares(place)),
        "acml_tr_pbmn": str(kis_indices.krw_millions(place)),
        "invt_new_psdg": change(bar.close, mean),
        "d20_dsrt": f"{100 * bar.close / mean:.2f}",
    }
