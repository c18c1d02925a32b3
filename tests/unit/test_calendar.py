"""The exchange's sessions and hours: facts of the years, and the laws of the calendar."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.calendar import export
from nunchi.market import calendar
from nunchi.market.calendar import Entry, OutsideCalendar, Session, xkrx
from nunchi.seoul import SEOUL, seoul_date

MONDAY = date(2026, 10, 19)
LAST = xkrx().sessions[-1].day
EXAMINATIONS = [date(2023, 11, 16), date(2024, 11, 14), date(2025, 11, 13), date(2026, 11, 19)]
FIRSTS = [date(2023, 1, 2), date(2024, 1, 2), date(2025, 1, 2), date(2026, 1, 2)]
moments = st.datetimes(datetime(2023, 1, 3), datetime(2027, 9, 1)).map(
    lambda naive: naive.replace(tzinfo=SEOUL)
)
days = st.dates(date(2023, 1, 3), date(2027, 9, 1))


def seoul(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SEOUL)


def hours(session: Session) -> tuple[str, str]:
    return f"{session.opens_at:%H:%M}", f"{session.closes_at:%H:%M}"


# facts


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (seoul(date(2026, 10, 19), 15, 29), date(2026, 10, 16)),  # Monday in session: Friday has closed last
        (seoul(date(2026, 10, 19), 15, 30), date(2026, 10, 19)),
        (seoul(date(2026, 10, 18), 12), date(2026, 10, 16)),
        (seoul(date(2026, 11, 19), 16, 0), date(2026, 11, 18)),  # the examination's close is at 16:30
    ],
)
def test_the_session_that_has_closed_last(moment: datetime, day: date) -> None:
    assert xkrx().last_closed(moment).day == day


@pytest.mark.parametrize("moment", [seoul(xkrx().sessions[0].day, 15), seoul(xkrx().sessions[0].day, 1)])
def test_before_the_first_close_none_has_closed(moment: datetime) -> None:
    with pytest.raises(OutsideCalendar):
        xkrx().last_closed(moment)


# exchange_calendars leans on what a later pandas will drop
@pytest.mark.filterwarnings("ignore:Series.values returning an ndarray:DeprecationWarning")
def test_the_data_file_is_what_the_export_gives() -> None:
    assert export.render() == export.DATA.read_text()


@pytest.mark.parametrize(("year", "count"), [(2024, 244), (2025, 242), (2026, 244)])
def test_a_year_has_its_number_of_sessions(year: int, count: int) -> None:
    assert len(calendar.sessions(date(year, 1, 1), date(year, 12, 31))) == count


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 4, 10),  # National Assembly elections
        date(2024, 10, 1),  # Armed Forces Day, a holiday in that year alone
        date(2025, 1, 27),  # a holiday put in before Lunar New Year
        date(2025, 6, 3),  # presidential election
        date(2026, 5, 1),  # Labour Day
        date(2026, 6, 3),  # local elections
        date(2026, 7, 17),  # Constitution Day
        date(2027, 5, 3),  # for Labour Day, a Saturday
        date(2027, 7, 19),  # for Constitution Day, a Saturday
        date(2026, 12, 31),  # each year's last weekday
        date(2026, 10, 18),  # a Sunday
    ],
)
def test_the_exchange_is_closed_on(day: date) -> None:
    assert xkrx().on(day) is None
    with pytest.raises(OutsideCalendar, match=f"{day} is not a session"):
        calendar.opens(day)


@pytest.mark.parametrize("day", EXAMINATIONS)
def test_examination_days_begin_and_end_an_hour_later(day: date) -> None:
    assert (calendar.opens(day), calendar.closes(day)) == (seoul(day, 10), seoul(day, 16, 30))


@pytest.mark.parametrize("day", FIRSTS)
def test_a_year_s_first_session_opens_at_ten(day: date) -> None:
    assert calendar.previous_session(day + timedelta(days=1)).day == day
    assert hours(xkrx().after(day, 0)) == ("10:00", "15:30")


def test_all_other_sessions_have_regular_hours() -> None:
    moved = {*EXAMINATIONS, *FIRSTS}
    others = [one for one in calendar.sessions(FIRSTS[0], date(2026, 12, 31)) if one.day not in moved]
    assert {hours(session) for session in others} == {("09:00", "15:30")}


# laws


def test_sessions_strictly_increase_and_never_overlap() -> None:
    for earlier, later in pairwise(xkrx().sessions):
        assert earlier.opens_at < earlier.closes_at < later.opens_at
        assert earlier.day < later.day


def test_no_session_is_on_a_weekend_and_each_is_on_its_own_day() -> None:
    for session in xkrx().sessions:
        assert session.day.weekday() < 5
        assert seoul_date(session.opens_at) == seoul_date(session.closes_at) == session.day


@given(moments)
def test_the_session_of_an_instant_is_the_one_around_it(moment: datetime) -> None:
    found = calendar.session_of(moment)
    around = [one for one in xkrx().sessions if one.opens_at <= moment < one.closes_at]
    assert [found] == around if found else not around
    assert calendar.session_of(moment.astimezone(UTC)) == found


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (seoul(MONDAY, 8, 59, 59), False),
        (seoul(MONDAY, 9), True),
        (seoul(MONDAY, 15, 29, 59), True),
        (seoul(MONDAY, 15, 30), False),
        (seoul(date(2026, 11, 19), 9, 30), False),
        (seoul(date(2026, 11, 19), 16), True),
        (seoul(date(2026, 7, 17), 11), False),
        (datetime(2026, 10, 19, 0, 0, tzinfo=UTC), True),
    ],
)
def test_a_session_is_open_from_its_opening_to_just_before_its_close(moment: datetime, is_open: bool) -> None:
    assert (calendar.session_of(moment) is not None) is is_open


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        calendar.session_of(datetime(2026, 10, 19, 11))


@given(moments, st.integers(1, 20))
def test_an_exit_is_after_its_entry_which_is_after_its_moment(moment: datetime, horizon: int) -> None:
    entry = calendar.entry_of(moment)
    struck = calendar.opens(entry.session) if entry.kind == "open" else calendar.closes(entry.session)
    out = calendar.exit_of(entry, horizon)
    assert moment < struck < out.closes_at
    assert len(calendar.sessions(entry.session, out.day)) == horizon + 1


@given(moments, moments)
def test_a_later_moment_never_enters_earlier(one: datetime, other: datetime) -> None:
    entries = [calendar.entry_of(moment) for moment in sorted([one, other])]
    keys = [(entry.session, entry.kind == "close") for entry in entries]
    assert keys == sorted(keys)


@pytest.mark.parametrize("horizon", [0, -1])
def test_a_horizon_is_at_least_one_session(horizon: int) -> None:
    with pytest.raises(ValueError, match=f"a horizon of {horizon} sessions"):
        calendar.exit_of(Entry(MONDAY, "open"), horizon)


def test_an_exit_past_the_last_known_session_is_outside() -> None:
    with pytest.raises(OutsideCalendar):
        calendar.exit_of(Entry(LAST, "open"), 1)


@given(days)
def test_next_and_previous_are_the_nearest_sessions_on_either_side(day: date) -> None:
    before, after = calendar.previous_session(day), calendar.next_session(day)
    assert before.day < day < after.day
    between = [session.day for session in calendar.sessions(before.day, after.day)]
    assert between == [before.day, *([day] if xkrx().on(day) else []), after.day]
    if xkrx().on(day):
        assert calendar.next_session(before.day).day == day == calendar.previous_session(after.day).day


def test_there_is_no_session_known_before_the_first_and_after_the_last() -> None:
    with pytest.raises(OutsideCalendar):
        calendar.previous_session(xkrx().sessions[0].day)
    with pytest.raises(OutsideCalendar):
        calendar.next_session(LAST)


def test_the_calendar_covers_closed_days_but_nothing_beyond_its_ends() -> None:
    assert xkrx().covers(date(2026, 7, 17))
    assert xkrx().covers(LAST)
    assert not xkrx().covers(LAST + timedelta(days=1))
    assert not xkrx().covers(xkrx().sessions[0].day - timedelta(days=1))
