"""Proper scores of forecasts, how well they are calibrated, and whether one arm is better than another. Pure.

Scores are losses: lower is better. Each takes the probabilities of down, flat and up, and the index of the class that
happened (0, 1 or 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, inf, log
from statistics import NormalDist

from nunchi.scoreboard.arguments import check_alpha, check_span, same_length
from nunchi.scoreboard.comparing import Comparison, compare, compare_days
from nunchi.scoreboard.sequential import half_width, long_run_variance, minimum_days

__all__ = [
    "Bin",
    "Comparison",
    "SkillInterval",
    "brier_score",
    "compare",
    "compare_days",
    "expected_calibration_error",
    "log_loss",
    "ranked_probability_score",
    "reliability",
    "skill",
    "skill_interval",
]

BINS = 10


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
    same_length("forecasts", forecasts, "outcomes", outcomes)
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
    same_length("losses", losses, "prior_losses", prior_losses)
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
    same_length("daily_losses", daily_losses, "daily_prior_losses", daily_prior_losses)
    check_span(span)
    check_alpha(alpha)
    value, days, least = skill(daily_losses, daily_prior_losses), len(daily_losses), minimum_days(span)
    scale = fsum(daily_prior_losses) / days
    pairs = zip(daily_losses, daily_prior_losses, strict=True)
    shifts = [(own - (1 - value) * prior) / scale for own, prior in pairs]
    z = NormalDist().inv_cdf(1 - alpha / 2)
    width = half_width(long_run_variance(shifts, span), z * z, days, span)
    if days < least or width is None:
        return SkillInterval(value, None, None, least)
    return SkillInterval(value, value - width, value + width, least)
