"""Dated adjustment factors for splits, reverse splits and rights issues, read off two series of closes. Pure.

Bars are stored as traded, because adjusted bars rewrite the past. KIS gives both series, as traded and adjusted to the
day on which it is asked; where their ratio changes, something happened to the stock.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Protocol

from nunchi.market.bars import Bar
from nunchi.market.rules import Prices

ROUNDING_WON = 1  # an adjusted price is a whole number of won, rounded or cut


@dataclass(frozen=True, slots=True)
class Factor:
    """From `session` on prices are on another footing: multiply earlier ones by `ratio` (0.2 for a split 5:1)."""

    session: date
    ratio: float


class DailyBar(Bar, Protocol):
    """A session's bar as traded."""

    @property
    def session(self) -> date: ...


@dataclass(frozen=True, slots=True)
class AdjustedBar:
    """A session's bar on another day's footing: its prices are no whole won any more, its volume is as traded."""

    session: date
    open_won: float
    high_won: float
    low_won: float
    close_won: float
    volume_shares: int


@dataclass(frozen=True, slots=True)
class _Range:
    """The ratios adjusted / original that a stretch of sessions allows, and the first of these sessions."""

    first: date
    low: Fraction
    high: Fraction

    def met(self, other: "_Range") -> "_Range | None":
        """What both ranges allow, begun at the other's session; None where they exclude each other."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return _Range(other.first, low, high) if low <= high else None

    def ratio(self) -> Fraction:
        """The simplest fraction within the range: 1 or 1/5 rather than 0.19998."""
        return _simplest(self.low, self.high)


def factors(
    original: Mapping[date, int], adjusted: Mapping[date, int], *, rounding_won: int = ROUNDING_WON
) -> list[Factor]:
    """The factors, oldest first, that turn closes as traded into adjusted closes (both in won, by session).

    Sessions that only one series has, or where a close is not positive, are left out. An adjusted close may lie up to
    `rounding_won` off its true value, so a change of the ratio that is smaller than that, `rounding_won / close`, is
    not seen (or dated some sessions late or early), and none is made up. What happened after the last session of
    both series changes all ratios alike and leaves no factor: ask for series that reach up to today.
    """
    stretches = list(_stretches(_ranges(original, adjusted, rounding_won)))
    changes = [
        Factor(newer.first, float(older.ratio() / newer.ratio())) for newer, older in pairwise(stretches)
    ]
    return changes[::-1]


def _ranges(original: Mapping[date, int], adjusted: Mapping[date, int], rounding_won: int) -> list[_Range]:
    """What each session allows, newest first."""
    shared = sorted(original.keys() & adjusted.keys(), reverse=True)
    return [
        _Range(
            day,
            # a small adjusted price must not allow a ratio of nothing
            max(
                Fraction(adjusted[day] - rounding_won, original[day]),
                Fraction(adjusted[day], 2 * original[day]),
            ),
            Fraction(adjusted[day] + rounding_won, original[day]),
        )
        for day in shared
        if original[day] > 0 and adjusted[day] > 0
    ]


def _stretches(ranges: Iterable[_Range]) -> Iterator[_Range]:
    """The fewest stretches of sessions that can have one ratio each, newest first."""
    current: _Range | None = None
    for one in ranges:
        both = current.met(one) if current else one
        if current and both is None:
            yield current
        current = both or one
    if current:
        yield current


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest denominator between two positive ones, both included (Stern and Brocot)."""
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    floor = Fraction(whole - 1)
    return floor + 1 / _simplest(1 / (high - floor), 1 / (low - floor))


def ratio_on(session: date, dated: Iterable[Factor], *, as_of: date) -> float:
    """What a session's prices are multiplied by to compare them with those of `as_of`: 1 with no factor between."""
    return prod(factor.ratio for factor in dated if session < factor.session <= as_of)


def adjust(bars: Iterable[DailyBar], dated: Iterable[Factor], *, as_of: date) -> list[AdjustedBar]:
    """Bars as traded, brought to the footing of `as_of`.

    Volumes stay as they are, since not every factor changes the number of shares alike.
    """
    known = list(dated)
    return [_scaled(bar, ratio_on(bar.session, known, as_of=as_of)) for bar in bars]


def _scaled(bar: DailyBar, ratio: float) -> AdjustedBar:
    return AdjustedBar(
        bar.session,
        open_won=bar.open_won * ratio,
        high_won=bar.high_won * ratio,
        low_won=bar.low_won * ratio,
        close_won=bar.close_won * ratio,
        volume_shares=bar.volume_shares,
    )


def adjust_prices(prices: Iterable[Prices], dated: Iterable[Factor], *, as_of: date) -> list[Prices]:
    """The same for the opening and closing prices that returns are computed from."""
    known = list(dated)
    ratios = [(one, ratio_on(one.session, known, as_of=as_of)) for one in prices]
    return [Prices(one.session, one.open * ratio, one.close * ratio) for one, ratio in ratios]
