"""Proper scores."""

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.predict.rules import settle
from nunchi.scoreboard.rules import brier_score, log_loss, ranked_probability_score

distributions = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda raw: tuple(settle(raw)))


@pytest.mark.parametrize(
    ("probabilities", "outcome", "rps", "brier", "nats"),
    [
        ((1.0, 0.0, 0.0), 0, 0.0, 0.0, 0.0),
        ((1.0, 0.0, 0.0), 2, 1.0, 2.0, math.inf),
        ((0.0, 1.0, 0.0), 2, 0.5, 2.0, math.inf),
        ((0.2, 0.5, 0.3), 2, (0.04 + 0.49) / 2, 0.04 + 0.25 + 0.49, -math.log(0.3)),
        ((0.2, 0.5, 0.3), 0, (0.64 + 0.09) / 2, 0.64 + 0.25 + 0.09, -math.log(0.2)),
    ],
)
def test_scores_by_hand(
    probabilities: tuple[float, ...], outcome: int, rps: float, brier: float, nats: float
) -> None:
    assert ranked_probability_score(probabilities, outcome) == pytest.approx(rps)
    assert brier_score(probabilities, outcome) == pytest.approx(brier)
    assert log_loss(probabilities, outcome) == pytest.approx(nats)


@given(distributions, st.sampled_from([0, 1, 2]))
def test_scores_stay_in_their_ranges(probabilities: tuple[float, ...], outcome: int) -> None:
    assert 0 <= ranked_probability_score(probabilities, outcome) <= 1
    assert 0 <= brier_score(probabilities, outcome) <= 2
    assert 0 <= log_loss(probabilities, outcome) <= -math.log(0.0099)


@given(distributions, distributions)
def test_scores_are_proper(truth: tuple[float, ...], told: tuple[float, ...]) -> None:
    """Nobody does better on average than by telling the truth."""

    def expected(loss: Callable[[Sequence[float], int], float], forecast: tuple[float, ...]) -> float:
        return sum(chance * loss(forecast, outcome) for outcome, chance in enumerate(truth))

    for loss in (ranked_probability_score, brier_score, log_loss):
        assert expected(loss, truth) <= expected(loss, told) + 1e-12


def test_a_near_miss_costs_less_than_a_far_one() -> None:
    assert ranked_probability_score((0.8, 0.1, 0.1), 1) < ranked_probability_score((0.8, 0.1, 0.1), 2)
