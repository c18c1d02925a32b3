"""Skill with its interval, and calibration, from sums."""

import numpy as np
import pytest

from nunchi.evaluate.performance_rules import Bin, Day, added, bins, calibration_error, skill, skill_interval


def test_skill_weighs_each_case_alike() -> None:
    assert skill([Day(1, 0.1, 0.2), Day(9, 1.7, 1.8)]) == pytest.approx(1 - 1.8 / 2.0)
    assert skill([Day(1, 0.0, 0.0)]) == 0


def test_too_few_sessions_give_no_interval() -> None:
    assert skill_interval([Day(1, 0.1, 0.2)] * 19, 1) is None
    assert skill_interval([Day(1, 0.0, 0.0)] * 50, 1) is None


@pytest.mark.parametrize("span", [1, 5])
def test_an_interval_covers_no_skill_about_as_often_as_it_says(span: int) -> None:
    random, covered = np.random.default_rng(3), 0
    for _ in range(400):
        shocks = random.normal(0, 1, 250 + span)
        # what overlaps for `span` sessions
        noise = np.convolve(shocks, np.ones(span) / span**0.5, mode="valid")[:250]
        lower, upper = skill_interval([Day(10, 2 + 0.3 * float(n), 2.0) for n in noise], span) or (1, -1)
        covered += lower <= 0 <= upper
    assert 0.87 <= covered / 400 <= 0.98


def test_histograms_add_up_and_make_ten_bins_of_about_equal_count() -> None:
    one = {"up": {str(place): [10.0, 0.1 * (place + 0.5), place % 3] for place in range(100)}}
    found = bins(added([one, one])["up"])
    assert [cell.count for cell in found] == [200] * 10
    assert found[0].mean == pytest.approx(0.05)


def test_the_error_of_a_perfect_curve_is_none_and_of_a_bad_one_its_distance() -> None:
    assert calibration_error({"up": [Bin(5, 0.2, 0.2), Bin(5, 0.6, 0.6)]}) == 0
    assert calibration_error({"up": [Bin(30, 0.2, 0.3), Bin(10, 0.6, 0.2)], "down": []}) == pytest.approx(
        0.75 * 0.1 + 0.25 * 0.4
    )
    assert calibration_error({}) is None
