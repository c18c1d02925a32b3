"""The baselines, and what every forecast must satisfy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.predict import rules
from nunchi.predict.rules import NoHistory, Probabilities

counts = st.lists(st.integers(0, 500), min_size=3, max_size=3)
weights = st.lists(st.floats(0, 1e6), min_size=3, max_size=3).filter(lambda raw: sum(raw) > 1e-6)


@given(weights)
def test_settled_probabilities_sum_to_one_and_none_is_below_the_floor(raw: list[float]) -> None:
    settled = tuple(rules.settle(raw))
    assert sum(settled) == pytest.approx(1, abs=1e-9)
    assert min(settled) >= rules.FLOOR - 1e-6


@given(weights)
def test_settling_keeps_the_order_and_is_stable(raw: list[float]) -> None:
    settled = rules.settle(raw)
    for one, other in ((0, 1), (1, 2), (0, 2)):
        if raw[one] > raw[other]:
            assert tuple(settled)[one] >= tuple(settled)[other] - 1e-5
    assert tuple(rules.settle(tuple(settled))) == pytest.approx(tuple(settled), abs=2e-6)


@pytest.mark.parametrize(
    "raw", [(0.5, 0.5), (-0.1, 0.6, 0.5), (0, 0, 0), (float("nan"), 1, 1), (float("inf"), 1, 1)]
)
def test_what_is_no_distribution_is_refused(raw: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="not three probabilities"):
        rules.settle(raw)


@given(counts, counts.filter(any))
def test_the_prior_lies_between_the_stock_and_its_market(own: list[int], market: list[int]) -> None:
    shown = tuple(rules.prior(own, market))
    for place in range(3):
        of_market = market[place] / sum(market)
        of_own = own[place] / sum(own) if any(own) else of_market
        low, high = sorted((of_own, of_market))
        assert low - 0.021 <= shown[place] <= high + 0.021  # the floor moves it by no more


def test_a_stock_without_history_gets_its_markets_shares() -> None:
    assert rules.prior((0, 0, 0), (25, 50, 25)) == Probabilities(0.25, 0.5, 0.25)


def test_a_market_without_history_gives_no_forecast() -> None:
    with pytest.raises(NoHistory):
        rules.prior((1, 2, 3), (0, 0, 0))


def test_neighbours_without_any_neighbour_are_the_prior() -> None:
    base = Probabilities(0.2, 0.5, 0.3)
    assert rules.neighbours(base, []) == base


@given(st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=100))
def test_one_more_rise_after_similar_stories_never_lowers_the_chance_of_a_rise(outcomes: list[int]) -> None:
    base = Probabilities(0.3, 0.4, 0.3)
    assert rules.neighbours(base, [*outcomes, 2]).up >= rules.neighbours(base, outcomes).up
