"""Proper scores."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.evaluate import rules
from nunchi.predict.rules import settle

distributions = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda raw: tuple(settle(raw)))


@pytest.mark.parametrize(
    ("probabilities", "outcome", "rps", "brier", "log_loss"),
    [
        ((1.0, 0.0, 0.0), 0, 0.0, 0.0, 0.0),
        ((1.0, 0.0, 0.0), 2, 1.0, 2.0, math.inf),
        ((0.0, 1.0, 0.0), 2, 0.5, 2.0, math.inf),
        ((0.2, 0.5, 0.3), 2, (0.04 + 0.49) / 2, 0.04 + 0.25 + 0.49, -math.log(0.3)),
        ((0.2, 0.5, 0.3), 0, (0.64 + 0.09) / 2, 0.64 + 0.25 + 0.09, -math.log(0.2)),
    ],
)
def test_scores_by_hand(
    probabilities: tuple[float, ...], outcome: int, rps: float, brier: float, log_loss: float
) -> None:
    assert rules.rps(probabilities, outcome) == pytest.approx(rps)
    assert rules.brier(probabilities, outcome) == pytest.approx(brier)
    if math.isfinite(log_loss):
        assert rules.log_loss(probabilities, outcome) == pytest.approx(log_loss)


@given(distributions, st.sampled_from([0, 1, 2]))
def test_scores_stay_in_their_ranges(probabilities: tuple[float, ...], outcome: int) -> None:
    scores = rules.score(probabilities, outcome)
    assert 0 <= scores.rps <= 1
    assert 0 <= scores.brier <= 2
    assert 0 <= scores.log_loss <= -math.log(0.0099)


@given(distributions, distributions)
def test_scores_are_proper(truth: tuple[float, ...], told: tuple[float, ...]) -> None:
    """Nobody does better on average than by telling the truth."""

    def expected(score: object, forecast: tuple[float, ...]) -> float:
        return sum(chance * score(forecast, outcome) for outcome, chance in enumerate(truth))  # type: ignore[operator]

    for score in (rules.rps, rules.brier, rules.log_loss):
        assert expected(score, truth) <= expected(score, told) + 1e-12


def test_a_near_miss_costs_less_than_a_far_one() -> None:
    assert rules.rps((0.8, 0.1, 0.1), 1) < rules.rps((0.8, 0.1, 0.1), 2)


def test_a_tie_for_the_likeliest_class_goes_to_the_lower_one() -> None:
    assert rules.score((0.4, 0.2, 0.4), 0).hit
    assert not rules.score((0.4, 0.2, 0.4), 2).hit
