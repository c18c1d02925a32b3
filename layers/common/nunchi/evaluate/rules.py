"""Proper scores of a three-class forecast. Losses: lower is better. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log


@dataclass(frozen=True, slots=True)
class Scores:
    """RPS 0..1, Brier 0..2, log loss ≥ 0 (nats), and whether the likeliest class came true."""

    rps: float
    brier: float
    log_loss: float
    hit: bool


def rps(probabilities: Sequence[float], outcome: int) -> float:
    """The ranked probability score divided by K-1, so that it lies in 0..1 (Epstein 1969; Murphy 1971)."""
    total, cumulated = 0.0, 0.0
    for place, probability in enumerate(probabilities[:-1]):
        cumulated += probability
        total += (cumulated - (outcome <= place)) ** 2
    return total / (len(probabilities) - 1)


def brier(probabilities: Sequence[float], outcome: int) -> float:
    """The Brier score summed over classes, 0..2 (Brier 1950)."""
    return sum((probability - (place == outcome)) ** 2 for place, probability in enumerate(probabilities))


def log_loss(probabilities: Sequence[float], outcome: int) -> float:
    """The negative natural logarithm of the probability given to what happened (Good 1952)."""
    return -log(probabilities[outcome])


def score(probabilities: Sequence[float], outcome: int) -> Scores:
    """All scores of one forecast. A tie for the likeliest class goes to the lower one."""
    likeliest = max(range(len(probabilities)), key=lambda place: (probabilities[place], -place))
    return Scores(
        rps=rps(probabilities, outcome),
        brier=brier(probabilities, outcome),
        log_loss=log_loss(probabilities, outcome),
        hit=likeliest == outcome,
    )
