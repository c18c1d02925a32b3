"""What operators should know of, as the tables show it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from nunchi.models.articles import Article
from nunchi.models.forecasts import Answer
from nunchi.models.outbox import OutboxRow
from nunchi.models.quotes import Quote


def given_up(session: Session, *, since: datetime) -> Sequence[Row[str, int]]:
    """Events that were given up since a moment, by name."""
    query = select(OutboxRow.name, func.count()).where(OutboxRow.given_up_at >= since)
    return session.execute(query.group_by(OutboxRow.name).order_by(OutboxRow.name)).all()


def arms_without_budget(session: Session, *, since: datetime, now: datetime) -> list[str]:
    """The arms that could not answer for want of budget."""
    query = select(Answer.arm).where(Answer.outcome == "budget", Answer.created_at.between(since, now))
    return list(session.scalars(query.distinct().order_by(Answer.arm)))


def silent_sources(session: Session, *, since: datetime, silent_since: datetime) -> list[str]:
    """The sources that gave articles between the two moments, and none after the second."""
    newest = func.max(Article.known_at)
    query = select(Article.source).where(Article.known_at >= since).group_by(Article.source)
    return list(session.scalars(query.having(newest < silent_since).order_by(Article.source)))


def last_quote_at(session: Session, *, since: datetime, now: datetime) -> datetime | None:
    """When the newest price in session was seen, within a span."""
    return session.scalar(select(func.max(Quote.known_at)).where(Quote.known_at.between(since, now)))
