"""How far the work has come, what waits, and what has changed since."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    Text,
    Uuid,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from nunchi.database import recordset
from nunchi.evaluate.page_rules import Window
from nunchi.market.repository import INDEX_OF_MARKET
from nunchi.models.evaluation import Evaluation, Reaction, Waiting, WorkedSession
from nunchi.models.market import DailyBar, IndexBar, Stock
from nunchi.models.quotes import Adjustment

WAITING: dict[str, TypeEngine[Any]] = {
    "ids": Text(),
    "stock_code": String(),
    "horizon_sessions": Integer(),
    "reason": String(),
    "due_session": Date(),
}


def last_worked(session: Session, kind: str) -> WorkedSession | None:
    """The newest session that was worked."""
    query = select(WorkedSession).where(WorkedSession.kind == kind)
    return session.scalar(query.order_by(WorkedSession.session.desc()).limit(1))


# a row counts as known from its job's beginning on, and is seen once that has committed: others may have run between.
# Working the same change twice changes nothing
OVERLAP = timedelta(hours=2)


def last_run(session: Session, kind: str, *, before: datetime | None = None) -> datetime | None:
    """From when on changes were not worked yet: the last run, or the last before a moment, less `OVERLAP`."""
    query = select(func.max(WorkedSession.known_at)).where(WorkedSession.kind == kind)
    last = session.scalar(query if before is None else query.where(WorkedSession.known_at < before))
    return last - OVERLAP if last else None


def mark_worked(session: Session, kind: str, *worked: date, now: datetime) -> None:
    """Keeps that sessions were worked, and when first."""
    rows = [{"kind": kind, "session": day, "known_at": now} for day in worked]
    session.execute(insert(WorkedSession).values(rows).on_conflict_do_nothing())


def within(moment: Any, horizon: Any, windows: Sequence[Window]) -> ColumnElement[bool]:
    """Whether a moment and a horizon are of one of the windows."""
    return or_(*(and_(horizon == one.horizon, moment >= one.first, moment < one.end) for one in windows))


def is_open(kind: str, owner: Any, code: Any = None, horizon: Any = None) -> ColumnElement[bool]:
    """Whether a forecast, or a story's reaction, waits."""
    found = exists().where(Waiting.kind == kind, Waiting.owner_id == owner, Waiting.resolved_at.is_(None))
    return (
        found
        if code is None
        else found.where(Waiting.stock_code == code, Waiting.horizon_sessions == horizon)
    )


def put_waiting(session: Session, kind: str, rows: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Keeps what waits, with its newest reason. In `ids` are the owners of one stock and horizon, commas between."""
    if not rows:
        return
    given = recordset(rows, WAITING)
    owners = each_id(given)
    values = [given.c[name] for name in ("stock_code", "horizon_sessions", "reason", "due_session")]
    source = (
        select(literal(kind), cast(owners.c.id, Uuid), *values, cast(literal(now), Waiting.known_at.type))
        .select_from(given)
        .join(owners, true())
    )
    names = ("kind", "owner_id", "stock_code", "horizon_sessions", "reason", "due_session", "known_at")
    query = insert(Waiting).from_select(names, source)
    fresh = {"reason": query.excluded.reason, "due_session": query.excluded.due_session, "resolved_at": None}
    session.execute(query.on_conflict_do_update(index_elements=Waiting.__table__.primary_key, set_=fresh))


def each_id(given: FromClause) -> FromClause:
    """The ids of each row of a table as rows of their own, in a column `id`."""
    split = func.unnest(func.string_to_array(given.c.ids, ",")).table_valued(column("id", Text))
    return split.render_derived("owners")


def resolve(session: Session, kind: str, done: ColumnElement[bool], *, now: datetime) -> None:
    """Closes what waits and is `done`."""
    query = update(Waiting).where(Waiting.kind == kind, Waiting.resolved_at.is_(None), done)
    session.execute(query.values(resolved_at=now), execution_options={"synchronize_session": False})


def report_missing(session: Session, kind: str, before: date, *, now: datetime) -> int:
    """Reports what was due before a session and still waits, once; returns how many were reported now."""
    query = update(Waiting).where(
        Waiting.kind == kind,
        Waiting.resolved_at.is_(None),
        Waiting.missing_at.is_(None),
        Waiting.due_session < before,
    )
    return session.connection().execute(query.values(missing_at=now)).rowcount


def still_waiting(session: Session, kind: str) -> tuple[int, int]:
    """How many wait, and how many of them are missing."""
    query = select(func.count(), func.count(Waiting.missing_at)).where(
        Waiting.kind == kind, Waiting.resolved_at.is_(None)
    )
    waits, missing = session.execute(query).one()
    return waits, missing


def changed(since: datetime, now: datetime) -> Any:
    """Code and session of the bars and adjustment factors that became known after `since` and by `now`."""
    index_of = case(*((Stock.market == market, code) for market, code in INDEX_OF_MARKET.items()))
    bars = select(DailyBar.code.label("code"), DailyBar.session.label("session")).where(
        DailyBar.known_at > since, DailyBar.known_at <= now
    )
    factors = select(Adjustment.code, Adjustment.from_session).where(
        Adjustment.known_at > since, Adjustment.known_at <= now
    )
    levels = (
        select(Stock.code, IndexBar.session)
        .join(IndexBar, IndexBar.code == index_of)
        .where(IndexBar.known_at > since, IndexBar.known_at <= now)
    )
    return union_all(bars, factors, levels).subquery("changed")


def touched(
    table: type[Evaluation] | type[Reaction],
    names: Sequence[str],
    since: datetime,
    now: datetime,
) -> Select[Any]:
    """The newest rows of a table that stand on something that changed after `since`.

    `names` are the columns of it that are wanted.
    """
    found = changed(since, now)
    # OFFSET 0 keeps this a look into the index for each change: nearly none has rows, which the planner can't know
    reaching = (
        select(*(getattr(table, name) for name in names))
        .where(
            table.stock_code == found.c.code,
            table.exit_session >= found.c.session,
            table.from_session <= found.c.session,
            table.superseded_at.is_(None),
        )
        .offset(0)
        .lateral("reaching")
    )
    return select(reaching).select_from(found).join(reaching, true()).distinct()


def owners_waiting(session: Session, kind: str) -> list[tuple[UUID, str, int]]:
    """Owner, stock and horizon of what waits."""
    query = select(Waiting.owner_id, Waiting.stock_code, Waiting.horizon_sessions).where(
        Waiting.kind == kind, Waiting.resolved_at.is_(None)
    )
    return [(owner, code, horizon) for owner, code, horizon in session.execute(query)]
