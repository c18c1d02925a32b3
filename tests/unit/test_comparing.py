"""`compare`: laws, prefixes, and what it refuses."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nunchi.scoreboard.comparing import A_BETTER, B_BETTER, NOT_ENOUGH
from nunchi.scoreboard.rules import Comparison, compare
from tests.bench import comparing

MONDAY = date(2026, 3, 2)
Pair = tuple[float, float, date]
losses = st.floats(0, 1)
days_of_pairs = st.lists(
    st.lists(st.tuples(losses, losses), min_size=1, max_size=4), min_size=1, max_size=150
)


def told(days: Sequence[Sequence[tuple[float, float]]], gap: int = 1) -> list[Pair]:
    """Pairs with their entry sessions, `gap` days apart."""
    return [(a, b, MONDAY + timedelta(days=gap * n)) for n, day in enumerate(days) for a, b in day]


def compared(pairs: Sequence[Pair], span: int = 1, alpha: float = 0.05) -> Comparison:
    return compare(
        [a for a, _, _ in pairs], [b for _, b, _ in pairs], [day for _, _, day in pairs], span, alpha
    )


def noisy(gap: float, days: int, spread: float = 0.074, seed: int = 1, each: int = 3) -> list[Pair]:
    """Pairs in which a's loss is higher by `gap` in the mean."""
    chance = random.Random(seed)
    common = [chance.gauss(gap, spread) for _ in range(days)]
    return told([[(0.5 + shock / 2, 0.5 - shock / 2)] * each for shock in common])


@settings(max_examples=60)
@given(days_of_pairs, st.integers(1, 5))
def test_swapping_the_arms_flips_every_sign_and_the_verdict(
    days: list[list[tuple[float, float]]], span: int
) -> None:
    pairs = told(days)
    one, other = compared(pairs, span), compared([(b, a, day) for a, b, day in pairs], span)
    assert (other.mean_difference, other.lower, other.upper) == (-one.mean_difference, -one.upper, -one.lower)
    flipped = {A_BETTER: B_BETTER, B_BETTER: A_BETTER, NOT_ENOUGH: NOT_ENOUGH}
    assert other.verdict == flipped[one.verdict]
    assert (other.days, other.days_needed, other.kind) == (one.days, one.days_needed, one.kind)


