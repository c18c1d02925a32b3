"""What KIS says of indices at a moment."""

from collections import Counter
from datetime import datetime

from infra.sandbox import kis_indices
from infra.sandbox.kis_desk import Desk, Level
from infra.sandbox.kis_signs import FALL, LIMIT_DOWN, LIMIT_UP, NO_CHANGE, RISE, change, sign

COUNTS = {
    "ascn_issu_cnt": (RISE, LIMIT_UP),
    "uplm_issu_cnt": (LIMIT_UP,),
    "stnr_issu_cnt": (NO_CHANGE,),
    "down_issu_cnt": (FALL, LIMIT_DOWN),
    "lslm_issu_cnt": (LIMIT_DOWN,),
}


def beside_bars(desk: Desk, level: Level, now: datetime) -> dict[str, str]:
    """An index's `output1` of inquire-index-daily-price and inquire-index-category-price."""
    year = _year(desk, level)
    return {
        **_now(level),
        "bstp_nmix_oprc": f"{level.bar.open:.2f}",
        "bstp_nmix_hgpr": f"{level.bar.high:.2f}",
        "bstp_nmix_lwpr": f"{level.bar.low:.2f}",
        **_before(level),
        **_counts(desk, level, now),
        **{name: year[name] for name in year if "rate" not in name},
    }


def full(desk: Desk, level: Level, now: datetime) -> dict[str, str]:
    """An index's `output` of inquire-index-price."""
    return {
        **_now(level),
        **_before(level),
        **_against_before(
            "oprc", "prdy_nmix_vrss_nmix_oprc", "bstp_nmix_oprc_prdy_ctrt", level.bar.open, level
        ),
        **_against_before(
            "hgpr", "prdy_nmix_vrss_nmix_hgpr", "bstp_nmix_hgpr_prdy_ctrt", level.bar.high, level
        ),
        **_against_before("lwpr", "prdy_clpr_vrss_lwpr", "prdy_clpr_vrss_lwpr_rate", level.bar.low, level),
        **_counts(desk, level, now),
        **_year(desk, level),
        "total_askp_rsqn": "0",
        "total_bidp_rsqn": "0",
        "seln_rsqn_rate": "0.00",
        "shnu_rsqn_rate": "0.00",
        "ntby_rsqn": "0",
    }


def category(desk: Desk, code: str, now: datetime) -> list[dict[str, str]]:
    """The `output2` of inquire-index-category-price: the indices of a market."""
    levels = [desk.level(one, now) for one in kis_indices.GROUPS.get(code, {})]
    return [_of_category(level) for level in levels if level]


def _of_category(level: Level) -> dict[str, str]:
    return {
        "bstp_cls_code": level.code,
        "hts_kor_isnm": kis_indices.name_of(level.code),
        **_now(level),
        "acml_vol_rlim": "100.00",
        "acml_tr_pbmn_rlim": "",
    }


def _now(level: Level) -> dict[str, str]:
    return {
        "bstp_nmix_prpr": f"{level.level:.2f}",
        "bstp_nmix_prdy_vrss": f"{level.level - level.before.close:.2f}",
        "prdy_vrss_sign": sign(level.level, level.before.close),
        "bstp_nmix_prdy_ctrt": change(level.level, level.before.close),
        "acml_vol": str(int(kis_indices.thousand_shares(level.place) * level.passed)),
        "acml_tr_pbmn": str(int(kis_indices.krw_millions(level.place) * level.passed)),
    }


def _before(level: Level) -> dict[str, str]:
    before = max(0, level.place - 1)
    return {
        "prdy_vol": str(kis_indices.thousand_shares(before)),
        "prdy_tr_pbmn": str(kis_indices.krw_millions(before)),
    }


def _against_before(name: str, points: str, rate: str, value: float, level: Level) -> dict[str, str]:
    """A price of the day against the close before: its sign, the points between them and their rate."""
    against = value or level.before.close
    return {
        f"bstp_nmix_{name}": f"{value:.2f}",
        points: f"{against - level.before.close:.2f}",
        f"{name}_vrss_prpr_sign": sign(against, level.before.close),
        rate: change(against, level.before.close),
    }


def _counts(desk: Desk, level: Level, now: datetime) -> dict[str, str]:
    signs = Counter(quote.sign for quote in desk.quotes(now, kis_indices.market_of(level.code)))
    return {name: str(sum(signs[one] for one in counted)) for name, counted in COUNTS.items()}


def _year(desk: Desk, level: Level) -> dict[str, str]:
    today = desk.market.sessions[level.place]
    bars = [*desk.index_bars(level.code)[: level.place], level.bar]
    known = [bar for bar in bars if bar.session.year == today.year and bar.close] or [level.before]
    high, low = max(known, key=lambda bar: bar.high), min(known, key=lambda bar: bar.low)
    return {
        "dryy_bstp_nmix_hgpr": f"{high.high:.2f}",
        "dryy_hgpr_vrss_prpr_rate": change(high.high, level.level),
        "dryy_bstp_nmix_hgpr_date": f"{high.session:%Y%m%d}",
        "dryy_bstp_nmix_lwpr": f"{low.low:.2f}",
        "dryy_lwpr_vrss_prpr_rate": change(low.low, level.level),
        "dryy_bstp_nmix_lwpr_date": f"{low.session:%Y%m%d}",
    }
