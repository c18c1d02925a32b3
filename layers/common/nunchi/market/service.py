"""Daily bars: which are due, and fetching them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from nunchi import outbox
from nunchi.clock import seoul_date
from nunchi.events import DailyBarsDue
from nunchi.market import repository
from nunchi.market.calendar import Calendar
from nunchi.models.market import DailyBar, IndexBar

LOOK_BACK_SESSIONS = 5  # asked again each day, so that a late correction is seen

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


def fetch_daily(
    due: DailyBarsDue, fetch: FetchBars, calendar: Calendar, *, now: datetime
) -> Callable[[Session], None]:
    """Fetches a code's latest bars; returns the write that stores them."""
    rows = fetch(due.code, calendar.after(due.session, -LOOK_BACK_SESSIONS).day, due.session)
    sessions = (
        {session.day for session in calendar.between(rows[-1]["session"], due.session)} if rows else set()
    )
    kept = [row for row in rows if row["session"] in sessions]
    table = IndexBar if due.code in repository.INDEX_OF_MARKET.values() else DailyBar
    return partial(_store, table=table, code=due.code, rows=kept, now=now)


def _store(
    session: Session,
    *,
    table: type[DailyBar] | type[IndexBar],
    code: str,
    rows: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    repository.store_bars(session, table, code, rows, now=now)
