"""XKRX sessions with their real hours, from a data file that is exported when the layer is built."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files

from nunchi.errors import NunchiError
from nunchi.seoul import SEOUL


class OutsideCalendar(NunchiError):
    """A day lies before or after the sessions that the calendar knows."""


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day: the day in Seoul, and its opening and closing moments (aware)."""

    day: date
    opens_at: datetime
    closes_at: datetime


class Calendar:
    """Sessions in order, asked by day or by moment."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self.sessions = tuple(sessions)
        self._days = [session.day for session in self.sessions]
        self._opens = [session.opens_at for session in self.sessions]

    def on(self, day: date) -> Session | None:
        """The session of a day, or None when the exchange is closed."""
        at = bisect_left(self._days, day)
        return self.sessions[at] if at < len(self._days) and self._days[at] == day else None

    def last_opened(self, moment: datetime) -> Session | None:
        """The latest session that has opened at or before `moment`."""
        at = bisect_right(self._opens, moment)
        return self.sessions[at - 1] if at else None

    def next_opening(self, moment: datetime) -> Session:
        """The first session that opens after `moment`. Raises `OutsideCalendar` past the last."""
        return self._at(bisect_right(self._opens, moment), moment)

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

    def _at(self, position: int, asked: object) -> Session:
        if not 0 <= position < len(self.sessions):
            raise OutsideCalendar(f"no session known that far from {asked}")
        return self.sessions[position]


def _parse(line: str) -> Session:
    day, opens, closes = line.split(",")
    on = date.fromisoformat(day)
    return Session(on, _moment(on, opens), _moment(on, closes))


def _moment(day: date, clock_time: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock_time), tzinfo=SEOUL)


@cache
def xkrx() -> Calendar:
    """The Korea Exchange's calendar."""
    lines = (files("nunchi.market") / "data" / "xkrx.csv").read_text().splitlines()
    return Calendar([_parse(line) for line in lines[1:]])
