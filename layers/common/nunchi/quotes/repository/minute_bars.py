"""Writes and reads of minute bars, and the partitions that hold them. Every read says what was known at `as_of`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    String,
    func,
    literal,
    or_,
    select,
    text,
    true,
    union,
)
from sqlalchemy import Row as SqlRow
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from nunchi.database import recordset
from nunchi.models.quotes import MinuteBar

Row = Mapping[str, Any]
MINUTE_VALUES = ("open_won", "high_won", "low_won", "close_won", "volume_shares")


def save_minutes(session: Session, rows: Sequence[Row], *, now: datetime) -> int:
    """Stores minute bars in one statement; one that differs replaces what was stored. Returns how many changed.

    A row has `code`, `at` (aware) and the values of `MINUTE_VALUES`.
    """
    if not rows:
        return 0
    given = recordset(
        rows, {name: MinuteBar.__table__.columns[name].type for name in ("code", "at", *MINUTE_VALUES)}
    )
    at = literal(now, MinuteBar.__table__.columns["known_at"].type)
    query = insert(MinuteBar).from_select([*given.columns.keys(), "known_at"], select(given, at))
    fresh = {name: query.excluded[name] for name in (*MINUTE_VALUES, "known_at")}
    differs = or_(*(getattr(MinuteBar, name) != query.excluded[name] for name in MINUTE_VALUES))
    query = query.on_conflict_do_update(index_elements=["code", "at"], set_=fresh, where=differs)
    return session.connection().execute(query).rowcount


def last_minutes(session: Session, codes: Sequence[str], since: datetime) -> dict[str, datetime]:
    """The newest stored minute of each code since a moment."""
    query = (
        select(MinuteBar.code, func.max(MinuteBar.at))
        .where(MinuteBar.code.in_(codes), MinuteBar.at >= since)
        .group_by(MinuteBar.code)
    )
    return dict(session.execute(query).all())


def minutes(
    session: Session, code: str, first: datetime, last: datetime, *, as_of: datetime
) -> Sequence[MinuteBar]:
    """A stock's minute bars that began from `first` to before `last`, oldest first, as known at `as_of`."""
    query = (
        select(MinuteBar)
        .where(
            MinuteBar.code == code, MinuteBar.at >= first, MinuteBar.at < last, MinuteBar.known_at <= as_of
        )
        .order_by(MinuteBar.at)
    )
    return session.scalars(query).all()


def ticks_around(
    session: Session, wanted: Sequence[Row], *, as_of: datetime
) -> Sequence[SqlRow[str, datetime, int, int]]:
    """Code, beginning, first and last price of minutes with trades, by code and time.

    A row of `wanted` has `code`, `moment`, `opens_at` and `closes_at` (aware). Of each the first minute after the
    moment is found, and the last one that was over by then, both within the session.
    """
    if not wanted:
        return []
    aware = MinuteBar.__table__.columns["at"].type
    types = {"code": String(), "moment": aware, "opens_at": aware, "closes_at": aware}
    given = recordset(wanted, types)
    moment = given.c.moment
    after = _nearest(given, MinuteBar.at > moment, MinuteBar.at.asc(), as_of)
    before = _nearest(given, MinuteBar.at <= moment - timedelta(minutes=1), MinuteBar.at.desc(), as_of)
    both = union(*(select(found).select_from(given).join(found, true()) for found in (after, before)))
    return session.execute(both.order_by("code", "at")).all()


def _nearest(given: FromClause, side: ColumnElement[bool], order: Any, as_of: datetime) -> LateralFromClause:
    return (
        select(MinuteBar.code, MinuteBar.at, MinuteBar.open_won, MinuteBar.close_won)
        .where(MinuteBar.code == given.c.code, side)
        .where(MinuteBar.at >= given.c.opens_at, MinuteBar.at < given.c.closes_at)
        .where(MinuteBar.known_at <= as_of, MinuteBar.volume_shares > 0)
        .order_by(order)
        .limit(1)
        .lateral()
    )


def add_partition(session: Session, first: date) -> str:
    """Makes the partition of minute bars for the month in Seoul that begins on `first`; gives its name.

    Raises when rows of that month are in the partition for all that lies beyond: it was made too late.
    """
    end = (first + timedelta(days=31)).replace(day=1)
    name = f"minute_bars_{first:%Y_%m}"
    span = f"FROM ('{first} 00:00+09') TO ('{end} 00:00+09')"
    session.execute(text(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF minute_bars FOR VALUES {span}"))
    return name
