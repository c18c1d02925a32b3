"""The sample's minutes: exactly the session's bar, and nothing of the future."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sandbox import hours, minutes, prices
from infra.sandbox.entities import SEOUL, Bar, IndexBar

DAY = date(2026, 10, 20)
HOURS = hours.of(DAY)
BAR = Bar(DAY, 49_800, 50_600, 49_150, 50_100, 300_000)
ORDINARY = minutes.of_stock(1, "990010", BAR, HOURS)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime.combine(DAY, time(hour, minute, second), tzinfo=SEOUL)


def joined(done: tuple[minutes.Minute, ...]) -> tuple[int, int, int, int]:
    highest, lowest = max(one.high_won for one in done), min(one.low_won for one in done)
    return done[0].open_won, highest, lowest, done[-1].close_won


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    """Any bar on the tick: flat ones, of a single tick, and across a change of the tick size."""
    around = draw(st.integers(min_value=150, max_value=900_000))
    drawn = draw(st.lists(st.floats(min_value=0.75, max_value=1.3), min_size=4, max_size=4))
    first, last, *others = (prices.quoted(around * part, 1, 10**9) for part in drawn)
    won = [first, last, *others] if draw(st.booleans()) else [first, last]
    return Bar(DAY, first, max(won), min(won), last, draw(st.integers(min_value=4, max_value=10**9)))


@given(bars(), st.integers(min_value=0, max_value=99))
def test_a_sessions_minutes_make_exactly_its_bar(bar: Bar, seed: int) -> None:
    done = minutes.of_stock(seed, "990010", bar, HOURS).minutes
    assert joined(done) == (bar.open_won, bar.high_won, bar.low_won, bar.close_won)
    regular = bar.volume_shares - minutes.off_hours(seed, "990010", bar)
    assert sum(one.volume_shares for one in done) == regular
    assert all(one.volume_shares > 0 for one in done)


@given(bars())
def test_every_price_is_on_its_tick_and_in_its_minute(bar: Bar) -> None:
    for one in minutes.of_stock(3, "990010", bar, HOURS).minutes:
        won = (one.open_won, one.high_won, one.low_won, one.close_won)
        assert all(price % prices.tick(price) == 0 for price in won)
        assert one.low_won <= min(won) <= max(won) <= one.high_won


def test_minutes_begin_at_the_opening_and_end_with_the_closing_auction() -> None:
    times = [one.at for one in ORDINARY.minutes]
    assert (times[0], times[-1]) == (at(9, 0), at(15, 30))
    assert times[-2] < at(15, 20)
    assert all(later - earlier >= timedelta(minutes=1) for earlier, later in pairwise(times))
    assert len(times) == 381


def test_a_thin_stock_has_minutes_without_a_trade_in_which_the_price_stays() -> None:
    thin = minutes.of_stock(1, "990010", Bar(DAY, 5_000, 5_200, 4_900, 5_100, 900), HOURS)
    assert len(thin.minutes) < 300
    for place, shares in enumerate(thin.shares[:-1]):
        own = thin.path.points[minutes.STEPS * place : minutes.STEPS * (place + 1)]
        assert shares or set(own) == {thin.path.points[minutes.STEPS * place - 1]}


def test_more_is_traded_at_the_opening_and_in_the_closing_auction_than_at_noon() -> None:
    shares = {one.at: one.volume_shares for one in ORDINARY.minutes}
    noon = [number for moment, number in shares.items() if at(12, 0) <= moment < at(13, 0)]
    assert min(shares[at(9, 0)], shares[at(15, 30)]) > 3 * sum(noon) / len(noon)


def test_a_little_is_traded_after_hours() -> None:
    for code in ("990010", "990020", "990030"):
        assert 0.002 < minutes.off_hours(1, code, BAR) / BAR.volume_shares < 0.03


def test_a_path_moves_like_a_price_and_not_in_leaps() -> None:
    steps = [abs(later - earlier) for earlier, later in pairwise(ORDINARY.path.points)]
    assert max(steps) <= (BAR.high_won - BAR.low_won) // 3
    assert len(set(ORDINARY.path.points)) > 10


def test_seed_code_and_day_are_all_that_a_session_depends_on() -> None:
    assert minutes.of_stock(1, "990010", BAR, HOURS) == ORDINARY
    next_day = replace(BAR, session=DAY + timedelta(days=1))
    others = (
        minutes.of_stock(2, "990010", BAR, HOURS),
        minutes.of_stock(1, "990020", BAR, HOURS),
        minutes.of_stock(1, "990010", next_day, HOURS),
    )
    assert all(other.path.points != ORDINARY.path.points for other in others)


@given(st.integers(min_value=-600, max_value=8 * 3600))
def test_what_is_shown_at_a_moment_only_gains_what_comes_later(seconds: int) -> None:
    now = at(9, 0) + timedelta(seconds=seconds)
    shown = ORDINARY.until(now)
    assert shown[:-1] == ORDINARY.minutes[: max(0, len(shown) - 1)]
    assert all(one.at <= now for one in shown)
    if shown:
        last, whole = shown[-1], ORDINARY.minutes[len(shown) - 1]
        assert (last.at, last.open_won) == (whole.at, whole.open_won)
        assert whole.low_won <= last.low_won <= last.close_won <= last.high_won <= whole.high_won
        assert last.volume_shares <= whole.volume_shares


def test_a_minute_that_goes_on_has_a_part_of_its_shares() -> None:
    parts = [ORDINARY.until(at(9, 0, second))[-1].volume_shares for second in (0, 15, 30, 45)]
    assert parts == sorted(set(parts))
    assert parts[-1] == ORDINARY.minutes[0].volume_shares


def test_nothing_is_shown_before_the_opening_and_nothing_new_during_the_closing_auction() -> None:
    assert ORDINARY.until(at(8, 59, 59)) == ()
    assert ORDINARY.until(at(15, 20)) == ORDINARY.until(at(15, 29, 59)) == ORDINARY.minutes[:-1]
    assert ORDINARY.until(at(15, 30)) == ORDINARY.minutes


def test_an_indexs_path_makes_exactly_its_bar_in_hundredths() -> None:
    bar = IndexBar(DAY, 2_431.07, 2_450.13, 2_420.5, 2_437.99)
    points = minutes.of_index(1, "0001", bar, HOURS).points
    assert (points[0], max(points), min(points), points[-1]) == (243_107, 245_013, 242_050, 243_799)


def test_an_index_that_does_not_move_has_a_flat_path() -> None:
    assert set(minutes.of_index(1, "0001", IndexBar(DAY, 800, 800, 800, 800), HOURS).points) == {80_000}


@pytest.mark.parametrize(
    ("day", "opens", "closes", "evening_ends"),
    [
        (date(2026, 9, 11), time(9), time(15, 30), time(18)),
        (date(2026, 9, 14), time(9), time(15, 30), time(20)),
        (date(2025, 11, 13), time(10), time(16, 30), time(19)),
        (date(2026, 1, 2), time(10), time(15, 30), time(18)),
        (date(2026, 1, 5), time(9), time(15, 30), time(18)),
    ],
)
def test_hours_are_those_of_krx(day: date, opens: time, closes: time, evening_ends: time) -> None:
    days = [date(2025, 11, 12), date(2025, 11, 13), date(2025, 12, 30), date(2026, 1, 2), date(2026, 1, 5)]
    days += [date(2026, 9, 11), date(2026, 9, 14)]
    found = hours.of_sessions(days)[days.index(day)]
    assert (found.opens_at.time(), found.closes_at.time(), found.evening_ends_at.time()) == (
        opens,
        closes,
        evening_ends,
    )


@pytest.mark.parametrize(("day", "count"), [(date(2025, 11, 13), 381), (date(2026, 1, 2), 321)])
def test_days_with_other_hours_have_their_own_minutes(day: date, count: int) -> None:
    own = hours.of(day, is_first_of_year=day.month == 1)
    done = minutes.of_stock(1, "990010", Bar(day, 9_000, 9_200, 8_900, 9_100, 10**7), own).minutes
    assert (len(done), done[0].at, done[-1].at) == (count, own.opens_at, own.closes_at)
