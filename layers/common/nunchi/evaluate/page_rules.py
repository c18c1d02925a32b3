"""Which forecasts and stories end with a session, and which forecasts came too late. Pure; every moment is aware."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from nunchi.market.calendar import Calendar, OutsideCalendar

PATIENCE = timedelta(minutes=15)  # how long an arm may think in session
SOONEST = timedelta(minutes=2)  # what is made in one minute is sealed in the next, and dated to its end
REVISITED = 3  # sessions that are looked at again, for what was stored late
MISSING_AFTER = 5  # sessions past its due one, what waits is reported as missing


@dataclass(frozen=True, slots=True)
class Window:
    """The moments, from `first` to before `end`, whose positions of a horizon end with some sessions in a row."""

    horizon: int
    first: datetime
    end: datetime


def windows(sessions: Sequence[date], horizons: Sequence[int], calendar: Calendar) -> list[Window]:
    """The moments from which positions end at these sessions' closes: those that enter `horizon` sessions before.

    A position enters in a session when its moment lies from the close before to that session's own close; so the
    moments of sessions in a row are one window.
    """
    found: list[Window] = []
    for horizon, session in product(horizons, sessions):
        try:
            entry, before = calendar.after(session, -horizon), calendar.after(session, -horizon - 1)
        except OutsideCalendar:
            continue
        first = before.closes_at
        if found and (found[-1].horizon, found[-1].end) == (horizon, first):
            first = found.pop().first
        found.append(Window(horizon, first, entry.closes_at))
    return found


def sessions_to_work(
    worked: date | None, earliest: datetime | None, now: datetime, calendar: Calendar
) -> list[date]:
    """The closed sessions that are due: those after the last one `worked`, with a few before it once more.

    Where none was worked yet they begin with the session after that in which the `earliest` moment enters.
    """
    if worked is None and earliest is None:
        return []
    if worked is not None:
        first = calendar.next_session(worked - timedelta(days=1)).day
        first = calendar.after(first, 1 - REVISITED).day
    elif earliest is not None:
        first = calendar.entry_of(earliest).session
    latest = calendar.last_opened(now)
    closed = calendar.between(first, latest.day) if latest else ()
    return [session.day for session in closed if session.closes_at <= now]


def due_session(moment: datetime, horizon: int, calendar: Calendar) -> date | None:
    """The session at whose close a position is to end; None past the calendar's end."""
    return calendar.day_after(calendar.entry_of(moment).session, horizon)


def overdue_since(now: datetime, calendar: Calendar) -> date:
    """What was due before this session is missing by now."""
    latest = calendar.last_opened(now)
    if latest is None:
        raise OutsideCalendar(f"no session known before {now}")
    return calendar.after(latest.day, -MISSING_AFTER).day


def is_late(as_of: datetime, sealed_at: datetime, calendar: Calendar) -> bool:
    """Whether a forecast was sealed when the entry that its case allowed could be known already.

    A case known at `as_of` can be sealed two minutes later at the soonest. Where that is before an opening, the
    opening price is the entry, and what is sealed at the opening or after it is late. In session an arm has a quarter
    of an hour more, and only until the close.
    """
    soonest = as_of.replace(second=0, microsecond=0) + SOONEST
    entry = calendar.entry_of(soonest)
    hours = calendar.after(entry.session, 0)
    deadline = hours.opens_at if entry.kind == "open" else min(soonest + PATIENCE, hours.closes_at)
    return sealed_at >= deadline
