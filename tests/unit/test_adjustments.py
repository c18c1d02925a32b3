"""Adjustment factors read off two series of closes: splits, reverse splits, rights issues, and their laws."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market import adjustments
from nunchi.market.adjustments import AdjustedBar, Factor
from nunchi.market.calendar import sessions
from nunchi.market.rules import Prices

DAYS = [session.day for session in sessions(date(2026, 1, 2), date(2026, 6, 30))]
CLOSES = [51_000, 52_500, 50_300, 49_900, 53_100, 54_000, 52_800, 51_200, 50_700, 52_100]
Series = dict[date, int]


@dataclass(frozen=True)
class Bar:
    session: date
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


def series(closes: list[int]) -> Series:
    return dict(zip(DAYS, closes, strict=False))


def adjusted_by(original: Series, changes: list[Factor], *, cut: bool = False) -> Series:
    """The adjusted series as an upstream would give it today: in whole won, rounded or cut."""
    rounding = int if cut else round
    return {
        day: rounding(close * adjustments.ratio_on(day, changes, as_of=DAYS[-1]) + 1e-9)
        for day, close in original.items()
    }


def test_equal_series_have_no_factor() -> None:
    assert adjustments.factors(series(CLOSES), series(CLOSES)) == []


def test_no_series_have_no_factor() -> None:
    assert adjustments.factors({}, {}) == []


@pytest.mark.parametrize(
    ("ratio", "before", "after"),
    [
        (0.2, [50_000, 51_500, 49_900], [10_100, 9_980, 10_300]),  # a split 5:1
        (10.0, [512, 498, 505], [5_100, 4_985, 5_230]),  # a reverse split 1:10
        (0.5, [50_100, 51_500], [25_300, 25_250]),  # a bonus issue of one share for one
    ],
)
def test_a_split_is_dated_at_the_first_session_of_the_new_footing(
    ratio: float, before: list[int], after: list[int]
) -> None:
    original = series(before + after)
    split = Factor(DAYS[len(before)], ratio)
    assert adjustments.factors(original, adjusted_by(original, [split])) == [split]


@pytest.mark.parametrize("cut", [False, True])
def test_a_rights_issue_is_found_within_the_rounding_of_the_adjusted_series(cut: bool) -> None:
    ratio = 0.93412
    original = series(CLOSES)
    found = adjustments.factors(original, adjusted_by(original, [Factor(DAYS[6], ratio)], cut=cut))
    assert [factor.session for factor in found] == [DAYS[6]]
    assert found[0].ratio == pytest.approx(ratio, abs=2 / 50_000)


def test_two_changes_give_two_factors_and_each_counts_from_its_day() -> None:
    changes = [Factor(DAYS[3], 0.9), Factor(DAYS[7], 0.2)]
    original = series(CLOSES)
    found = adjustments.factors(original, adjusted_by(original, changes))
    assert [factor.session for factor in found] == [DAYS[3], DAYS[7]]
    assert [factor.ratio for factor in found] == pytest.approx([0.9, 0.2], rel=1e-4)


def test_a_change_after_the_last_session_leaves_no_factor() -> None:
    original = series([50_000, 51_000, 52_000])
    assert adjustments.factors(original, {day: close // 5 for day, close in original.items()}) == []


def test_sessions_that_only_one_series_has_and_closes_of_nothing_are_left_out() -> None:
    original = series([50_000, 0, 51_000, 10_200])
    adjusted = series([10_000, 3, 10_200, 10_200])
    del adjusted[DAYS[0]]
    adjusted[DAYS[9]] = 9_999
    assert adjustments.factors(original, adjusted) == [Factor(DAYS[3], 0.2)]


def test_a_change_smaller_than_the_rounding_is_not_seen() -> None:
    original = series([400, 401, 399, 400])
    assert adjustments.factors(original, adjusted_by(original, [Factor(DAYS[2], 0.999)])) == []


def test_an_adjusted_close_of_one_won_still_gives_a_positive_ratio() -> None:
    (found,) = adjustments.factors(series([1_000, 1_010, 40]), series([1, 1, 40]))
    assert found.session == DAYS[2]
    assert 0.0005 <= found.ratio <= 0.002


closes = st.lists(st.integers(1_000, 900_000), min_size=1, max_size=60)
changes = st.lists(
    st.tuples(st.sampled_from(DAYS[:60]), st.floats(0.05, 20)), max_size=3, unique_by=lambda change: change[0]
).map(lambda found: [Factor(*change) for change in sorted(found)])


@given(closes, changes, st.booleans())
def test_adjusting_by_the_factors_found_gives_the_adjusted_series_within_rounding(
    original_closes: list[int], made: list[Factor], cut: bool
) -> None:
    original = series(original_closes)
    past = [factor for factor in made if factor.session <= max(original)]
    adjusted = adjusted_by(original, past, cut=cut)
    found = adjustments.factors(original, adjusted)
    assert all(factor.ratio > 0 for factor in found)
    assert len(found) <= len(past)
    for day, close in original.items():
        ratio = adjustments.ratio_on(day, found, as_of=DAYS[-1])
        assert abs(close * ratio - adjusted[day]) <= 1 + 1e-6


@given(closes, closes)
def test_whatever_two_series_say_the_factors_are_positive_and_in_order(
    one: list[int], other: list[int]
) -> None:
    found = adjustments.factors(series(one), series(other))
    assert all(factor.ratio > 0 for factor in found)
    assert all(earlier.session < later.session for earlier, later in pairwise(found))


@given(changes, st.lists(st.sampled_from(DAYS), min_size=3, max_size=3).map(sorted))
def test_a_footing_is_reached_in_steps_or_at_once(made: list[Factor], days: list[date]) -> None:
    session, middle, as_of = days
    steps = adjustments.ratio_on(session, made, as_of=middle) * adjustments.ratio_on(
        middle, made, as_of=as_of
    )
    assert steps == pytest.approx(adjustments.ratio_on(session, made, as_of=as_of))


def test_a_factor_is_unknown_before_its_day_and_does_not_touch_its_own_day() -> None:
    split = [Factor(DAYS[5], 0.2)]
    assert adjustments.ratio_on(DAYS[4], split, as_of=DAYS[4]) == 1
    assert adjustments.ratio_on(DAYS[4], split, as_of=DAYS[5]) == 0.2
    assert adjustments.ratio_on(DAYS[5], split, as_of=DAYS[9]) == 1


def test_a_return_across_a_split_is_that_of_the_stock_and_not_of_the_split() -> None:
    traded = [Prices(DAYS[4], 50_000, 51_000), Prices(DAYS[5], 10_300, 10_404)]
    before, after = adjustments.adjust_prices(traded, [Factor(DAYS[5], 0.2)], as_of=DAYS[5])
    assert after.close / before.close - 1 == pytest.approx(0.02)
    assert (before.open, after) == (10_000, traded[1])


def test_all_four_prices_of_a_bar_are_adjusted_and_its_volume_stays() -> None:
    bar = Bar(DAYS[4], 50_000, 52_000, 49_000, 51_000, 700)
    (adjusted,) = adjustments.adjust([bar], [Factor(DAYS[5], 0.2)], as_of=DAYS[6])
    assert adjusted == AdjustedBar(DAYS[4], 10_000, 10_400, 9_800, 10_200, 700)
