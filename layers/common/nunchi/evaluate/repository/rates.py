"""Reads and writes of base rates: how often each class comes anyway."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from nunchi.models.evaluation import BaseRate
from nunchi.models.market import DailyBar, Stock


def stocks_with_new_bars(session: Session, *, now: datetime) -> list[Stock]:
    """The active stocks with a bar known since their base rate was last counted."""
    newest = (
        select(func.max(DailyBar.known_at))
        .where(DailyBar.code == Stock.code, DailyBar.known_at <= now)
        .scalar_subquery()
    )
    query = select(Stock).where(Stock.active, _is_later(newest, _counted(Stock.code, now)))
    return list(session.scalars(query.order_by(Stock.code)))


def markets_with_new_counts(session: Session, *, now: datetime) -> list[str]:
    """The markets with a stock that was counted after the market: by this run, or by one that ended before its sums."""
    query = select(Stock.market).where(_is_later(_counted(Stock.code, now), _counted(Stock.market, now)))
    return list(session.scalars(query.distinct().order_by(Stock.market)))


def _counted(scope: InstrumentedAttribute[str], now: datetime) -> ColumnElement[datetime]:
    """When a stock or a market was last counted."""
    query = select(func.max(BaseRate.known_at)).where(BaseRate.scope == scope, BaseRate.known_at <= now)
    return query.correlate(Stock).scalar_subquery()


def _is_later(moment: ColumnElement[datetime], other: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether there is a moment, and it is after another one or there is no other."""
    return or_(moment > other, and_(moment.is_not(None), other.is_(None)))


def latest_counts(session: Session, market: str, *, now: datetime) -> list[dict[str, Any]]:
    """The newest class counts of every stock of a market that are known by `now`."""
    query = (
        select(BaseRate.scope, BaseRate.counts)
        .ext(distinct_on(BaseRate.scope))
        .join(Stock, Stock.code == BaseRate.scope)
        .where(Stock.market == market, BaseRate.known_at <= now)
        .order_by(BaseRate.scope, BaseRate.known_at.desc())
    )
    return [counts for _, counts in session.execute(query)]


def add_base_rates(session: Session, counts: dict[str, Any], *, now: datetime) -> None:
    """Stores class counts by scope, as known from now on."""
    rows = [{"scope": scope, "known_at": now, "counts": counted} for scope, counted in counts.items()]
    if rows:
        session.execute(insert(BaseRate).on_conflict_do_nothing().returning(BaseRate.scope), rows)
