"""Which moments end with a session, and when an answer is late."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.evaluate.page_rules import Window, due_session, is_late, sessions_to_work, windows
from nunchi.market.calendar import xkrx
from nunchi.seoul import SEOUL

HORIZONS = (1, 3, 5)
START = datetime(2026, 9, 1, tzinfo=UTC)


@given(minutes=st.integers(0, 60 * 24 * 60), horizon=st.sampled_from(HORIZONS))
def test_every_moment_is_on_the_page_of_its_exit_and_on_no_other(minutes: int, horizon: int) -> None:
    moment = START + timedelta(minutes=minutes)
    pages = [
        one.day
        for one in xkrx().between(date(2026, 8, 25), date(2026, 12, 1))
        for window in windows([one.day], HORIZONS, xkrx())
        if window.horizon == horizon and window.first <= moment < window.end
    ]
    assert pages == [due_session(moment, horizon, xkrx())]


def test_the_moments_of_sessions_in_a_row_are_one_window() -> None:
    week = [one.day for one in xkrx().between(date(2026, 10, 19), date(2026, 10, 23))]
    ends = [xkrx().after(week[0], -4).closes_at, xkrx().after(week[-1], -3).closes_at]
    assert windows(week, [3], xkrx()) == [Window(3, *ends)]
    assert len(windows([week[0], *week[2:]], [3], xkrx())) == 2
    assert [one.horizon for one in windows(week, HORIZONS, xkrx())] == [1, 3, 5]


def test_work_goes_on_after_the_last_session_and_looks_back_a_little() -> None:
    now = datetime(2026, 10, 21, 16, 30, tzinfo=SEOUL)
    found = sessions_to_work(date(2026, 10, 19), None, now, xkrx())
    assert found == [date(2026, 10, day) for day in (15, 16, 19, 20, 21)]
    before_the_close = sessions_to_work(date(2026, 10, 19), None, now - timedelta(hours=2), xkrx())
    assert before_the_close == found[:-1]


def test_work_begins_with_the_first_seal() -> None:
    now = datetime(2026, 10, 21, 16, 30, tzinfo=SEOUL)
    assert sessions_to_work(None, now - timedelta(days=1), now, xkrx()) == [date(2026, 10, 21)]
    assert sessions_to_work(None, None, now, xkrx()) == []


@pytest.mark.parametrize(
    ("as_of", "sealed", "late"),
    [
        ("20T20:00:10", "21T08:59", False),  # a night to think
        ("20T20:00:10", "21T09:00", True),  # the opening could be known
        ("21T08:59:30", "21T09:01", False),  # it could not be sealed before the opening
        ("21T10:00:30", "21T10:16", False),
        ("21T10:00:30", "21T10:17", True),  # a quarter of an hour is over
        ("21T15:27:00", "21T15:30", True),  # the close could be known
    ],
)
def test_late_is_what_was_sealed_when_its_entry_could_be_known(as_of: str, sealed: str, late: bool) -> None:
    known, fixed = (datetime.fromisoformat(f"2026-10-{one}").replace(tzinfo=SEOUL) for one in (as_of, sealed))
    assert is_late(known, fixed, xkrx()) is late
