"""Whether one of two arms is better. Pure; docs/decisions/0024 says why so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from math import fsum

from nunchi.scoreboard.arguments import check_alpha, check_span, same_length
from nunchi.scoreboard.sequential import (
    boundary_squared,
    days_until,
    half_width,
    long_run_variance,
    minimum_days,
)

A_BETTER, B_BETTER, NOT_ENOUGH = "a better", "b better", "not enough evidence"
ROUNDING = 1e-9  # a score of 1 may be computed as the next number above it
LONGEST_WAIT = 2_500  # entry days, ten years: what would take longer has no end in sight


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the losses of two arms differ: the mean of the daily means of a - b, with bounds that hold at every look.

    `minimum_days`: the entry sessions before which there is no verdict. `days_needed`: roughly how many more until
    one, if difference and spread stay as they are; 0 with a verdict, None where no end is in sight.
    """

    mean_difference: float
    lower: float
    upper: float
    verdict: str
    kind: str
    minimum_days: int
    days: int
    days_needed: int | None


def compare(
    a: Sequence[float], b: Sequence[float], entry_sessions: Sequence[date], span: int, alpha: float
) -> Comparison:
    """Whether one of two arms is better, safe to ask after every day: over all looks together a winner is declared
    among equals with a probability of at most alpha, asymptotically.

    a, b: the arms' RPS on the same forecasts, 0..1, in order of `entry_sessions`. span: the forecasts' horizon in
    sessions; one that enters in a session shares it with those that exit in it, so forecasts up to `span` entry
    days apart count as dependent. Every entry day weighs the same: a day's forecasts share its market, and a day full
    of news tells little more than another. The null: what is known at entry tells nothing of the day's mean difference.

    An asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024) on the boundary of Robbins
    (1970), with the long-run variance of overlapping days. ValueError names what is wrong with an argument.
    """
    _check(a, b, entry_sessions)
    return compare_days(daily_means(a, b, entry_sessions), span, alpha)


def compare_days(means: Sequence[float], span: int, alpha: float) -> Comparison:
    """`compare` of the means of a - b of each entry session, in order."""
    check_span(span)
    check_alpha(alpha)
    least = minimum_days(span)
    mean = fsum(means) / len(means) if means else 0.0
    variance = long_run_variance(means, span) if means else 1.0
    width = _width(variance, alpha, len(means), span)
    lower, upper = max(mean - width, -1.0), min(mean + width, 1.0)
    verdict = A_BETTER if upper < 0 else B_BETTER if lower > 0 else NOT_ENOUGH
    needed = days_until(mean, variance, alpha, span, most=LONGEST_WAIT)
    if verdict != NOT_ENOUGH:
        needed = len(means)
    more = None if needed is None else max(needed - len(means), 0)
    return Comparison(mean, lower, upper, verdict, "asymptotic", least, len(means), more)


def _width(variance: float, alpha: float, days: int, span: int) -> float:
    """Half the width of the bounds; 2 where there are none yet, which holds whatever losses in 0..1 may do."""
    least = minimum_days(span)
    if days < least:
        return 2.0
    width = half_width(variance, boundary_squared(alpha, days, least), days, span)
    return 2.0 if width is None else width


def daily_means(a: Sequence[float], b: Sequence[float], entry_sessions: Sequence[date]) -> list[float]:
    """The mean of a - b of each entry session, in order; exact sums, so the order within a day changes nothing."""
    pairs = zip(a, b, entry_sessions, strict=True)
    days = ([own - other for own, other, _ in found] for _, found in groupby(pairs, key=lambda pair: pair[2]))
    return [fsum(day) / len(day) for day in days]


def _check(a: Sequence[float], b: Sequence[float], entry_sessions: Sequence[date]) -> None:
    same_length("a", a, "b", b)
    same_length("a", a, "entry_sessions", entry_sessions)
    for name, losses in (("a", a), ("b", b)):
        for place, loss in enumerate(losses):
            if not -ROUNDING <= loss <= 1 + ROUNDING:  # nor is NaN
                raise ValueError(f"{name}[{place}] is {loss}: a loss must be in 0..1")
    for place, (earlier, later) in enumerate(pairwise(entry_sessions), start=1):
        if later < earlier:
            raise ValueError(f"entry_sessions[{place}] is {later}, before {earlier}: they must be in order")


def own_alpha(alpha: float, horizon: int, primary: int | None, horizons: Sequence[int]) -> float:
    """What one horizon may spend of an experiment's alpha.

    The primary horizon has all of it. The others share as much again equally (Bonferroni), as all do in an experiment
    without a primary one: so among equals a winner is named at the primary horizon, or at any of the others, with a
    probability of at most alpha each.
    """
    if horizon == primary:
        return alpha
    return alpha / sum(other != primary for other in horizons)
