"""How the sample's prices move within a session: drawn from the seed, the code and the day, and from nothing else.

A path has a price every fifteen seconds and one of the closing auction. It begins at the session's open, ends at its
close, and touches exactly its high and its low, so the session's minutes make exactly its bar.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from infra.sandbox import prices
from infra.sandbox.entities import Bar, IndexBar
from infra.sandbox.hours import Hours

MINUTE = timedelta(minutes=1)
STEP_S = 15
STEPS = 60 // STEP_S  # in a minute
RANGE = 0.9  # of the day's range: how far the path strays from the straight line between open and close
OFF_HOURS = (0.003, 0.025)  # of a day's shares
OPENING, CLOSING = 12.0, 25.0  # times an ordinary minute's shares
_BELOW = np.array([below for below, _ in prices.TICKS[:-1]])
_TICKS = np.array([size for _, size in prices.TICKS])

Points = NDArray[np.int64]
Snap = Callable[[NDArray[np.float64]], Points]


@dataclass(frozen=True)
class Minute:
    """A minute by its beginning (aware), in won on the tick and in shares."""

    at: datetime
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


@dataclass(frozen=True)
class Path:
    """A session's prices, every fifteen seconds from its opening on; the last one is the closing auction's."""

    hours: Hours
    points: tuple[int, ...]

    def so_far(self, now: datetime) -> tuple[int, ...]:
        """The prices that there were by a moment."""
        if now >= self.hours.closes_at:
            return self.points
        passed = int((now - self.hours.opens_at).total_seconds() // STEP_S) + 1
        return self.points[: min(max(0, passed), len(self.points) - 1)]


@dataclass(frozen=True)
class Day:
    """A stock's session in minutes; `shares` are those of each minute, the closing auction last."""

    path: Path
    shares: tuple[int, ...]

    @cached_property
    def minutes(self) -> tuple[Minute, ...]:
        """All minutes that have trades, in the order of time."""
        return tuple(self._minutes(self.path.points))

    def until(self, now: datetime) -> tuple[Minute, ...]:
        """The minutes by a moment; the last one may still be going on, with what it has traded so far."""
        if now >= self.path.hours.closes_at:
            return self.minutes
        return tuple(self._minutes(self.path.so_far(now)))

    def _minutes(self, points: Sequence[int]) -> Iterator[Minute]:
        for place, start in enumerate(range(0, len(points), STEPS)):
            is_closing = start == len(self.path.points) - 1
            own = points[start : start + STEPS]
            shares = self.shares[place] if is_closing else -(-self.shares[place] * len(own) // STEPS)
            if shares:
                opened = self.path.hours.opens_at + MINUTE * place
                at = self.path.hours.closes_at if is_closing else opened
                yield Minute(at, own[0], max(own), min(own), own[-1], shares)


def of_stock(seed: int, code: str, bar: Bar, hours: Hours) -> Day:
    """The session of `bar` in minutes; their shares are the bar's without `off_hours`. At least four there must be."""
    rng = _rng(seed, code, bar)
    points = _points(rng, hours, (bar.open_won, bar.high_won, bar.low_won, bar.close_won), _on_the_tick)
    shares = _shares(rng, points, bar.volume_shares - off_hours(seed, code, bar))
    for place in np.flatnonzero(shares == 0):  # without a trade the price stays
        points[STEPS * place : STEPS * (place + 1)] = points[STEPS * place - 1]
    return Day(Path(hours, tuple(points.tolist())), tuple(shares.tolist()))


def of_index(seed: int, code: str, bar: IndexBar, hours: Hours) -> Path:
    """The session of an index, in hundredths of a point."""
    ends = tuple(round(100 * points) for points in (bar.open, bar.high, bar.low, bar.close))
    points = _points(_rng(seed, code, bar), hours, ends, _rounded)
    return Path(hours, tuple(points.tolist()))


def off_hours(seed: int, code: str, bar: Bar) -> int:
    """How many of a session's shares are traded after hours."""
    share = random.Random(f"off hours {seed} {code} {bar.session}").uniform(*OFF_HOURS)
    return int(bar.volume_shares * share)


def _rng(seed: int, code: str, bar: Bar | IndexBar) -> np.random.Generator:
    digest = blake2b(f"minutes {seed} {code} {bar.session}".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _rounded(wanted: NDArray[np.float64]) -> Points:
    return np.floor(wanted + 0.5).astype(np.int64)


def _on_the_tick(wanted: NDArray[np.float64]) -> Points:
    sizes: Points = _TICKS[np.searchsorted(_BELOW, wanted, side="right")]
    points: Points = _rounded(wanted / sizes) * sizes
    return points


def _points(rng: np.random.Generator, hours: Hours, ends: Sequence[int], snap: Snap) -> Points:
    first, high, low, last = ends
    count = (hours.auction_at - hours.opens_at) // MINUTE * STEPS + 1
    walk = np.cumsum(rng.standard_normal(count))
    along = np.linspace(0, 1, count)
    bridge = walk - walk[0] - along * (walk[-1] - walk[0])
    wanted = first + along * (last - first) + bridge * RANGE * (high - low) / np.ptp(bridge)
    points = np.clip(snap(_folded(wanted, low, high)), low, high)
    points[0], points[-1] = first, last
    _touch(points, high, low)
    return points


def _folded(wanted: NDArray[np.float64], low: int, high: int) -> NDArray[np.float64]:
    """What goes beyond a bound comes back from it."""
    width = high - low
    return low + width - np.abs(width - np.mod(wanted - low, 2 * width)) if width else wanted


def _touch(points: Points, high: int, low: int) -> None:
    inner = points[1:-1]
    if points.max() < high:
        inner[inner.argmax()] = high
    if points.min() > low:
        inner[inner.argmin()] = low


def _shares(rng: np.random.Generator, points: Points, whole: int) -> Points:
    """More at the opening and towards the close; at least one share wherever the day's four prices are made."""
    count = len(points) // STEPS + 1
    along = np.linspace(-1, 1, count)
    weights = rng.exponential(size=count) * (0.5 + along**2)
    weights[0] += OPENING
    weights[-1] += CLOSING
    shares: Points = np.floor(weights / weights.sum() * whole).astype(np.int64)
    needed = [0, int(points.argmax()) // STEPS, int(points.argmin()) // STEPS]
    shares[needed] = np.maximum(shares[needed], 1)
    shares[-1] = whole - shares[:-1].sum()  # also what rounding has left
    return shares
