"""Reads and writes of watchlists. Each statement names the user: no id of a list is enough by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.database import beyond
from nunchi.models import Stock, User, WatchedStock, Watchlist

Place = tuple[datetime, UUID]


@dataclass(frozen=True)
class Held:
    """A list and how many stocks are on it."""

    id: UUID
    name: str
    created_at: datetime
    stocks: int


def lists(session: Session, user_id: UUID, *, limit: int, after: Place | None) -> list[Held]:
    """A user's lists after a place, the oldest first."""
    order = (Watchlist.created_at, Watchlist.id)
    query = _held(user_id).where(beyond(order, after, going="up")).order_by(*order).limit(limit)
    return [Held(*row) for row in session.execute(query)]


def one(session: Session, user_id: UUID, list_id: UUID) -> Held | None:
    """A user's list; None where that user has none of that id."""
    row = session.execute(_held(user_id).where(Watchlist.id == list_id)).one_or_none()
    return None if row is None else Held(*row)


def _held(user_id: UUID) -> Select[Any]:
    on_it = select(func.count()).where(WatchedStock.watchlist_id == Watchlist.id).scalar_subquery()
    return select(Watchlist.id, Watchlist.name, Watchlist.created_at, on_it).where(
        Watchlist.user_id == user_id
    )


def lock_lists(session: Session, user_id: UUID) -> int:
    """How many lists a user has; nobody else adds one until the transaction ends."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    return session.scalar(select(func.count()).where(Watchlist.user_id == user_id)) or 0


def add(session: Session, row: Watchlist) -> bool:
    """Adds a list; False when the user has one of that name."""
    values = {column.key: getattr(row, column.key) for column in Watchlist.__table__.columns}
    query = insert(Watchlist).values(values).on_conflict_do_nothing().returning(Watchlist.id)
    return session.scalar(query) is not None


def rename(session: Session, user_id: UUID, list_id: UUID, name: str) -> bool:
    """Gives a user's list another name; False when the user has no such list. Raises IntegrityError for one taken."""
    query = update(Watchlist).where(Watchlist.id == list_id, Watchlist.user_id == user_id)
    return session.scalar(query.values(name=name).returning(Watchlist.id)) is not None


def drop(session: Session, user_id: UUID, list_id: UUID) -> bool:
    """Deletes a user's list with what is on it; False when the user has no such list."""
    query = delete(Watchlist).where(Watchlist.id == list_id, Watchlist.user_id == user_id)
    return session.scalar(query.returning(Watchlist.id)) is not None


def lock_list(session: Session, user_id: UUID, list_id: UUID) -> bool:
    """Keeps others from changing what is on a user's list until the transaction ends; False when there is none."""
    query = select(Watchlist.id).where(Watchlist.id == list_id, Watchlist.user_id == user_id)
    return session.scalar(query.with_for_update(key_share=True)) is not None


def watched_stocks(session: Session, list_id: UUID) -> int:
    """How many stocks are on a list."""
    return session.scalar(select(func.count()).where(WatchedStock.watchlist_id == list_id)) or 0


def watch(session: Session, list_id: UUID, code: str, *, now: datetime) -> None:
    """Puts a stock on a list; one that is there stays as it is."""
    values = {"watchlist_id": list_id, "stock_code": code, "added_at": now}
    session.execute(insert(WatchedStock).values(values).on_conflict_do_nothing())


def unwatch(session: Session, list_id: UUID, code: str) -> bool:
    """Takes a stock off a list; False when it was not on it."""
    query = delete(WatchedStock).where(WatchedStock.watchlist_id == list_id, WatchedStock.stock_code == code)
    return session.scalar(query.returning(WatchedStock.stock_code)) is not None


def unwatch_everywhere(session: Session, user_id: UUID, code: str) -> bool:
    """Takes a stock off all of a user's lists; False when it was on none."""
    own = select(Watchlist.id).where(Watchlist.user_id == user_id)
    query = delete(WatchedStock).where(WatchedStock.watchlist_id.in_(own), WatchedStock.stock_code == code)
    return bool(session.scalars(query.returning(WatchedStock.stock_code)).all())


def codes(session: Session, user_id: UUID) -> Sequence[str]:
    """The codes on all of a user's lists, each once, in order."""
    query = (
        select(WatchedStock.stock_code)
        .join(Watchlist, Watchlist.id == WatchedStock.watchlist_id)
        .where(Watchlist.user_id == user_id)
        .distinct()
    )
    return session.scalars(query.order_by(WatchedStock.stock_code)).all()


def watched(session: Session, list_id: UUID, code: str) -> Row[Stock, datetime] | None:
    """A stock on a list, and since when it is there."""
    return session.execute(_watched(list_id).where(WatchedStock.stock_code == code)).one_or_none()


def stocks_on(
    session: Session, list_id: UUID, *, limit: int, after: str | None
) -> Sequence[Row[Stock, datetime]]:
    """The stocks on a list after a code, by code, and since when each is there."""
    query = _watched(list_id).order_by(WatchedStock.stock_code).limit(limit)
    if after is not None:
        query = query.where(WatchedStock.stock_code > after)
    return session.execute(query).all()


def _watched(list_id: UUID) -> Select[Stock, datetime]:
    return (
        select(Stock, WatchedStock.added_at)
        .join(WatchedStock, WatchedStock.stock_code == Stock.code)
        .where(WatchedStock.watchlist_id == list_id)
    )
