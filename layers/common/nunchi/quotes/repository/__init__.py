"""Writes and reads of what the broker brings. Every read says what was known at `as_of`."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import and_, false, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.models import Base
from nunchi.models.quotes import CalendarDay, IndexLevel, InvestorFlow, Product, Quarantined, Quote
from nunchi.quotes.repository.minute_bars import (
    MINUTE_VALUES,
    add_partition,
    last_minutes,
    minutes,
    save_minutes,
    ticks_around,
)
from nunchi.seoul import midnight

# beside what is defined here
__all__ = ["MINUTE_VALUES", "add_partition", "last_minutes", "minutes", "save_minutes", "ticks_around"]

Row = Mapping[str, Any]


def add_changed(
    session: Session, table: type[Base], rows: Sequence[Row], *, now: datetime, ignored: Sequence[str] = ()
) -> int:
    """Stores the rows that are new or differ from what is known of their natural key; nothing is overwritten.

    The natural key is the table's primary key without `known_at`; a difference of `ignored` columns alone is none.
    All rows have the same columns. Returns how many were stored.
    """
    if not rows:
        return 0
    keys = [c.name for c in table.__mapper__.primary_key if c.name != "known_at"]
    values = [name for name in rows[0] if name not in {*keys, *ignored}]
    known = _known(session, table, keys, values, rows)
    changed = {
        tuple(row[key] for key in keys): {**row, "known_at": now}
        for row in rows
        if known.get(tuple(row[key] for key in keys)) != tuple(row[value] for value in values)
    }
    if not changed:
        return 0
    query = insert(table).on_conflict_do_nothing().returning(getattr(table, keys[0]))
    return len(list(session.scalars(query, list(changed.values()))))


def _known(
    session: Session, table: type[Base], keys: Sequence[str], values: Sequence[str], rows: Sequence[Row]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    columns = [getattr(table, key) for key in keys]
    query = (
        select(*columns, *(getattr(table, value) for value in values))
        .ext(distinct_on(*columns))
        .where(tuple_(*columns).in_({tuple(row[key] for key in keys) for row in rows}))
        .order_by(*columns, table.__table__.columns["known_at"].desc())
    )
    return {tuple(found[: len(keys)]): tuple(found[len(keys) :]) for found in session.execute(query)}


def add(session: Session, table: type[Base], rows: Sequence[Row], *, now: datetime) -> int:
    """Stores what was seen at a moment; a row of the same moment stays. Returns how many were stored."""
    if not rows:
        return 0
    query = insert(table).on_conflict_do_nothing().returning(table.__table__.columns["code"])
    return len(list(session.scalars(query, [{**row, "known_at": now} for row in rows])))


def levels(
    session: Session, codes: Sequence[str], days: Iterable[date], *, as_of: datetime
) -> Sequence[SqlRow[str, datetime, float]]:
    """Code, moment and points of the levels of indices on days in Seoul, by time."""
    at = IndexLevel.known_at
    spans = [and_(at >= first, at < end) for first, end in map(_day, sorted(set(days)))]
    query = (
        select(IndexLevel.code, at, IndexLevel.level_points)
        .where(IndexLevel.code.in_(codes), or_(false(), *spans), at <= as_of)
        .order_by(at)
    )
    return session.execute(query).all()


def _day(day: date) -> tuple[datetime, datetime]:
    start = midnight(day)
    return start, start + timedelta(days=1)


def delistings(session: Session, codes: Iterable[str], *, as_of: datetime) -> dict[str, date]:
    """The first day without a stock, of those whose delisting is known at `as_of`."""
    query = (
        select(Product.code, Product.delisted_on)
        .ext(distinct_on(Product.code))
        .where(Product.code.in_(set(codes)), Product.known_at <= as_of)
        .order_by(Product.code, Product.known_at.desc())
    )
    return {code: day for code, day in session.execute(query) if day is not None}


def codes_of(session: Session, table: type[Base], day: date) -> set[str]:
    """The codes of which a table has a row of a session."""
    columns = table.__table__.columns
    return set(session.scalars(select(columns["code"]).where(columns["session"] == day)))


def quarantine(
    session: Session, kind: str, code: str, reasons: Sequence[str], body: Row, *, now: datetime
) -> None:
    """Keeps a row that can't be true, as it was sent; the same one again changes nothing."""
    written = json.loads(json.dumps(body, default=str, sort_keys=True))
    row_id = ids.derive("quarantined", kind, code, json.dumps(written, sort_keys=True))
    values = {
        "id": row_id,
        "kind": kind,
        "code": code,
        "known_at": now,
        "reasons": list(reasons),
        "body": written,
    }
    session.execute(insert(Quarantined).values(values).on_conflict_do_nothing())


def days_known(session: Session, *, since: date) -> Sequence[CalendarDay]:
    """What the broker said of days, oldest verdict first."""
    query = select(CalendarDay).where(CalendarDay.day >= since).order_by(CalendarDay.known_at)
    return session.scalars(query).all()


def flows(
    session: Session, codes: Sequence[str], *, as_of: datetime, since: date
) -> dict[str, list[InvestorFlow]]:
    """Who bought each stock on balance, session by session, oldest first, as known at `as_of`."""
    query = (
        select(InvestorFlow)
        .ext(distinct_on(InvestorFlow.code, InvestorFlow.session))
        .where(InvestorFlow.code.in_(codes), InvestorFlow.known_at <= as_of, InvestorFlow.session >= since)
        .order_by(InvestorFlow.code, InvestorFlow.session, InvestorFlow.known_at.desc())
    )
    found: dict[str, list[InvestorFlow]] = defaultdict(list)
    for flow in session.scalars(query):
        found[flow.code].append(flow)
    return dict(found)


def last_quotes(
    session: Session, codes: Sequence[str], *, as_of: datetime, since: datetime
) -> dict[str, Quote]:
    """The newest price in session of each stock that was asked for from `since` to `as_of`."""
    query = (
        select(Quote)
        .ext(distinct_on(Quote.code))
        .where(Quote.code.in_(codes), Quote.known_at.between(since, as_of))
        .order_by(Quote.code, Quote.known_at.desc())
    )
    return {quote.code: quote for quote in session.scalars(query)}


def last_levels(
    session: Session, codes: Sequence[str], *, as_of: datetime, since: datetime
) -> dict[str, float]:
    """The newest level in session of each index, in points, that was asked for from `since` to `as_of`."""
    query = (
        select(IndexLevel.code, IndexLevel.level_points)
        .ext(distinct_on(IndexLevel.code))
        .where(IndexLevel.code.in_(codes), IndexLevel.known_at.between(since, as_of))
        .order_by(IndexLevel.code, IndexLevel.known_at.desc())
    )
    return dict(session.execute(query).all())


def sectors(session: Session, codes: Sequence[str], *, as_of: datetime) -> dict[str, str]:
    """The name of each stock's sector, as the exchange described the stock by `as_of`."""
    query = (
        select(Product.code, Product.sector)
        .ext(distinct_on(Product.code))
        .where(Product.code.in_(codes), Product.known_at <= as_of)
        .order_by(Product.code, Product.known_at.desc())
    )
    return dict(session.execute(query).all())
