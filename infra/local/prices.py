"""`nunchi backfill prices`: daily bars of days gone by, at the pace that the broker allows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from infra.local.errors import LocalError
from infra.local.listing import find_database
from nunchi import database
from nunchi.adapters import kis
from nunchi.errors import UpstreamError
from nunchi.events import DailyBarsDue
from nunchi.market import known, repository, service
from nunchi.market.calendar import Calendar
from nunchi.models import DailyBar, IndexBar
from nunchi.quotes.rules import INDICES

KNOWN_AFTER = timedelta(minutes=10)  # a session's close: when its bar would have been known
SLICE = 90  # sessions of one request


@dataclass(frozen=True)
class Slice:
    """Some sessions of a stock or an index, few enough for one request."""

    code: str
    days: tuple[date, ...]


def load(first: date, last: date) -> int:
    """Stores the bars from `first` to `last` that are not there; returns how many. Raises LocalError.

    They count as known ten minutes after their session's close, and are flagged as backfilled. A run that was
    stopped goes on where it was: only what is lacking is asked for.
    """
    find_database()
    if not kis.has_login():
        raise LocalError("set KIS_APP_KEY and KIS_APP_SECRET")
    with database.session() as session:
        calendar = known.calendar(session)
        slices = list(_lacking(session, calendar, first, last))
    stored = 0
    with _progress() as bar:
        for one in bar.track(slices, description="daily bars"):
            stored += _load(one, calendar)
    return stored


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def _lacking(session: Session, calendar: Calendar, first: date, last: date) -> Iterator[Slice]:
    days = [one.day for one in calendar.between(first, last)]
    for code in [*INDICES, *(stock.code for stock in repository.active_stocks(session))]:
        have = _days_stored(session, code, first, last)
        lacking = [day for day in days if day not in have]
        for start in range(0, len(lacking), SLICE):
            yield Slice(code, tuple(lacking[start : start + SLICE]))


def _days_stored(session: Session, code: str, first: date, last: date) -> set[date]:
    table = _table(code)
    return set(
        session.scalars(select(table.session).where(table.code == code, table.session.between(first, last)))
    )


def _table(code: str) -> type[DailyBar] | type[IndexBar]:
    return IndexBar if repository.is_index(code) else DailyBar


def _load(one: Slice, calendar: Calendar) -> int:
    due = DailyBarsDue(code=one.code, session=one.days[-1])
    try:
        fetched = service.fetched(due, kis.get_client(), calendar, one.days[0])
    except UpstreamError as exc:
        raise LocalError(f"{one.code}: {exc}; run it again to go on") from exc
    rows = [row for row in fetched.rows if row["session"] in set(one.days)]
    with database.session() as session:
        service.keep_apart(session, due, fetched, now=_known_at(calendar, one.days[-1]))
        return _store(session, one.code, rows, calendar)


def _store(session: Session, code: str, rows: Sequence[Mapping[str, Any]], calendar: Calendar) -> int:
    given = [
        {**row, "code": code, "known_at": _known_at(calendar, row["session"]), "backfilled": True}
        for row in rows
    ]
    if not given:
        return 0
    table = _table(code)
    query = insert(table).on_conflict_do_nothing().returning(table.code)
    return len(list(session.scalars(query, given)))


def _known_at(calendar: Calendar, day: date) -> Any:
    return calendar.after(day, 0).closes_at + KNOWN_AFTER
