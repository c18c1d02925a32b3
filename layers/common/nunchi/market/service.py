"""Daily bars: which are due, and fetching them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from nunchi import database, outbox
from nunchi.events import DailyBarsDue
from nunchi.market import repository
from nunchi.market.calendar import Calendar
from nunchi.queues import Write
from nunchi.seoul import seoul_date

LOOK_BACK_SESSIONS = 5  # asked again each day, so that a late correction is seen
HISTORY_SESSIONS = 60  # with fewer, all that one call gives is asked for
MAX_SESSIONS = 99  # a call gives 100 rows at most

FetchBars = Callable[[str, date, date], Sequence[Mapping[str, Any]]]


def dispatch_daily(session: Session, calendar: Calendar, *, now: datetime) -> int:
    """Enqueues a fetch for each stock and index that lacks today's bar, once the session has closed."""
    today = calendar.on(seoul_date(now))
    if today is None or now < today.closes_at:
        return 0
    codes = repository.codes_without_bar(session, today.day)
    for code in codes:
        outbox.add(
            session, DailyBarsDue(code=code, session=today.day), correlation_id=f"{code}:{today.day}", now=now
        )
    return len(codes)


def fetch_daily(due: DailyBarsDue, fetch: FetchBars, calendar: Calendar, *, now: datetime) -> Write:
    """Fetches a code's latest bars, or a first history for one that has little; returns the write that stores them."""
    with database.session() as session:
        stored = repository.sessions_stored(session, due.code)
    look_back = LOOK_BACK_SESSIONS if stored >= HISTORY_SESSIONS else MAX_SESSIONS
    rows = fetch(due.code, calendar.after(due.session, -look_back).day, due.session)
    # a bar on a closed day is an upstream's mistake
    kept = [row for row in rows if calendar.on(row["session"])]

    def write(session: Session) -> None:
        repository.store_bars(session, due.code, kept, now=now)

    return write
