"""Grades of a report's target and support prices, and what human ratings make of them. Pure.

A grade lies around 0: each part is what happened minus what a driftless walk would have made of it, so that over such
walks every target and every support earns nothing, near or far. It is kept apart from the proper scores of forecasts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist

from nunchi.market.rules import DAY_SHARE_AT_OPEN, flat_band

ACCURACY, TIMING, RISK = 0.4, 0.3, 0.3  # shares of a grade
RATED = 0.3  # share of human ratings, where there are any
# A walk that is not seen for a time dt touches a barrier as if it were β·σ·sqrt(dt) further off, β = -ζ(1/2) / sqrt(2π)
# (Broadie, Glasserman and Kou 1997). Daily highs and lows see all of a session and nothing of a night, which is 0.4 of
# a day's variance, and as large a part of the crossings.
BETA = 0.5826
NIGHT = 1 - DAY_SHARE_AT_OPEN
UNSEEN = BETA * NIGHT**1.5
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a report says of one span: prices in won on one footing, σ20 as a daily ratio, the span in sessions."""

    base_won: float
    target_won: float
    support_won: float
    sigma20: float
    horizon: int

    @property
    def is_flat(self) -> bool:
        """Whether the target lies within the flat band, where it says nothing."""
        return abs(self.target_won / self.base_won - 1) <= flat_band(self.sigma20, self.horizon, 0)


@dataclass(frozen=True, slots=True)
class Day:
    """A session's highest and lowest price in won, on the scenario's footing."""

    high_won: float
    low_won: float


@dataclass(frozen=True, slots=True)
class Grade:
    """What became of a scenario. Sessions count from 1, None where a price was not reached; the rest lies in -1..1."""

    touched_in: int | None
    broken_in: int | None
    chance: float
    accuracy: float
    timing: float
    risk: float
    total: float


def touch_chance(distance: float, sigma: float, sessions: int) -> float:
    """The probability that daily highs (or lows) of a driftless walk reach a barrier within so many sessions.

    `distance` is the barrier's in log returns, `sigma` the daily deviation. By the reflection principle it is
    2·Φ(-d / (σ·sqrt(n))) for a walk that is seen at every moment; that nights are not seen moves the barrier out.
    """
    if distance <= 0:
        return 1.0
    if sigma <= 0 or sessions <= 0:
        return 0.0
    return 2 * _NORMAL.cdf(-(distance + UNSEEN * sigma) / (sigma * sqrt(sessions)))


def grade(scenario: Scenario, days: Sequence[Day]) -> Grade:
    """The grade of a scenario over the sessions of its span, in order; 0 for a target within the flat band.

    Accuracy: 1 for a target that was reached, minus the chance p of that. Timing: how early, as the share of the
    walk's own touches that come later, minus its mean p / 2. Risk: the chance that the support is broken, minus 1
    where it was. Raises `ValueError` on prices that are not positive.
    """
    if min(scenario.base_won, scenario.target_won, scenario.support_won) <= 0:
        raise ValueError("a scenario's prices are positive")
    rises = scenario.target_won > scenario.base_won
    away = abs(log(scenario.target_won / scenario.base_won))
    below = log(scenario.base_won / scenario.support_won)
    touched = _first(
        day.high_won >= scenario.target_won if rises else day.low_won <= scenario.target_won for day in days
    )
    broken = _first(day.low_won < scenario.support_won for day in days)
    chance = touch_chance(away, scenario.sigma20, scenario.horizon)
    if scenario.is_flat:
        return Grade(touched, broken, chance, 0.0, 0.0, 0.0, 0.0)
    accuracy = (touched is not None) - chance
    timing = _earliness(away, scenario, touched, chance) - chance / 2
    risk = touch_chance(below, scenario.sigma20, scenario.horizon) - (broken is not None)
    total = ACCURACY * accuracy + TIMING * timing + RISK * risk
    return Grade(touched, broken, chance, accuracy, timing, risk, total)


def _earliness(away: float, scenario: Scenario, touched: int | None, chance: float) -> float:
    """The share of a walk's touches that come after this one, with half of those in the same session."""
    if touched is None or not chance:
        return 0.0
    until, before = (touch_chance(away, scenario.sigma20, sessions) for sessions in (touched, touched - 1))
    return 1 - (until + before) / 2 / chance


def _first(reached: Iterable[bool]) -> int | None:
    return next((place for place, is_reached in enumerate(reached, start=1) if is_reached), None)


def with_ratings(total: float, stars: Sequence[int]) -> float:
    """A grade together with human ratings of 1 to 5 stars, mapped to 0..1: they weigh 30 % where there are any."""
    if not stars:
        return total
    mean = sum((given - 1) / 4 for given in stars) / len(stars)
    return (1 - RATED) * total + RATED * mean
