"""KRX's tick sizes and daily price limits, in won. Pure."""

from bisect import bisect_right
from dataclasses import dataclass

DAY_LIMIT_PERCENT = 30  # of the base price, either way, since 2015-06-15
SINGLE_PRICE_LIMIT_PERCENT = 10  # of that day's close, in the single-price trading after hours

# From each price on, the tick of the same place: KOSPI and KOSDAQ alike since 2023-01-25 (ETFs have their own).
_FROM_WON = (0, 2_000, 5_000, 20_000, 50_000, 200_000, 500_000)
_TICK_WON = (1, 5, 10, 50, 100, 500, 1_000)


@dataclass(frozen=True, slots=True)
class Limits:
    """The lowest and the highest price of a day, in won, both allowed."""

    lower_won: int
    upper_won: int

    def __contains__(self, price_won: int) -> bool:
        return self.lower_won <= price_won <= self.upper_won


def tick_size_won(price_won: int) -> int:
    """The step between two prices at a price, in won, as of 2023-01-25. Raises `ValueError` at 0 and below."""
    if price_won <= 0:
        raise ValueError(f"a price of {price_won} won")
    return _TICK_WON[bisect_right(_FROM_WON, price_won) - 1]


def on_tick(price_won: int) -> bool:
    """Whether an order can be given at a price: it is positive and on a tick."""
    return price_won > 0 and price_won % tick_size_won(price_won) == 0


def truncated(price_won: int) -> int:
    """The highest price on a tick that is not above a price, in won."""
    return price_won - price_won % tick_size_won(price_won)


def limits_of(base_won: int, *, percent: int = DAY_LIMIT_PERCENT) -> Limits:
    """A day's limits from its base price (the previous close, or what KRX sets after a split or a rights issue).

    KRX's three steps: the base price times 30 %; truncated to the tick of the base price; added to and taken from
    the base price, and each result truncated to its own tick. On a base price that is on a tick only the upper limit
    can lose by the last step, as ticks are coarser above. Where the first two steps leave nothing (a base price of
    3 won and less) the width is one tick here, and a limit is never below 1 won: a choice of ours, the rule as
    published is silent. Not for first days of a listing, liquidation trading, ETFs and days before 2023-01-25.
    """
    tick = tick_size_won(base_won)
    width = max(base_won * percent // 100 // tick * tick, tick)
    return Limits(truncated(max(base_won - width, 1)), truncated(base_won + width))


def limits_given(lower_won: int | None, upper_won: int | None) -> Limits | None:
    """A day's limits as an upstream gives them; None unless both are there and make sense (0 stands for none)."""
    if not lower_won or not upper_won or not 0 < lower_won <= upper_won:
        return None
    return Limits(lower_won, upper_won)


def nearest(price_won: float) -> int:
    """The price on a tick that is nearest to a price in won, the higher of two; at least 1 won.

    Raises `ValueError` for what is not a positive finite number.
    """
    if not 0 < price_won < float("inf"):
        raise ValueError(f"a price of {price_won} won")
    below, above = at_or_below(price_won), at_or_above(price_won)
    return below if price_won - below < above - price_won else above


def at_or_above(price_won: float) -> int:
    """The lowest price on a tick that is not below a price in won, at least 1."""
    under = at_or_below(price_won)
    return under if under >= price_won else under + tick_size_won(under)


def at_or_below(price_won: float) -> int:
    """The highest price on a tick that is not above a price in won, but 1 at the least."""
    return truncated(max(int(price_won), 1))
