"""What KIS's closed-days call changes about the calendar, and what it can't."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nunchi.market import calendar
from nunchi.market.calendar import Entry, Session, xkrx
from nunchi.market.corrections import Differences, corrected, differences
from nunchi.seoul import SEOUL

FRIDAY, MONDAY = date(2026, 10, 16), date(2026, 10, 19)
LAST = xkrx().sessions[-1].day
days = st.dates(date(2023, 1, 3), date(2027, 9, 1))


@dataclass(frozen=True)
class Said:
    """What KIS says of a day."""

    day: date
    is_open: bool


def seoul(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SEOUL)


def hours(session: Session) -> tuple[str, str]:
    return f"{session.opens_at:%H:%M}", f"{session.closes_at:%H:%M}"


def said(first: date, last: date, *, but: Iterable[date] = ()) -> list[Said]:
    """Every day as the calendar has it, but for some, of which the opposite is said."""
    span = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    return [Said(day, (xkrx().on(day) is not None) != (day in set(but))) for day in span]


def test_a_day_that_kis_calls_closed_is_no_session_from_then_on() -> None:
    calls = said(FRIDAY, date(2026, 10, 30), but=[MONDAY])
    fixed = corrected(xkrx(), calls)
    assert differences(xkrx(), calls) == Differences(closed=(MONDAY,), opened=())
    assert fixed.on(MONDAY) is None
    assert fixed.next_session(FRIDAY).day == date(2026, 10, 20)
    assert calendar.entry_of(seoul(MONDAY, 10), fixed) == Entry(date(2026, 10, 20), "open")
    assert len(fixed.sessions) == len(xkrx().sessions) - 1


def test_a_day_that_kis_calls_open_becomes_a_session_with_regular_hours() -> None:
    holiday = date(2026, 7, 17)
    fixed = corrected(xkrx(), [Said(holiday, True)])
    assert differences(xkrx(), [Said(holiday, True)]) == Differences(closed=(), opened=(holiday,))
    assert fixed.on(holiday) == Session(holiday, seoul(holiday, 9), seoul(holiday, 15, 30))
    assert fixed.previous_session(date(2026, 7, 20)).day == holiday


def test_where_kis_agrees_nothing_changes() -> None:
    calls = said(date(2026, 10, 1), date(2026, 12, 31))
    assert not differences(xkrx(), calls)
    assert corrected(xkrx(), calls) is xkrx()
    assert corrected(xkrx(), []) is xkrx()


def test_special_hours_survive_what_kis_says_of_other_days() -> None:
    fixed = corrected(xkrx(), said(date(2026, 11, 1), date(2026, 11, 30), but=[date(2026, 11, 20)]))
    assert hours(fixed.after(date(2026, 11, 19), 0)) == ("10:00", "16:30")


def test_of_two_verdicts_on_one_day_the_later_counts() -> None:
    assert corrected(xkrx(), [Said(MONDAY, False), Said(MONDAY, True)]) is xkrx()


def test_the_year_s_first_session_opens_at_ten_whichever_day_that_becomes() -> None:
    later = corrected(xkrx(), [Said(date(2026, 1, 2), False)])
    assert hours(later.after(date(2026, 1, 5), 0)) == ("10:00", "15:30")
    earlier = corrected(xkrx(), [Said(date(2026, 1, 1), True)])
    assert hours(earlier.after(date(2026, 1, 1), 0)) == ("10:00", "15:30")
    assert hours(earlier.after(date(2026, 1, 2), 0)) == ("09:00", "15:30")


def test_the_calendar_grows_past_its_end_only_without_a_hole() -> None:
    monday = LAST + timedelta(days=3)  # the last known session is a Friday
    weekend = [Said(LAST + timedelta(days=1), False), Said(LAST + timedelta(days=2), False)]
    assert corrected(xkrx(), [Said(monday, True)]) is xkrx()
    assert corrected(xkrx(), [*weekend, Said(monday, True)]).next_session(LAST).day == monday
    assert corrected(xkrx(), [Said(date(2022, 12, 29), True)]) is xkrx()


@given(st.lists(st.builds(Said, days, st.booleans()), max_size=20))
def test_a_corrected_calendar_says_what_kis_says_and_stays_a_calendar(calls: list[Said]) -> None:
    fixed, verdicts = corrected(xkrx(), calls), {call.day: call.is_open for call in calls}
    assert all((fixed.on(day) is not None) is is_open for day, is_open in verdicts.items())
    assert all(earlier.closes_at < later.opens_at for earlier, later in pairwise(fixed.sessions))
    untouched = {session.day for session in xkrx().sessions} - verdicts.keys()
    assert untouched <= {session.day for session in fixed.sessions}
    assert not differences(fixed, calls)
    assert corrected(fixed, calls) is fixed
