"""Recalibrating one forecast."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.calibrate import fitting, rules
from nunchi.calibrate.rules import Parameters
from nunchi.predict.rules import FLOOR, settle

shares = st.tuples(*[st.floats(0.01, 1)] * 3).map(lambda raw: tuple(settle(raw)))
parameters = st.builds(Parameters, st.floats(0.05, 5), st.floats(-2, 2), st.floats(-2, 2))


@given(shares)
def test_the_identity_changes_nothing(raw: tuple[float, ...]) -> None:
    assert rules.apply(Parameters(), raw) == pytest.approx(raw, abs=1e-12)


@given(shares, parameters)
def test_what_comes_out_are_probabilities_and_can_be_stored(
    raw: tuple[float, ...], chosen: Parameters
) -> None:
    found = rules.apply(chosen, raw)
    assert sum(found) == pytest.approx(1)
    assert min(settle(found)) >= FLOOR


@given(shares, st.floats(0.05, 5))
def test_a_temperature_keeps_the_order_of_the_classes(raw: tuple[float, ...], slope: float) -> None:
    found = rules.apply(Parameters(slope), raw)
    for one in range(3):
        for other in range(3):
            if raw[one] > raw[other]:
                assert found[one] >= found[other]


def test_a_slope_of_two_squares_and_a_bias_multiplies() -> None:
    assert rules.apply(Parameters(2.0), (0.5, 0.25, 0.25)) == pytest.approx((4 / 6, 1 / 6, 1 / 6))
    doubled = Parameters(bias_up=math.log(2))
    assert rules.apply(doubled, (0.25, 0.5, 0.25)) == pytest.approx((0.2, 0.4, 0.4))


@given(st.lists(shares, min_size=1, max_size=20), parameters)
def test_many_at_once_are_recalibrated_as_one_by_one(
    raw: list[tuple[float, ...]], chosen: Parameters
) -> None:
    at_once = fitting.recalibrated(chosen, np.array(raw))
    assert at_once == pytest.approx(np.array([rules.apply(chosen, one) for one in raw]), abs=1e-12)


def test_a_calibrator_is_named_by_its_method_and_version() -> None:
    assert rules.label("temperature", "2026-10-19") == "temperature@2026-10-19"
    assert rules.label("identity", "2026-10-19") == "identity"
