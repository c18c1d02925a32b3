"""Scenarios: which prices a stock may reach, from its volatility and an arm's probabilities. Pure.

What a scenario claims. A report is made of what was known at `as_of`, at a base price B. Its scenario of h sessions
covers the span from `as_of` to the close of the h-th session after the one that had opened last at `as_of`
(`last_session`). Within the span the *target* is touched when a trade is at or above it, the *support* when one is at
or below it, in regular trading; as traded, so with adjustment factors where one falls into the span. A scenario says
nothing about which of the two comes first. What is graded of it are the h sessions after the report's own, from that
one's close on and by daily highs and lows (`evaluate/reports.py`): the rest of the report's session is part of the
claim and of no grade.

The formula. ln(price / B) is taken for a driftless walk with a standard deviation of s = σ20 · sqrt(h + w) over the
span, w being the share of a day's variance that is left of the session at `as_of` (0.6 at its opening, falling
linearly to 0 at its close). By the reflection principle such a walk touches a distance x at some time of the span with
probability 2 · (1 - Φ(x / s)). Both prices start where that is `REACHED` = 1/3, at x = k · s with k = 0.967: far enough
that touching is no matter of course, near enough that it can be seen within a few months of reports.

The tilt. If a return is normal with mean m and deviation d, and the flat band ±b, then p_up = Φ((m - b) / d) and
p_down = Φ((-b - m) / d), so m / d = (Φ⁻¹(p_up) - Φ⁻¹(p_down)) / 2, whatever b is. An arm's probabilities at 5 sessions
thus expect a move of m = tilt · σ20 · sqrt(5), and both prices are moved by it. Nothing is forecast beyond 5 sessions,
so the longer spans are moved by the same m and no further.

The bounds. Neither price lies inside the flat band (a target there would claim nothing), beyond `FARTHEST` · s or a
factor of `FARTHEST_FACTOR`, or beyond the daily limits compounded over h sessions (which are nearer than that factor
below 5 sessions only). Bounds are prices on ticks, and the same ones hold for what a model proposes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Literal, get_args

from nunchi.market import ticks
from nunchi.market.calendar import Session
from nunchi.market.rules import DAY_SHARE_AT_OPEN, flat_band
from nunchi.predict.rules import Probabilities

Span = Literal["short", "medium", "long"]
SPANS: tuple[Span, ...] = get_args(Span)
HORIZONS: dict[Span, int] = {"short": 5, "medium": 20, "long": 60}  # sessions
FORECAST_HORIZON = 5  # sessions: the longest that an arm forecasts
REACHED = 1 / 3
FARTHEST = 3.0  # standard deviations of the span
FARTHEST_FACTOR = 3.0  # of the base price, either way
LEANING = 0.1  # the tilt from which a report leans to one side

Recommendation = Literal["favourable", "balanced", "cautious", "uncertain"]
# The whole list: what may be said is how the evidence lies, never what to do (a one-way information service).
RECOMMENDATIONS: dict[Recommendation, str] = {
    "favourable": "긍정 요인이 우세한 것으로 관찰됨",
    "balanced": "긍정과 부정 요인이 엇비슷한 것으로 관찰됨",
    "cautious": "부정 요인이 우세한 것으로 관찰됨",
    "uncertain": "판단할 근거가 부족함",
}

_NORMAL = NormalDist()
_REACH = _NORMAL.inv_cdf(1 - REACHED / 2)  # in standard deviations


class NoScenario(ValueError):
    """A price below which there is none: 1 won."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a scenario is computed from: base price, daily volatility (a ratio), sessions, share of the day left."""

    base_won: int
    sigma20: float
    horizon: int
    share: float

    @property
    def deviation(self) -> float:
        """The standard deviation of ln(price / base) over the span."""
        return self.sigma20 * sqrt(self.horizon + self.share)

    @property
    def band(self) -> float:
        """Half the width of the flat class, as a ratio."""
        return flat_band(self.sigma20, self.horizon, self.share)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The prices in won that a target and a support may have: on ticks, from and to, both included."""

    target_from: int
    target_to: int
    support_from: int
    support_to: int

    def fits(self, target_won: int, support_won: int) -> bool:
        """Whether two prices are within the bounds."""
        return (
            self.target_from <= target_won <= self.target_to
            and self.support_from <= support_won <= self.support_to
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """Two prices of one span, in won; see the module for when each is touched. `snapped`: moved to a tick."""

    span: Span
    target_won: int
    support_won: int
    text_ko: str = ""
    snapped: bool = False


def share_left(as_of: datetime, session: Session) -> float:
    """The share of a day's variance left at `as_of` of the session that opened last: 0 from its close on."""
    whole = (session.closes_at - session.opens_at).total_seconds()
    left = (session.closes_at - as_of).total_seconds()
    return DAY_SHARE_AT_OPEN * min(max(left / whole, 0.0), 1.0)


