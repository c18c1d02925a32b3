"""Proper scores of a forecast of K ordered classes. Losses: lower is better. Pure.

Every score takes the probabilities of down, flat and up, and the index of the class that happened (0, 1 or 2).
"""

from collections.abc import Sequence
from math import inf, log


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
