"""Who bought and sold a stock in its last sessions: private persons, foreigners and institutions."""

import random
from datetime import datetime, timedelta

from infra.sandbox.entities import Bar
from infra.sandbox.kis_desk import Desk, Quote
from infra.sandbox.kis_signs import sign
from infra.sandbox.prices import limits

SESSIONS = 30
MILLION = 1_000_000
KNOWN_AFTER = timedelta(minutes=25)  # from the close
KNOWN_LATE_AFTER = timedelta(minutes=150)  # of the one or two stocks whose data come late
INVESTORS = ("prsn", "frgn", "orgn")
_EMPTY = {
    f"{who}_{what}": ""
    for what in ("ntby_qty", "ntby_tr_pbmn", "shnu_vol", "shnu_tr_pbmn", "seln_vol", "seln_tr_pbmn")
    for who in INVESTORS
}


def rows(desk: Desk, quote: Quote, now: datetime) -> list[dict[str, str]]:
    """The `output` of inquire-investor, newest first. A session's numbers are empty until the evening after it."""
    code, last = quote.company.code, quote.place
    places = range(last, max(-1, last - SESSIONS), -1)
    return [
        _price(desk, quote, place)
        | (
            _numbers(desk.market.seed, code, desk.market.bars[code][place])
            if _is_known(desk, code, place, now)
            else _EMPTY
        )
        for place in places
        if place < last or quote.bar.volume_shares
    ]


def _is_known(desk: Desk, code: str, place: int, now: datetime) -> bool:
    after = KNOWN_LATE_AFTER if desk.timeline.is_late(code, place) else KNOWN_AFTER
    return now >= desk.timeline.hours[place].closes_at + after


def _price(desk: Desk, quote: Quote, place: int) -> dict[str, str]:
    code = quote.company.code
    price_won = quote.price_won if place == quote.place else desk.market.bars[code][place].close_won
    base_won = desk.base_won(code, place)
    return {
        "stck_bsop_date": f"{desk.market.sessions[place]:%Y%m%d}",
        "stck_clpr": str(price_won),
        "prdy_vrss": str(price_won - base_won),
        "prdy_vrss_sign": sign(price_won, base_won, limits(base_won)),
    }


def _numbers(seed: int, code: str, bar: Bar) -> dict[str, str]:
    rng = random.Random(f"investors {seed} {code} {bar.session}")
    bought, sold = _split(rng, bar.volume_shares), _split(rng, bar.volume_shares)
    net = [more - less for more, less in zip(bought, sold, strict=True)]
    return {
        **_of_each("ntby_qty", "ntby_tr_pbmn", net, bar.close_won),
        **_of_each("shnu_vol", "shnu_tr_pbmn", bought, bar.close_won),
        **_of_each("seln_vol", "seln_tr_pbmn", sold, bar.close_won),
    }


def _split(rng: random.Random, shares: int) -> list[int]:
    """A session's shares by who traded them; a few are of others."""
    weights = [rng.uniform(3, 7), rng.uniform(1, 4), rng.uniform(1, 3)]
    return [int(shares * weight / (sum(weights) + 0.2)) for weight in weights]


def _of_each(quantity: str, value: str, shares: list[int], won: int) -> dict[str, str]:
    pairs = list(zip(INVESTORS, shares, strict=True))
    return {
        **{f"{who}_{quantity}": str(number) for who, number in pairs},
        **{f"{who}_{value}": str(int(number * won / MILLION)) for who, number in pairs},
    }