@settings(max_examples=60)
@given(days_of_pairs, st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_order_within_a_day_changes_nothing(
    days: list[list[tuple[float, float]]], span: int, chance: random.Random
) -> None:
    mixed = [chance.sample(day, len(day)) for day in days]
    assert compared(told(mixed), span) == compared(told(days), span)


@settings(max_examples=60)
@given(days_of_pairs, st.integers(1, 5))
def test_there_is_a_verdict_exactly_where_0_lies_outside_the_bounds(
    days: list[list[tuple[float, float]]], span: int
) -> None:
    found = compared(told(days), span)
    assert -1 <= found.lower <= found.mean_difference <= found.upper <= 1
    assert (found.verdict == A_BETTER) == (found.upper < 0)
    assert (found.verdict == B_BETTER) == (found.lower > 0)


def test_a_day_that_is_added_changes_no_earlier_look() -> None:
    """Each look, computed from all that is there at once, is that of the days up to it alone."""
    daily = comparing.null(comparing.ENTRY_IN_SESSION, 3, 4, 220, np.random.default_rng(3)) + 0.12
    at_once = comparing.looks(daily, 3, 0.05)
    assert np.array_equal(at_once[:, :150], comparing.looks(daily[:, :150], 3, 0.05))
    assert (at_once != 0).any(axis=1).all(), "a test of verdicts needs some"


@pytest.mark.parametrize("span", [1, 3, 5])
def test_the_simulations_looks_are_those_of_the_function(span: int) -> None:
    daily = comparing.null(comparing.ENTRY_AT_CLOSE, span, 3, 300, np.random.default_rng(span)) + 0.04
    named = {1: B_BETTER, -1: A_BETTER, 0: NOT_ENOUGH}
    at_once = comparing.looks(daily, span, 0.05)
    for run, verdicts in zip(daily, at_once, strict=True):
        pairs = told([[((1 + value) / 2, (1 - value) / 2)] for value in run])
        assert [compared(pairs[:n], span).verdict for n in range(1, 301, 7)] == [
            named[int(verdicts[n - 1])] for n in range(1, 301, 7)
        ]
    assert at_once.any()


def test_the_better_arm_is_found_and_named() -> None:
    found = compared(noisy(0.03, 200))
    assert (found.verdict, found.kind, found.days, found.days_needed) == (B_BETTER, "asymptotic", 200, 0)
    assert 0 < found.lower < found.mean_difference < found.upper
    assert compared(noisy(-0.03, 200)).verdict == A_BETTER


def test_days_weigh_the_same_however_many_forecasts_they_hold() -> None:
    found = compared(told([[(0.6, 0.5)] * 99, [(0.5, 0.6)]]))
    assert found.mean_difference == pytest.approx(0)


def test_below_the_minimum_of_days_no_difference_is_a_verdict() -> None:
    for span, least in ((1, 60), (2, 60), (3, 80), (5, 120)):
        early, late = (compared(noisy(0.3, n, 0.001), span) for n in (least - 1, least))
        assert (early.verdict, early.lower, early.upper, early.minimum_days) == (NOT_ENOUGH, -1, 1, least)
        assert early.days_needed == 1
        assert late.verdict == B_BETTER


def test_a_longer_span_makes_the_bounds_no_narrower() -> None:
    """By the overlap of returns; on independent days the lags' noise may go either way, within the minimum."""
    daily = comparing.null(comparing.ENTRY_AT_CLOSE, 5, 1, 400, np.random.default_rng(1))[0]
    pairs = told([[((1 + value) / 2, (1 - value) / 2)] for value in daily])
    widths = [found.upper - found.lower for span in (1, 3, 5) for found in [compared(pairs, span)]]
    assert widths == sorted(widths)
    assert widths[-1] > 1.3 * widths[0]


def test_equal_losses_never_differ_and_have_no_end_in_sight() -> None:
    found = compared(told([[(0.1 + 0.2, 0.3)]] * 300))
    assert (found.verdict, found.days_needed) == (NOT_ENOUGH, None)


def test_the_days_that_are_still_needed_are_about_those_that_it_takes() -> None:
    """Where difference and spread stay as they are: days of 0.02 plus and minus 0.074 by turns."""
    steady = told([[(0.51 + side * 0.037, 0.49 - side * 0.037)] for side in (1, -1)] * 200)
    found = compared(steady[:90])
    assert found.verdict == NOT_ENOUGH
    assert found.days_needed
    decided = next(n for n in range(90, 400) if compared(steady[:n]).verdict != NOT_ENOUGH)
    assert decided - 90 == pytest.approx(found.days_needed, rel=0.2)


def test_no_forecasts_are_no_evidence() -> None:
    found = compare([], [], [], 1, 0.05)
    assert (found.verdict, found.lower, found.upper, found.days, found.days_needed) == (
        NOT_ENOUGH,
        -1,
        1,
        0,
        None,
    )


GOOD: dict[str, Any] = {
    "a": [0.1, 0.2], "b": [0.3, 0.4], "entry_sessions": [MONDAY, MONDAY], "span": 1, "alpha": 0.05,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"a": [0.1]}, "a has 1 entries, b has 2"),
        ({"entry_sessions": [MONDAY]}, "a has 2 entries, entry_sessions has 1"),
        (
            {"entry_sessions": [MONDAY, date(2026, 3, 1)]},
            r"entry_sessions\[1\] is 2026-03-01, before 2026-03-02",
        ),
        ({"a": [0.1, 1.01]}, r"a\[1\] is 1.01: a loss must be in 0..1"),
        ({"b": [-0.01, 0.4]}, r"b\[0\] is -0.01"),
        ({"b": [0.3, nan]}, r"b\[1\] is nan"),
        ({"a": [inf, 0.2]}, r"a\[0\] is inf"),
        ({"span": 0}, "span is 0"),
        ({"span": 1.5}, "span is 1.5"),
        ({"alpha": 0}, "alpha is 0"),
        ({"alpha": 1}, "alpha is 1"),
        ({"alpha": nan}, "alpha is nan"),
    ],
)
def test_bad_input_is_refused_by_name(changed: dict[str, Any], message: str) -> None:
    compare(**GOOD)
    with pytest.raises(ValueError, match=message):
        compare(**GOOD | changed)
