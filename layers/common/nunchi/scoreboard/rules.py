"""Proper scores of forecasts, how well they are calibrated, and whether one arm is better than another. Pure.

Scores are losses: lower is better. Each takes the probabilities of down, flat and up, and the index of the class that
happened (0, 1 or 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from math import fsum, inf, log
from statistics import NormalDist

from nunchi.scoreboard.sequential import (
    boundary_squared,
    days_until,
    half_width,
    long_run_variance,
    minimum_days,
)

BINS = 10
A_BETTER, B_BETTER, NOT_ENOUGH = "a better", "b better", "not enough evidence"
LONGEST_WAIT = 2_500  # entry days, ten years: what would take longer has no end in sight


def ranked_probability_score(probabilities: Sequence[float], outcome: int) -> float:
    """The ranked probability score divided by K-1, so that it lies in 0..1 (Epstein 1969; Murphy 1971)."""
    total, cumulated = 0.0, 0.0
    for place, probability in enumerate(probabilities[:-1]):
        cumulated += probability
        total += (cumulated - (outcome <= place)) ** 2
    return total / (len(probabilities) - 1)


def brier_score(probabilities: Sequence[float], outcome: int) -> float:
    """The Brier score summed over classes, 0..2 (Brier 1950)."""
    return sum((probability - (place == outcome)) ** 2 for place, probability in enumerate(probabilities))


def log_loss(probabilities: Sequence[float], outcome: int) -> float:
    """The negative natural logarithm (nats) of the probability given to what happened (Good 1952).

    Infinite where that probability is 0: nothing is clipped here.
    """
    probability = probabilities[outcome]
    return -log(probability) if probability > 0 else inf


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of like probability for a class: their mean probability, and how often the class came true."""

    probability: float
    frequency: float
    forecasts: int


def reliability(forecasts: Sequence[Sequence[float]], outcomes: Sequence[int]) -> list[list[Bin]]:
    """The reliability curve of each class, in ten bins of equal count, lowest probability first.

    Equal probabilities stay in one bin, so that the order of the forecasts decides nothing; bins that this leaves
    empty are absent. ValueError where the two lengths differ.
    """
    _same_length("forecasts", forecasts, "outcomes", outcomes)
    classes = range(len(forecasts[0])) if forecasts else range(0)
    return [
        _bins(
            [
                (forecast[place], outcome == place)
                for forecast, outcome in zip(forecasts, outcomes, strict=True)
            ]
        )
        for place in classes
    ]


def _bins(told: Sequence[tuple[float, bool]]) -> list[Bin]:
    ordered = sorted(told)
    lower = {probability: rank for rank, (probability, _) in reversed(list(enumerate(ordered)))}
    members: dict[int, list[tuple[float, bool]]] = {}
    for one in ordered:
        members.setdefault(BINS * lower[one[0]] // len(ordered), []).append(one)
    return [
        Bin(fsum(p for p, _ in found) / len(found), sum(came for _, came in found) / len(found), len(found))
        for found in members.values()
    ]


def expected_calibration_error(forecasts: Sequence[Sequence[float]], outcomes: Sequence[int]) -> float:
    """The mean distance of probability and frequency over the bins of `reliability`, weighted by their counts and
    averaged over the classes, 0..1 (classwise, with equal counts: Naeini et al. 2015; Nixon et al. 2019).

    It is above 0 for a calibrated forecaster too, by what chance leaves in bins of finite size. ValueError without
    forecasts.
    """
    curves = reliability(forecasts, outcomes)
    if not curves:
        raise ValueError("the calibration error of no forecasts is not defined")
    distances = (one.forecasts * abs(one.probability - one.frequency) for curve in curves for one in curve)
    return fsum(distances) / len(forecasts) / len(curves)


def skill(losses: Sequence[float], prior_losses: Sequence[float]) -> float:
    """1 - mean loss / mean loss of `prior` on the same forecasts. ValueError where prior has no loss to improve on."""
    _same_length("losses", losses, "prior_losses", prior_losses)
    prior = fsum(prior_losses)
    if prior <= 0:
        raise ValueError(f"prior_losses add up to {prior}: skill against them is not defined")
    return 1 - fsum(losses) / prior


@dataclass(frozen=True, slots=True)
class SkillInterval:
    """A skill with the bounds of a fixed-sample, asymptotic interval; without bounds below the minimum of days."""

    skill: float
    lower: float | None
    upper: float | None
    minimum_days: int


def skill_interval(
    daily_losses: Sequence[float], daily_prior_losses: Sequence[float], span: int, alpha: float
) -> SkillInterval:
    """The skill of forecasts clustered by entry session, with an interval that holds for one look, not for daily ones.

    Takes the sum of the losses of each entry session, in order, of the arm and of `prior` on the same forecasts. The
    ratio of means is linearised (the delta method), which makes it a mean of daily values u = (loss − ratio · prior
    loss) / mean prior loss, with the overlap's long-run variance. Use `compare` for a verdict.
    """
    _same_length("daily_losses", daily_losses, "daily_prior_losses", daily_prior_losses)
    _check_span(span)
    _check_alpha(alpha)
    value, days, least = skill(daily_losses, daily_prior_losses), len(daily_losses), minimum_days(span)
    scale = fsum(daily_prior_losses) / days
    pairs = zip(daily_losses, daily_prior_losses, strict=True)
    shifts = [(own - (1 - value) * prior) / scale for own, prior in pairs]
    z = NormalDist().inv_cdf(1 - alpha / 2)
    width = half_width(long_run_variance(shifts, span), z * z, days, span)
    if days < least or width is None:
        return SkillInterval(value, None, None, least)
    return SkillInterval(value, value - width, value + width, least)


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
    _check(a, b, entry_sessions, span, alpha)
    means, least = daily_means(a, b, entry_sessions), minimum_days(span)
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


def _check(
    a: Sequence[float], b: Sequence[float], entry_sessions: Sequence[date], span: int, alpha: float
) -> None:
    _same_length("a", a, "b", b)
    _same_length("a", a, "entry_sessions", entry_sessions)
    _check_span(span)
    _check_alpha(alpha)
    for name, losses in (("a", a), ("b", b)):
        for place, loss in enumerate(losses):
            if not 0 <= loss <= 1:  # nor is NaN
                raise ValueError(f"{name}[{place}] is {loss}: a loss must be in 0..1")
    for place, (earlier, later) in enumerate(pairwise(entry_sessions), start=1):
        if later < earlier:
            raise ValueError(f"entry_sessions[{place}] is {later}, before {earlier}: they must be in order")


def _same_length(name: str, one: Sequence[object], other_name: str, other: Sequence[object]) -> None:
    if len(one) != len(other):
        raise ValueError(f"{name} has {len(one)} entries, {other_name} has {len(other)}")


def _check_span(span: int) -> None:
    if span < 1 or span != int(span):
        raise ValueError(f"span is {span}: it must be a whole number of sessions, at least 1")


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}: it must be between 0 and 1")
