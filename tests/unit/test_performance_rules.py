"""Calibration, from sums."""

import pytest

from nunchi.evaluate.performance_rules import Bin, added, bins, calibration_error


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
