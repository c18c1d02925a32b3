"""The sample market's prices: two indices, stocks that follow them with noise of their own, and KRX's rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, inf

import numpy as np
from numpy.typing import NDArray

from infra.sandbox.entities import Bar, IndexBar

Array = NDArray[np.float64]

INDICES = {"KOSPI": "0001", "KOSDAQ": "1001"}
FIRST_POINTS = {"0001": 2600.0, "1001": 820.0}
INDEX_VOLATILITY = 0.01  # a day
INDEX_CORRELATION = 0.7
OVERNIGHT = 0.4  # of a day's variance; the rest is between the open and the close
BETAS = (0.8, 1.2)
VOLATILITIES = (0.013, 0.03)  # idiosyncratic, a day
FIRST_PRICES_WON = (4_000, 300_000)
WICK = 0.3  # of a day's volatility: how far a day's high and low lie outside its open and close, on average
# KRX tick sizes since 2023: below this price, this tick
TICKS = ((2_000, 1), (5_000, 5), (20_000, 10), (50_000, 50), (200_000, 100), (500_000, 500), (inf, 1_000))
LOWEST_WON = 100  # a made-up price never falls below


def tick(price: float) -> int:
    """The tick size at a price, both in won."""
    return next(size for below, size in TICKS if price < below)


def limits(previous_close: int) -> tuple[int, int]:
    """The lowest and highest price that KRX allows in the session after a close, in won.

    ±30 %, truncated to the previous close's tick; the upper one to its own, coarser tick as well.
    """
    size = tick(previous_close)
    width = previous_close * 3 // 10 // size * size
    upper = previous_close + width
    return previous_close - width, upper // tick(upper) * tick(upper)


def quoted(price: float, lowest: int, highest: int) -> int:
    """A price on the nearest tick, within limits, in won."""
    size = tick(price)
    return min(max(int(price / size + 0.5) * size, lowest), highest)


@dataclass(frozen=True)
class Character:
    """What does not change about a stock: its index, how it follows it, its noise and where it starts."""

    index: str
    beta: float
    volatility: float
    first_won: float
    shares_a_day: float


def characters(rng: np.random.Generator, indices: Sequence[str]) -> list[Character]:
    """One character for each stock, given the index that each follows."""
    return [
        Character(
            index=index,
            beta=rng.uniform(*BETAS),
            volatility=rng.uniform(*VOLATILITIES),
            first_won=exp(rng.uniform(*np.log(FIRST_PRICES_WON))),
            shares_a_day=exp(rng.uniform(*np.log((30_000, 1_500_000)))),
        )
        for index in indices
    ]


def index_returns(rng: np.random.Generator, sessions: int) -> dict[str, Array]:
    """Log returns of each index, of shape (sessions, 2): overnight, and from open to close."""
    common, own = rng.standard_normal((2, sessions, 2))
    other = INDEX_CORRELATION * common + (1 - INDEX_CORRELATION**2) ** 0.5 * own
    return {"0001": INDEX_VOLATILITY * _split(common), "1001": INDEX_VOLATILITY * _split(other)}


def own_returns(rng: np.random.Generator, sessions: int) -> Array:
    """A stock's idiosyncratic log returns in units of its daily volatility, of shape (sessions, 2)."""
    return _split(rng.standard_normal((sessions, 2)))


def _split(normal: Array) -> Array:
    scaled: Array = normal * np.sqrt([OVERNIGHT, 1 - OVERNIGHT])
    return scaled


def spread(shifts: Array) -> Array:
    """Mean shifts of whole sessions, of shape (sessions,), as shifts of the two parts of a day."""
    both: Array = np.outer(shifts, [OVERNIGHT, 1 - OVERNIGHT]).astype(np.float64)
    return both


def index_bars(
    rng: np.random.Generator, code: str, sessions: Sequence[date], returns: Array
) -> tuple[IndexBar, ...]:
    """The bars of an index that has these returns."""
    closes = FIRST_POINTS[code] * np.exp(np.cumsum(returns.sum(axis=1)))
    opens = closes / np.exp(returns[:, 1])
    wicks = np.exp(INDEX_VOLATILITY * WICK * np.abs(rng.standard_normal((2, len(sessions)))))
    highs, lows = np.maximum(opens, closes) * wicks[0], np.minimum(opens, closes) / wicks[1]
    columns = (np.round(column, 2).tolist() for column in (opens, highs, lows, closes))
    return tuple(IndexBar(*row) for row in zip(sessions, *columns, strict=True))


def stock_bars(
    rng: np.random.Generator, who: Character, sessions: Sequence[date], returns: Array
) -> tuple[Bar, ...]:
    """The bars of a stock that has these log returns (sessions, 2), as far as ticks and limits let it."""
    wicks = np.exp(who.volatility * WICK * np.abs(rng.standard_normal((len(sessions), 2))))
    volumes = who.shares_a_day * np.exp(
        0.4 * rng.standard_normal(len(sessions)) + 10 * np.abs(returns).sum(axis=1)
    )
    return tuple(_walk(who.first_won, sessions, np.exp(returns).tolist(), wicks.tolist(), volumes.tolist()))


def _walk(
    price: float,
    sessions: Sequence[date],
    growth: Sequence[Sequence[float]],
    wicks: Sequence[Sequence[float]],
    volumes: Sequence[float],
) -> Iterator[Bar]:
    previous = quoted(price, LOWEST_WON, int(price * 2))
    for session, (overnight, intraday), (above, below), volume in zip(
        sessions, growth, wicks, volumes, strict=True
    ):
        lowest, highest = limits(previous)
        lowest = max(lowest, LOWEST_WON)
        opening = min(max(price * overnight, lowest), highest)
        price = min(max(opening * intraday, lowest), highest)
        first, last = quoted(opening, lowest, highest), quoted(price, lowest, highest)
        high = max(first, last, quoted(max(opening, price) * above, lowest, highest))
        low = min(first, last, quoted(min(opening, price) / below, lowest, highest))
        yield Bar(session, first, high, low, last, int(volume))
        previous = last
