"""What the dashboard says of a session and of an index. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from nunchi.market.calendar import Calendar, Session
from nunchi.seoul import seoul_date

State = Literal["before", "open", "closed", "holiday"]
INDEX_NAMES = {"0001": "KOSPI", "1001": "KOSDAQ", "2001": "KOSPI200"}  # as KIS numbers them


@dataclass(frozen=True)
class Trading:
    """Today's session: `before` it, while it is `open`, after it is `closed`, or a `holiday` without one."""

    state: State
    session: Session | None
    next_opens_at: datetime


@dataclass(frozen=True)
class Seen:
    """What is stored of an index: its newest level in session, and the closes of its last two sessions."""

    code: str
    level_points: float | None
    level_at: datetime | None
    last_session: date | None
    last_close: float | None
    close_before: float | None


@dataclass(frozen=True)
class Level:
    """An index: its level, the close that its change is counted from, and what session the level is of."""

    code: str
    name: str
    session: date
    level_points: float
    base_points: float | None
    at: datetime | None

    @property
    def change_ratio(self) -> float | None:
        """Its change since the last close; None where that is not known."""
        return None if not self.base_points else self.level_points / self.base_points - 1


def trading(calendar: Calendar, now: datetime) -> Trading:
    """What the exchange does at a moment. Raises `OutsideCalendar` at the calendar's end."""
    session = calendar.on(seoul_date(now))
    following = calendar.next_opening(now).opens_at
    if session is None:
        return Trading("holiday", None, following)
    state: State = "before" if now < session.opens_at else "open" if now < session.closes_at else "closed"
    return Trading(state, session, following)


def level(seen: Seen) -> Level | None:
    """An index's newest level: in session as it was asked for, afterwards the close. None where nothing is known."""
    name = INDEX_NAMES.get(seen.code, seen.code)
    at, points = seen.level_at, seen.level_points
    if at is not None and points is not None:
        day = seoul_date(at)
        if seen.last_session is None or day > seen.last_session:
            return Level(seen.code, name, day, points, seen.last_close, at)
    if seen.last_session is None or seen.last_close is None:
        return None
    return Level(seen.code, name, seen.last_session, seen.last_close, seen.close_before, None)
