"""XKRX sessions with their real hours, from a data file that is exported when the layer is built. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Literal

from nunchi.errors import NunchiError
from nunchi.seoul import SEOUL

EntryKind = Literal["open", "close"]


class OutsideCalendar(NunchiError):
    """A day lies before or after the sessions that the calendar knows."""


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day: the day in Seoul, and its opening and closing moments (aware)."""

    day: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a position opens: at a session's opening or closing price."""

    session: date
    kind: EntryKind


class Calendar:
    """Sessions in order, asked by day or by moment."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self.sessions = tuple(sessions)
        self._days = [session.day for session in self.sessions]
        # in UTC, as moments are stored: those of two zones take twenty times as long to compare
        self._opens = [session.opens_at.astimezone(UTC) for session in self.sessions]

    def covers(self, day: date) -> bool:
        """Whether a day is within what the calendar knows, trading or not."""
        return bool(self._days) and self._days[0] <= day <= self._days[-1]

    def on(self, day: date) -> Session | None:
        """The session of a day, or None when the exchange is closed."""
        at = bisect_left(self._days, day)
        return self.sessions[at] if at < len(self._days) and self._days[at] == day else None

    def last_opened(self, moment: datetime) -> Session | None:
        """The latest session that has opened at or before `moment`."""
        at = bisect_right(self._opens, moment)
        return self.sessions[at - 1] if at else None

    def session_of(self, moment: datetime) -> Session | None:
        """The session that is open at an aware `moment`, from its opening up to but without its close."""
        latest = self.last_opened(moment)
        return latest if latest is not None and moment < latest.closes_at else None

    def last_closed(self, moment: datetime) -> Session:
        """The latest session that has closed at or before `moment`. Raises `OutsideCalendar` before the first."""
        at = bisect_right(self._opens, moment) - 1
        return self._at(at - (at >= 0 and moment < self.sessions[at].closes_at), moment)

    def next_opening(self, moment: datetime) -> Session:
        """The first session that opens after `moment`. Raises `OutsideCalendar` past the last."""
        return self._at(bisect_right(self._opens, moment), moment)

    def next_session(self, day: date) -> Session:
        """The first session after a day, which need not be one itself. Raises `OutsideCalendar`."""
        return self._at(bisect_right(self._days, day), day)

    def previous_session(self, day: date) -> Session:
        """The last session before a day, which need not be one itself. Raises `OutsideCalendar`."""
        return self._at(bisect_left(self._days, day) - 1, day)

    def after(self, day: date, count: int) -> Session:
        """The session `count` sessions after that of `day` (`count` may be negative). Raises `OutsideCalendar`."""
        if self.on(day) is None:
            raise OutsideCalendar(f"{day} is not a session")
        return self._at(bisect_left(self._days, day) + count, day)

    def day_after(self, day: date, count: int) -> date | None:
        """The day of `after`, or None past the last session that is known: that horizon is not due yet."""
        try:
            return self.after(day, count).day
        except OutsideCalendar:
            return None

    def between(self, first: date, last: date) -> tuple[Session, ...]:
        """The sessions from `first` to `last`, both included."""
        return self.sessions[bisect_left(self._days, first) : bisect_right(self._days, last)]

    def entry_of(self, moment: datetime) -> Entry:
        """The first price after an aware `moment`, as far as daily bars tell: the next open, or in session its close.

        A moment exactly at the opening has missed it; one exactly at the close waits for the next open.
        """
        current = self.session_of(moment)
        return Entry(current.day, "close") if current else Entry(self.next_opening(moment).day, "open")

    def exit_of(self, entry: Entry, horizon: int) -> Session:
        """The session at whose close a position ends: `horizon` (at least 1) sessions after the entry's."""
        if horizon < 1:
            raise ValueError(f"a horizon of {horizon} sessions")
        return self.after(entry.session, horizon)

    def _at(self, position: int, asked: object) -> Session:
        if not 0 <= position < len(self.sessions):
            raise OutsideCalendar(f"no session known that far from {asked}")
        return self.sessions[position]


def session_at(day: date, opens: time, closes: time) -> Session:
    """The session of a day with its hours as the clocks in Seoul show them."""
    return Session(day, _moment(day, opens), _moment(day, closes))


def _moment(day: date, clock_time: time) -> datetime:
    return datetime.combine(day, clock_time, tzinfo=SEOUL)


def _parse(line: str) -> Session:
    day, opens, closes = line.split(",")
    return session_at(date.fromisoformat(day), time.fromisoformat(opens), time.fromisoformat(closes))


@cache
def xkrx() -> Calendar:
    """The Korea Exchange's calendar."""
    lines = (files("nunchi.market") / "data" / "xkrx.csv").read_text().splitlines()
    return Calendar([_parse(line) for line in lines[1:]])


def sessions(first: date, last: date, calendar: Calendar | None = None) -> tuple[Session, ...]:
    """The exchange's sessions from `first` to `last`, both included."""
    return (calendar or xkrx()).between(first, last)


def opens(day: date, calendar: Calendar | None = None) -> datetime:
    """When a session opens (in Seoul's time). Raises `OutsideCalendar` on a day without one."""
    return (calendar or xkrx()).after(day, 0).opens_at


def closes(day: date, calendar: Calendar | None = None) -> datetime:
    """When a session closes (in Seoul's time). Raises `OutsideCalendar` on a day without one."""
    return (calendar or xkrx()).after(day, 0).closes_at


def session_of(instant: datetime, calendar: Calendar | None = None) -> Session | None:
    """The session that is open at an aware instant, or None outside of trading hours."""
    return (calendar or xkrx()).session_of(instant)


def entry_of(sealed_at: datetime, calendar: Calendar | None = None) -> Entry:
    """Where a forecast sealed at an aware instant enters: see `Calendar.entry_of`."""
    return (calendar or xkrx()).entry_of(sealed_at)


def exit_of(entry: Entry, horizon: int, calendar: Calendar | None = None) -> Session:
    """The session at whose close a position ends, `horizon` sessions after its entry's."""
    return (calendar or xkrx()).exit_of(entry, horizon)


def next_session(day: date, calendar: Calendar | None = None) -> Session:
    """The first session after a day, be it one itself or not. Raises `OutsideCalendar`."""
    return (calendar or xkrx()).next_session(day)


def previous_session(day: date, calendar: Calendar | None = None) -> Session:
    """The last session before a day, be it one itself or not. Raises `OutsideCalendar`."""
    return (calendar or xkrx()).previous_session(day)
