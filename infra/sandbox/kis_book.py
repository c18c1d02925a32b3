"""A stock's order book: ten offers and ten bids around its price, on the tick and within the day's limits."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from infra.sandbox.entities import SEOUL
from infra.sandbox.hours import Hours
from infra.sandbox.kis_desk import Quote
from infra.sandbox.kis_signs import NO_CHANGE, percent, sign
from infra.sandbox.prices import tick

LEVELS = 10
PART = 400  # of a day's shares that lie at one level, about


@dataclass(frozen=True)
class Level:
    """A price and the shares that wait there; both 0 beyond the day's limits."""

    price_won: int
    shares: int


@dataclass(frozen=True)
class Book:
    """Offers and bids, the best first."""

    asks: tuple[Level, ...]
    bids: tuple[Level, ...]


def of(seed: int, quote: Quote) -> Book:
    """The book beside a quote; the last price is the best offer or the best bid."""
    rng = random.Random(f"book {seed} {quote.company.code} {quote.bar}")
    lowest, highest = quote.limits_won
    is_bid = rng.random() < 0.5
    ask_won = _above(quote.price_won) if is_bid else quote.price_won
    bid_won = quote.price_won if is_bid else _below(quote.price_won)
    size = quote.before.volume_shares // PART + 1
    asks = (won if won <= highest else 0 for won in _walk(ask_won, _above))
    bids = (won if won >= lowest else 0 for won in _walk(bid_won, _below))
    return Book(_levels(rng, asks, size), _levels(rng, bids, size))


def _above(won: int) -> int:
    return won + tick(won)


def _below(won: int) -> int:
    return won - tick(won - 1)


def _walk(won: int, step: Callable[[int], int]) -> Iterator[int]:
    while True:
        yield won
        won = step(won)


def _levels(rng: random.Random, prices_won: Iterator[int], size: int) -> tuple[Level, ...]:
    return tuple(Level(won, rng.randint(1, 2 * size) if won else 0) for won in islice(prices_won, LEVELS))


def shown(book: Book, now: datetime, hours: Hours) -> dict[str, str]:
    """A book as `output1` of inquire-asking-price-exp-ccn."""
    at = min(now, hours.closes_at).astimezone(SEOUL)
    asks, bids = _shares(book.asks), _shares(book.bids)
    zeros = ("total_askp_rsqn_icdc", "total_bidp_rsqn_icdc", "ovtm_total_askp_icdc", "ovtm_total_bidp_icdc")
    return {
        "aspr_acpt_hour": f"{at:%H%M%S}",
        **_side("askp", book.asks),
        **_side("bidp", book.bids),
        "total_askp_rsqn": str(asks),
        "total_bidp_rsqn": str(bids),
        **dict.fromkeys(zeros, "0"),
        "ovtm_total_askp_rsqn": "0",
        "ovtm_total_bidp_rsqn": "0",
        "ntby_aspr_rsqn": str(bids - asks),
        "new_mkop_cls_code": "20" if hours.opens_at <= now < hours.closes_at else "00",
    }


def _shares(levels: Sequence[Level]) -> int:
    return sum(level.shares for level in levels)


def _side(name: str, levels: Sequence[Level]) -> dict[str, str]:
    numbered = list(enumerate(levels, start=1))
    return {
        **{f"{name}{place}": str(level.price_won) for place, level in numbered},
        **{f"{name}_rsqn{place}": str(level.shares) for place, level in numbered},
        **{f"{name}_rsqn_icdc{place}": "0" for place, _ in numbered},
    }


def expected(book: Book, quote: Quote, now: datetime, hours: Hours) -> dict[str, str]:
    """What an auction that is going on would make, as `output2` of the same answer; without one, nothing."""
    is_auction = hours.auction_at <= now < hours.closes_at or now < hours.opens_at
    shares = min(_shares(book.asks), _shares(book.bids)) if is_auction else 0
    return {
        "antc_mkop_cls_code": "111" if is_auction else "311",
        "stck_prpr": str(quote.price_won),
        "stck_oprc": str(quote.bar.open_won),
        "stck_hgpr": str(quote.bar.high_won),
        "stck_lwpr": str(quote.bar.low_won),
        "stck_sdpr": str(quote.base_won),
        "antc_cnpr": str(quote.price_won if is_auction else 0),
        "antc_cntg_vrss_sign": sign(quote.price_won, quote.base_won) if is_auction else NO_CHANGE,
        "antc_cntg_vrss": str(quote.change_won if is_auction else 0),
        "antc_cntg_prdy_ctrt": percent(quote.change_won, quote.base_won) if is_auction else "0.00",
        "antc_vol": str(shares),
        "stck_shrn_iscd": quote.company.code,
        "vi_cls_code": "N",
    }
