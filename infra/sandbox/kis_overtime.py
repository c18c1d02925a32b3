"""What stocks do after hours: every ten minutes one price within 10 % of the close, for all off-hours shares."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.sandbox import kis_book, kis_products, minutes
from infra.sandbox.kis_desk import Desk, Quote
from infra.sandbox.kis_signs import NO_CHANGE, change, sign
from infra.sandbox.prices import quoted, tick

SESSIONS = 30
ROUND = timedelta(minutes=10)
WIDTH_PERCENT = 10
STRAY = 0.004  # of the close: how far a price after hours is from it, about


@dataclass(frozen=True)
class Evening:
    """A stock after a session's close, by a moment: won and shares, 0 as long as nothing has traded.

    Its base is the close, or until that is made the base of the day.
    """

    base_won: int
    prices_won: tuple[int, ...]
    volume_shares: int

    @property
    def price_won(self) -> int:
        """The last price."""
        return self.prices_won[-1] if self.prices_won else 0

    @property
    def change_won(self) -> int:
        """From the close."""
        return self.price_won - self.base_won if self.prices_won else 0

    @property
    def limits_won(self) -> tuple[int, int]:
        """The lowest and the highest price after hours."""
        width = self.base_won * WIDTH_PERCENT // 100
        lowest, highest = self.base_won - width, self.base_won + width
        return -(-lowest // tick(lowest)) * tick(lowest), highest // tick(highest) * tick(highest)


def at(desk: Desk, code: str, place: int, now: datetime) -> Evening:
    """The evening of the session at a place."""
    bar, hours = desk.market.bars[code][place], desk.timeline.hours[place]
    whole = minutes.off_hours(desk.market.seed, code, bar)
    rounds = (hours.evening_ends_at - hours.evening_at) // ROUND
    done = min(max(0, (now - hours.evening_at) // ROUND), rounds) if whole else 0
    base_won = bar.close_won if now >= hours.closes_at else desk.base_won(code, place)
    still = Evening(base_won, (), 0)
    rng = random.Random(f"evening {desk.market.seed} {code} {bar.session}")
    wanted = [bar.close_won * (1 + rng.gauss(0, STRAY)) for _ in range(rounds)]
    prices_won = tuple(quoted(won, *still.limits_won) for won in wanted[:done])
    return Evening(base_won, prices_won, whole * done // rounds)


def full(desk: Desk, quote: Quote, now: datetime) -> dict[str, str]:
    """A stock's `output` of inquire-overtime-price."""
    evening = at(desk, quote.company.code, quote.place, now)
    book = kis_book.of(desk.market.seed, quote)
    return {
        "bstp_kor_isnm": kis_products.of(desk.market, quote.company).sector_name,
        **_today(evening),
        "marg_rate": "40.00",
        "ovtm_untp_antc_cnpr": "0",
        "ovtm_untp_antc_cntg_vrss": "0",
        "ovtm_untp_antc_cntg_vrss_sign": NO_CHANGE,
        "ovtm_untp_antc_cntg_ctrt": "0.00",
        "ovtm_untp_antc_cnqn": "0",
        "crdt_able_yn": "Y",
        "new_lstn_cls_name": "        ",
        "sltr_yn": "N",
        "mang_issu_yn": "N",
        "mrkt_warn_cls_code": "00",
        "trht_yn": "N",
        "vlnt_deal_cls_name": " ",
        "ovtm_untp_sdpr": str(evening.base_won),
        "insn_pbnt_yn": "N",
        "rprs_mrkt_kor_name": quote.company.market,
        "ovtm_vi_cls_code": "N",
        "bidp": str(book.bids[0].price_won),
        "askp": str(book.asks[0].price_won),
    }


def _today(evening: Evening) -> dict[str, str]:
    lowest, highest = evening.limits_won
    traded = evening.prices_won or (0,)
    return {
        **_traded(evening),
        "ovtm_untp_mxpr": str(highest),
        "ovtm_untp_llam": str(lowest),
        "ovtm_untp_oprc": str(traded[0]),
        "ovtm_untp_hgpr": str(max(traded)),
        "ovtm_untp_lwpr": str(min(traded)),
    }


def _traded(evening: Evening) -> dict[str, str]:
    price_won = evening.price_won
    return {
        "ovtm_untp_prpr": str(price_won),
        "ovtm_untp_prdy_vrss": str(evening.change_won),
        "ovtm_untp_prdy_vrss_sign": sign(price_won or evening.base_won, evening.base_won),
        "ovtm_untp_prdy_ctrt": change(price_won, evening.base_won),
        "ovtm_untp_vol": str(evening.volume_shares),
        "ovtm_untp_tr_pbmn": str(evening.volume_shares * price_won),
    }


def beside_days(desk: Desk, quote: Quote, now: datetime) -> dict[str, str]:
    """A stock's `output1` of inquire-daily-overtimeprice."""
    return {
        "ovtm_untp_antc_cnpr": "0",
        "ovtm_untp_antc_cntg_ctrt": "0.00",
        "ovtm_untp_antc_cntg_vrss": "0",
        "ovtm_untp_antc_cntg_vrss_sign": NO_CHANGE,
        "ovtm_untp_antc_vol": "0",
        **_today(at(desk, quote.company.code, quote.place, now)),
    }


def days(desk: Desk, quote: Quote, now: datetime) -> list[dict[str, str]]:
    """A stock's `output2` of inquire-daily-overtimeprice: the evenings that are over, newest first."""
    last = quote.place + (now >= desk.timeline.hours[quote.place].evening_ends_at)
    return [_day(desk, quote, place, now) for place in range(last - 1, max(-1, last - 1 - SESSIONS), -1)]


def _day(desk: Desk, quote: Quote, place: int, now: datetime) -> dict[str, str]:
    code = quote.company.code
    bar, base_won = desk.market.bars[code][place], desk.base_won(code, place)
    return {
        "stck_bsop_date": f"{bar.session:%Y%m%d}",
        **_traded(at(desk, code, place, now)),
        "stck_clpr": str(bar.close_won),
        "prdy_vrss": str(bar.close_won - base_won),
        "prdy_vrss_sign": sign(bar.close_won, base_won),
        "prdy_ctrt": change(bar.close_won, base_won),
        "acml_vol": str(bar.volume_shares),
    }
