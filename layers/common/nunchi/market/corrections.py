"""What KIS's closed-days call changes about the exported calendar. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Protocol

from nunchi.market.calendar import Calendar, Session, session_at

REGULAR_HOURS = (time(9), time(15, 30))
NEW_YEAR_HOURS = (time(10), time(15, 30))  # of a year's first session
NEW_YEAR_WITHIN_DAYS = (
    10  # a later "first" session only shows that the calendar begins in the middle of a year
)


class DayKnown(Protocol):
    """What KIS says of a day in Seoul: whether the exchange trades on it."""

    @property
    def day(self) -> date: ...
    @property
    def is_open(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Differences:
    """Where KIS disagrees with a calendar: sessions that are none, and days that are one, oldest first."""

    closed: tuple[date, ...]
    opened: tuple[date, ...]

    def __bool__(self) -> bool:
        return bool(self.closed or self.opened)


def differences(calendar: Calendar, days: Iterable[DayKnown]) -> Differences:
    """Which days disagree with the calendar, among those within its reach (see `corrected`)."""
    verdicts = _within_reach(calendar, days)
    return Differences(
        closed=tuple(day for day, is_open in verdicts.items() if not is_open and calendar.on(day)),
        opened=tuple(day for day, is_open in verdicts.items() if is_open and not calendar.on(day)),
    )


def corrected(calendar: Calendar, days: Iterable[DayKnown]) -> Calendar:
    """The calendar with days as KIS has them; of two verdicts on one day the later counts.

    What it calls closed is no session. What it calls open and we lack becomes one with regular hours, since it
    tells no hours; a year's first session opens at ten, whichever day that now is. The calendar grows past its
    last session only as far as every day in between is given, and never back before its first: nothing is guessed.
    """
    found = differences(calendar, days)
    if not found:
        return calendar
    kept = [session for session in calendar.sessions if session.day not in found.closed]
    added = [session_at(day, *REGULAR_HOURS) for day in found.opened]
    merged = sorted([*kept, *added], key=lambda session: session.day)
    return Calendar(_with_new_year_hours(merged, _new_year_days(calendar.sessions)))


def _within_reach(calendar: Calendar, days: Iterable[DayKnown]) -> dict[date, bool]:
    verdicts = {known.day: known.is_open for known in days}
    first, end = calendar.sessions[0].day, calendar.sessions[-1].day
    while end + timedelta(days=1) in verdicts:
        end += timedelta(days=1)
    return {day: verdicts[day] for day in sorted(verdicts) if first <= day <= end}


def _with_new_year_hours(sessions: Sequence[Session], firsts_before: set[date]) -> list[Session]:
    firsts = _new_year_days(sessions)
    changed = {
        day: session_at(day, *(NEW_YEAR_HOURS if day in firsts else REGULAR_HOURS))
        for day in firsts ^ firsts_before
    }
    return [changed.get(session.day, session) for session in sessions]


def _new_year_days(sessions: Sequence[Session]) -> set[date]:
    """Each year's first session, where the sessions reach back to that year's beginning."""
    firsts = {session.day.year: session.day for session in reversed(sessions)}
    return {day for day in firsts.values() if day.timetuple().tm_yday <= NEW_YEAR_WITHIN_DAYS}
