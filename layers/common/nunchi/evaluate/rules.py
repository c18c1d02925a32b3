"""All scores of one forecast. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from nunchi.scoreboard.rules import brier_score, log_loss, ranked_probability_score


@dataclass(frozen=True, slots=True)
class Scores:
    """RPS 0..1, Brier 0..2, log loss ≥ 0 (nats), and whether the likeliest class came true."""

    rps: float
    brier: float
    log_loss: float
    hit: bool


def score(probabilities: Sequence[float], outcome: int) -> Scores:
    """All scores of one forecast. A tie for the likeliest class goes to the lower one."""
    likeliest = max(range(len(probabilities)), key=lambda place: (probabilities[place], -place))
    return Scores(
        rps=ranked_probability_score(probabilities, outcome),
        brier=brier_score(probabilities, outcome),
        log_loss=log_loss(probabilities, outcome),
        hit=likeliest == outcome,
    )
