"""Tick sizes and price limits: KRX's tables and the laws between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market import ticks
from nunchi.market.ticks import Limits

bases = st.integers(2, 3_000_000).map(ticks.truncated)


@pytest.mark.parametrize(
    ("below", "tick_below", "tick"),
    [
        (2_000, 1, 5),
        (5_000, 5, 10),
        (20_000, 10, 50),
        (50_000, 50, 100),
        (200_000, 100, 500),
        (500_000, 500, 1_000),
    ],
)
def test_a_tick_grows_exactly_at_its_price(below: int, tick_below: int, tick: int) -> None:
    assert ticks.tick_size_won(below - 1) == tick_below
    assert ticks.tick_size_won(below) == tick


@pytest.mark.parametrize("price", [0, -1])
def test_what_is_no_price_has_no_tick(price: int) -> None:
    assert not ticks.on_tick(price)
    with pytest.raises(ValueError, match=f"a price of {price} won"):
        ticks.tick_size_won(price)


@pytest.mark.parametrize(
    ("base", "lower", "upper"),
    [
        (10_000, 7_000, 13_000),
        (9_870, 6_910, 12_830),  # 2,961 is cut to 2,960, the tick of the base price
        (187_000, 130_900, 243_000),  # 243,100 is cut to a tick of its own, 500
        (1_901, 1_331, 2_470),
        (500_000, 350_000, 650_000),
        (3, 2, 4),
        (1, 1, 2),
    ],
)
def test_limits_are_cut_to_the_base_price_s_tick_and_then_to_their_own(
    base: int, lower: int, upper: int
) -> None:
    assert ticks.limits_of(base) == Limits(lower, upper)


def test_the_single_price_trading_after_hours_is_limited_to_ten_percent() -> None:
    limits = ticks.limits_of(64_300, percent=ticks.SINGLE_PRICE_LIMIT_PERCENT)
    assert limits == Limits(57_900, 70_700)


@given(st.integers(1, 3_000_000))
def test_a_truncated_price_is_the_nearest_on_a_tick_from_below(price: int) -> None:
    cut = ticks.truncated(price)
    assert ticks.on_tick(cut)
    assert cut <= price < cut + ticks.tick_size_won(cut)
    assert ticks.on_tick(price) == (cut == price)


@given(bases)
def test_limits_lie_on_ticks_around_the_base_price(base: int) -> None:
    limits = ticks.limits_of(base)
    assert ticks.on_tick(limits.lower_won)
    assert ticks.on_tick(limits.upper_won)
    assert limits.lower_won < base < limits.upper_won
    assert base in limits
    assert limits.upper_won + 1 not in limits
    assert limits.lower_won - 1 not in limits


@given(bases.filter(lambda base: base >= 4))
def test_limits_stay_within_thirty_percent_and_use_all_but_a_tick_of_it(base: int) -> None:
    limits = ticks.limits_of(base)
    assert 10 * (base - limits.lower_won) <= 3 * base
    assert 10 * (limits.upper_won - base) <= 3 * base
    assert 10 * (base - limits.lower_won + ticks.tick_size_won(base)) > 3 * base
    # the upper limit may lose twice: to the base price's tick and to its own
    lost = ticks.tick_size_won(base) + ticks.tick_size_won(limits.upper_won)
    assert 10 * (limits.upper_won - base + lost) > 3 * base


@given(bases, bases)
def test_a_higher_base_price_never_lowers_a_limit(one: int, other: int) -> None:
    low, high = ticks.limits_of(min(one, other)), ticks.limits_of(max(one, other))
    assert low.upper_won <= high.upper_won
    assert low.lower_won <= high.lower_won


@pytest.mark.parametrize(("lower", "upper"), [(None, 10), (10, None), (0, 0), (11, 10), (-1, 10), (0, 10)])
def test_limits_that_make_no_sense_count_as_not_given(lower: int | None, upper: int | None) -> None:
    assert ticks.limits_given(lower, upper) is None


def test_limits_that_make_sense_are_taken_as_given() -> None:
    assert ticks.limits_given(7_000, 13_000) == Limits(7_000, 13_000)


@given(st.floats(0.5, 3_000_000))
def test_a_price_lies_between_its_neighbours_on_ticks_and_the_nearest_is_one_of_them(price: float) -> None:
    under, over, near = ticks.at_or_below(price), ticks.at_or_above(price), ticks.nearest(price)
    assert all(map(ticks.on_tick, (under, over, near)))
    assert under <= max(price, 1)
    assert over >= price
    assert over - under <= ticks.tick_size_won(under)
    assert abs(near - price) == min(abs(under - price), abs(over - price))


@given(st.integers(1, 3_000_000).filter(ticks.on_tick))
def test_a_price_on_a_tick_is_its_own_nearest(price: int) -> None:
    assert ticks.nearest(price) == ticks.at_or_above(price) == ticks.at_or_below(price) == price


@pytest.mark.parametrize("price", [0.0, -1.0, float("inf"), float("nan")])
def test_what_is_no_price_has_no_nearest(price: float) -> None:
    with pytest.raises(ValueError, match="a price of"):
        ticks.nearest(price)
