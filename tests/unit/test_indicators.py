"""Indicators against another way to compute them, with numpy, and against what must hold of them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market import indicators

series = st.lists(st.integers(500, 2_000_000), min_size=61, max_size=90)


def wilder_by_weights(closes: list[float], n: int) -> float:
    """Wilder's average in closed form: the seed and each later change carry a power of (n - 1) / n."""
    changes = np.diff(np.array(closes, float))
    later, keep = len(changes) - n, (n - 1) / n
    weights = np.concatenate([np.full(n, keep**later / n), keep ** np.arange(later - 1, -1, -1) / n])
    rise, fall = weights @ np.clip(changes, 0, None), weights @ np.clip(-changes, 0, None)
    return float(100 - 100 / (1 + rise / fall)) if fall else (100.0 if rise else 50.0)


@given(series)
def test_they_agree_with_numpy(closes: list[int]) -> None:
    known = np.array(closes, float)
    returns = known[1:] / known[:-1] - 1
    assert indicators.change(closes, 20) == pytest.approx(known[-1] / known[-21] - 1)
    assert indicators.volatility(closes, 20) == pytest.approx(np.std(returns[-20:], ddof=1))
    assert indicators.moving_average(closes, 60) == pytest.approx(known[-60:].mean())
    assert indicators.relative_strength(closes) == pytest.approx(wilder_by_weights(list(closes), 14))
    assert indicators.volume_ratio(closes) == pytest.approx(known[-1] / known[-21:-1].mean())


@given(series, st.integers(2, 50))
def test_no_ratio_depends_on_the_unit_of_prices(closes: list[int], unit: int) -> None:
    scaled = [close * unit for close in closes]
    assert indicators.change(scaled, 5) == pytest.approx(indicators.change(closes, 5))
    assert indicators.volatility(scaled, 20) == pytest.approx(indicators.volatility(closes, 20))
    assert indicators.relative_strength(scaled) == pytest.approx(indicators.relative_strength(closes))


def test_a_rise_without_a_fall_is_100_and_the_opposite_0_and_no_move_50() -> None:
    assert indicators.relative_strength(range(100, 130)) == 100
    assert indicators.relative_strength(range(130, 100, -1)) == 0
    assert indicators.relative_strength([100] * 30) == 50


def test_wilders_smoothing_forgets_slowly() -> None:
    """Fourteen changes of +1, then one of -1: the averages are 13/14 and 1/14."""
    assert indicators.relative_strength([*range(100, 115), 113]) == pytest.approx(100 * 13 / 14)


@pytest.mark.parametrize(
    "value",
    [
        indicators.change([100], 1),
        indicators.change([0, 100], 1),
        indicators.volatility([100] * 20, 20),
        indicators.moving_average([1, 2, 3, 4], 5),
        indicators.relative_strength([100] * 14),
        indicators.volume_ratio([5] * 20),
        indicators.volume_ratio([0] * 20 + [5]),
        indicators.distance(100, None),
        indicators.distance(100, 0),
    ],
)
def test_what_is_too_short_has_no_value(value: Any) -> None:
    assert value is None


def test_a_distance_is_a_ratio_of_the_average() -> None:
    assert indicators.distance(90, 100) == pytest.approx(-0.1)