def tilt(probabilities: Probabilities) -> float:
    """The mean of the return that three class probabilities imply, in its standard deviations."""
    return (_NORMAL.inv_cdf(probabilities.up) - _NORMAL.inv_cdf(probabilities.down)) / 2


def touch_probability(walk: Walk, price_won: int) -> float:
    """How likely the driftless walk touches a price at some time of its span."""
    distance = abs(log(price_won / walk.base_won))
    if not walk.deviation:
        return float(not distance)
    return 2 * (1 - _NORMAL.cdf(distance / walk.deviation))


def bounds(walk: Walk) -> Bounds:
    """The sane prices of a span. Raises `NoScenario` at a base price of 1 won."""
    base, near = walk.base_won, walk.band
    if base <= 1:
        raise NoScenario(f"a base price of {base} won")
    farthest = exp(min(FARTHEST * walk.deviation, log(FARTHEST_FACTOR)))
    limits = limits_after(base, walk.horizon)
    target_from = max(ticks.at_or_above(base + 1), ticks.at_or_above(base * (1 + near)))
    support_to = min(ticks.at_or_below(base - 1), ticks.at_or_below(base * (1 - near)))
    highest = min(ticks.at_or_below(base * farthest), limits.upper_won)
    lowest = max(ticks.at_or_above(base / farthest), limits.lower_won)
    return Bounds(target_from, max(highest, target_from), min(lowest, support_to), support_to)


def limits_after(base_won: int, sessions: int) -> ticks.Limits:
    """The lowest and highest price that daily limits allow after some sessions, one limit upon another."""
    lower, upper = base_won, base_won
    for _ in range(sessions):
        if upper > base_won * FARTHEST_FACTOR and lower * FARTHEST_FACTOR < base_won:
            break  # farther than any scenario goes
        lower, upper = ticks.limits_of(lower).lower_won, ticks.limits_of(upper).upper_won
    return ticks.Limits(lower, upper)


def scenario(span: Span, walk: Walk, leaning: float) -> Scenario:
    """The scenario of a span, for an arm whose probabilities at 5 sessions tilt by `leaning`. Raises `NoScenario`."""
    allowed = bounds(walk)
    shift = leaning * walk.sigma20 * sqrt(FORECAST_HORIZON)
    target = ticks.nearest(walk.base_won * exp(_within(_REACH * walk.deviation + shift)))
    support = ticks.nearest(walk.base_won * exp(_within(shift - _REACH * walk.deviation)))
    return Scenario(
        span,
        target_won=min(max(target, allowed.target_from), allowed.target_to),
        support_won=max(min(support, allowed.support_to), allowed.support_from),
    )


def _within(distance: float) -> float:
    farthest = log(FARTHEST_FACTOR)
    return min(max(distance, -farthest), farthest)


def walks(base_won: int, sigma20: float, share: float) -> dict[Span, Walk]:
    """The walk of each span."""
    return {span: Walk(base_won, sigma20, horizon, share) for span, horizon in HORIZONS.items()}


def scenarios(base_won: int, sigma20: float, share: float, leaning: float) -> list[Scenario]:
    """The scenarios of all spans, the shortest first. Raises `NoScenario`."""
    return [scenario(span, walk, leaning) for span, walk in walks(base_won, sigma20, share).items()]


def recommendation(leaning: float, *, forecast: bool) -> Recommendation:
    """How the evidence lies; without a forecast of the day there is none."""
    if not forecast:
        return "uncertain"
    if abs(leaning) < LEANING:
        return "balanced"
    return "favourable" if leaning > 0 else "cautious"


def mean(given: Sequence[Probabilities]) -> Probabilities:
    """The mean of forecasts of several stories, none of which counts more than another."""
    down, flat, up = (sum(part) / len(given) for part in zip(*given, strict=True))
    return Probabilities(down, flat, up)
