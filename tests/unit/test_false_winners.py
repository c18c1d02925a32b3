"""A small version of `python -m tests.bench.comparing`: winners among equals, and how soon the better arm is found."""

import numpy as np
import pytest

from nunchi.scoreboard.sequential import boundary_squared
from tests.bench import comparing
from tests.bench.comparing import ALPHA, DAYS, ENTRY_AT_CLOSE, ENTRY_IN_SESSION, WILD, World

RUNS = 1_000


@pytest.mark.parametrize("span", comparing.SPANS)
@pytest.mark.parametrize("world", [ENTRY_AT_CLOSE, ENTRY_IN_SESSION, WILD], ids=lambda world: world.name)
def test_a_winner_among_equals_is_as_rare_as_promised(world: World, span: int) -> None:
    daily = comparing.null(world, span, RUNS, DAYS, np.random.default_rng(span))
    assert comparing.winners(comparing.looks(daily, span, ALPHA)) <= comparing.most_by_luck(RUNS, ALPHA)


def test_a_sequence_that_ignores_the_overlap_declares_winners_among_equals() -> None:
    """The simulation is hard enough to catch the mistake that it is there for."""
    daily = comparing.null(ENTRY_IN_SESSION, 3, RUNS, DAYS, np.random.default_rng(3))
    naive = comparing.winners(comparing.ignoring_overlap(daily, ALPHA))
    assert naive > 5 * comparing.most_by_luck(RUNS, ALPHA)


def test_differences_of_one_day_are_correlated_as_stated() -> None:
    a, b = comparing.losses(ENTRY_AT_CLOSE, 3, 100, DAYS, np.random.default_rng(1))
    each = (a - b) - (a - b).mean()
    between = (each.mean(axis=2) ** 2).mean() / each.var()
    assert (between * comparing.FORECASTS - 1) / (comparing.FORECASTS - 1) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("span", comparing.SPANS)
def test_the_better_arm_is_found_sooner_than_by_fixed_samples(span: int) -> None:
    daily = comparing.unequal(span, 200, DAYS * span, np.random.default_rng(span))
    verdicts = comparing.looks(daily, span, ALPHA)
    ours = comparing.median_days(verdicts)
    assert ours < 0.8 * comparing.median_days(comparing.fixed_samples(daily, span, ALPHA))
    assert comparing.winners(np.minimum(verdicts, 0)) <= comparing.most_by_luck(200, ALPHA / 2)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_a_random_walk_crosses_the_boundary_with_the_stated_probability(alpha: float) -> None:
    """Robbins' formula is for a continuous path of endless length; steps of 1/20 of the start, to 50 times it."""
    runs, first = 4000, 20
    walks = np.random.default_rng(7).standard_normal((runs, 50 * first)).cumsum(axis=1)[:, first - 1 :]
    days = np.arange(first, 50 * first + 1)
    squared = boundary_squared(alpha, first, first) + np.log(days / first)
    crossed = float((walks**2 >= days * squared).any(axis=1).mean())
    assert 0.6 * alpha < crossed <= alpha + 3 * (alpha / runs) ** 0.5
