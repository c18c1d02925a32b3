"""Grades of targets: nothing is earned without knowing something."""

from math import exp

import numpy as np
import pytest

from nunchi.evaluate.report_rules import Day, Grade, Scenario, grade, touch_chance, with_ratings

SIGMA, WALKS, STEPS = 0.02, 4000, 40


def walks(sessions: int, seed: int = 7) -> list[list[Day]]:
    """Highs and lows of driftless walks from 10,000 won: a night with 0.4 of the variance, then many small steps."""
    random = np.random.default_rng(seed)
    night = random.normal(0, SIGMA * 0.4**0.5, (WALKS, sessions, 1))
    steps = random.normal(0, SIGMA * (0.6 / STEPS) ** 0.5, (WALKS, sessions, STEPS))
    moved = np.concatenate([night, steps], axis=2).reshape(WALKS, -1).cumsum(axis=1)
    prices = 10_000 * np.exp(moved.reshape(WALKS, sessions, STEPS + 1))
    return [
        [Day(float(high), float(low)) for high, low in zip(one.max(axis=1), one.min(axis=1), strict=True)]
        for one in prices
    ]


@pytest.mark.parametrize("sessions", [5, 20])
def test_no_target_and_no_support_earns_anything_over_driftless_walks(sessions: int) -> None:
    played, reach = walks(sessions), SIGMA * sessions**0.5
    for target in (-1.5, -0.7, 0.55, 0.7, 1.0, 1.5, 2.5):
        for support in (-0.2, -1.0, -3.0):
            scenario = Scenario(
                10_000, 10_000 * exp(target * reach), 10_000 * exp(support * reach), SIGMA, sessions
            )
            grades = [grade(scenario, days) for days in played]
            # four standard errors, and what walks that are watched in steps only miss
            for part in ("accuracy", "timing", "risk", "total"):
                values = np.array([getattr(one, part) for one in grades])
                assert abs(values.mean()) < 4 * values.std() / WALKS**0.5 + 0.012, (target, support, part)


def test_a_target_within_the_flat_band_scores_nothing() -> None:
    found = grade(Scenario(10_000, 10_050, 9_000, SIGMA, 5), [Day(10_100, 9_990)])
    assert (found.touched_in, found.total) == (1, 0)


def test_a_certain_target_and_a_support_out_of_reach_earn_nothing() -> None:
    assert (
        touch_chance(0.0, SIGMA, 5) == 1
    )  # there already: and within the flat band, as all that are near it
    assert grade(Scenario(10_000, 10_000, 9_000, SIGMA, 5), [Day(10_100, 9_900)] * 5).total == 0
    far = grade(Scenario(10_000, 12_000, 2_000, SIGMA, 5), [Day(10_100, 9_900)] * 5)
    assert far.risk == pytest.approx(0, abs=1e-9)
    assert far.total == pytest.approx(0, abs=1e-4)


def test_a_bold_target_that_comes_true_early_earns_most() -> None:
    bold, modest = (Scenario(10_000, target, 9_500, SIGMA, 5) for target in (11_000, 10_500))
    early = [Day(11_200, 9_900)] * 5
    late = [Day(10_050, 9_900)] * 4 + [Day(11_200, 9_900)]
    assert grade(bold, early).total > grade(modest, early).total > grade(modest, late).total
    assert grade(bold, late).touched_in == 5
    assert grade(bold, [Day(10_050, 9_400)] * 5).total < 0


def test_a_target_below_is_reached_by_the_lows() -> None:
    found = grade(Scenario(10_000, 9_000, 8_500, SIGMA, 5), [Day(10_000, 9_500), Day(9_400, 8_990)])
    assert (found.touched_in, found.broken_in) == (2, None)


def test_ratings_weigh_thirty_percent_where_given() -> None:
    assert with_ratings(0.5, []) == 0.5
    assert with_ratings(0.5, [5, 3]) == pytest.approx(0.35 + 0.3 * 0.75)


def test_prices_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        grade(Scenario(10_000, 0, 9_000, SIGMA, 5), [])
    assert isinstance(grade(Scenario(10_000, 11_000, 9_000, SIGMA, 5), []), Grade)
