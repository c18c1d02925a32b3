"""Reliability, calibration error and skill."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.scoreboard.rules import expected_calibration_error, reliability, skill, skill_interval


def drawn(count: int, seed: int = 1, lie: float = 0.0) -> tuple[list[tuple[float, ...]], list[int]]:
    """Forecasts, and outcomes drawn from them after `lie` of down's probability was given to up."""
    chance = np.random.default_rng(seed)
    forecasts = chance.dirichlet((3, 4, 3), count)
    truths = forecasts + np.outer(forecasts[:, 0] * lie, (-1, 0, 1))
    outcomes = [int(chance.choice(3, p=truth)) for truth in truths]
    return [tuple(map(float, one)) for one in forecasts], outcomes


def test_bins_hold_equally_many_forecasts_in_order_of_probability() -> None:
    curves = reliability(*drawn(1000))
    assert [[one.forecasts for one in curve] for curve in curves] == [[100] * 10] * 3
    assert all(curve == sorted(curve, key=lambda one: one.probability) for curve in curves)


def test_bins_hold_the_means_of_numpy() -> None:
    forecasts, outcomes = drawn(500)
    order = np.argsort([forecast[2] for forecast in forecasts])
    expected = np.array([forecast[2] for forecast in forecasts])[order].reshape(10, 50).mean(axis=1)
    came = (np.array(outcomes)[order] == 2).reshape(10, 50).mean(axis=1)
    curve = reliability(forecasts, outcomes)[2]
    assert [one.probability for one in curve] == pytest.approx(list(expected), abs=1e-12)
    assert [one.frequency for one in curve] == pytest.approx(list(came), abs=1e-12)


def test_equal_probabilities_stay_in_one_bin() -> None:
    (one,) = reliability([(0.2, 0.5, 0.3)] * 7, [0, 0, 1, 2, 1, 1, 0])[0]
    assert [one.probability, one.frequency] == pytest.approx([0.2, 3 / 7])
    assert one.forecasts == 7


@given(
    st.lists(
        st.tuples(st.sampled_from([(0.2, 0.5, 0.3), (0.1, 0.1, 0.8), (1.0, 0.0, 0.0)]), st.integers(0, 2))
    )
)
def test_the_order_of_forecasts_changes_no_bin(told: list[tuple[tuple[float, ...], int]]) -> None:
    mixed = random.Random(1).sample(told, len(told))
    assert reliability([p for p, _ in told], [o for _, o in told]) == reliability(
        [p for p, _ in mixed], [o for _, o in mixed]
    )


def test_the_error_of_a_calibrated_forecaster_is_what_chance_leaves() -> None:
    """The mean of |frequency - p| in a bin of n is about sqrt(2 p (1 - p) / (pi n)): 0.02 for 500."""
    assert expected_calibration_error(*drawn(5000)) < 0.025


def test_the_error_of_a_liar_is_as_large_as_the_lie() -> None:
    """Down and up are each off by 0.5 of a mean probability of 0.3, flat is right."""
    assert expected_calibration_error(*drawn(5000, lie=0.5)) == pytest.approx(2 / 3 * 0.15, abs=0.02)


def test_one_class_alone_that_was_certain_has_no_error() -> None:
    assert expected_calibration_error([(0.0, 1.0, 0.0)] * 20, [1] * 20) == 0


def test_calibration_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no forecasts"):
        expected_calibration_error([], [])
    with pytest.raises(ValueError, match="forecasts has 1 entries, outcomes has 0"):
        reliability([(0.2, 0.5, 0.3)], [])


def test_skill_is_the_share_of_priors_loss_that_is_saved() -> None:
    assert skill([0.1, 0.2], [0.2, 0.2]) == pytest.approx(0.25)
    assert skill([0.2], [0.2]) == 0
    with pytest.raises(ValueError, match="prior_losses add up to 0"):
        skill([0.1], [0.0])
    with pytest.raises(ValueError, match="losses has 2 entries, prior_losses has 1"):
        skill([0.1, 0.2], [0.2])


def test_skill_has_no_interval_before_the_minimum_of_days() -> None:
    found = skill_interval([1.0, 1.2] * 29, [1.1, 1.3] * 29, 1, 0.05)
    assert (found.lower, found.upper, found.minimum_days) == (None, None, 60)
    assert found.skill == pytest.approx(1 - 2.2 / 2.4)


@pytest.mark.parametrize("span", [1, 3, 5])
def test_the_interval_of_skill_holds_the_truth_about_as_often_as_it_says(span: int) -> None:
    """A true skill of 0.1, days with 5 to 14 forecasts, shocks that overlap: 95 % intervals, 400 times."""
    chance = np.random.default_rng(span)
    held = 0
    for _ in range(400):
        counts = chance.integers(5, 15, 250)
        shocks = np.convolve(chance.standard_normal(250 + span - 1), np.ones(span) / span**0.5, "valid")
        prior = counts * (0.2 + 0.02 * chance.standard_normal(250))
        own = 0.9 * prior + counts * 0.03 * shocks
        found = skill_interval(list(own), list(prior), span, 0.05)
        assert found.lower is not None
        assert found.upper is not None
        held += found.lower <= 0.1 <= found.upper
    assert 400 * 0.92 <= held <= 400 * 0.99
