"""What operators should know of, as the tables show it, and what they were told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.models.articles import Article
from nunchi.models.forecasts import Answer
from nunchi.models.notifying import Chat, Delivery, OperatorAlarm
from nunchi.models.outbox import OutboxRow
from nunchi.models.quotes import Quote
from nunchi.notify.rules import State


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


def public_chat_refuses(session: Session, *, since: datetime) -> Sequence[str]:
    """Why the public chat took the newest message not that was tried since a moment; nothing where it took it."""
    tried = (
        select(Delivery.state, Delivery.reason)
        .where(Delivery.chat_id == Chat.id, Delivery.made_at >= since)
        .where(Delivery.state.in_([State.SENT, State.GONE]))
        .order_by(Delivery.made_at.desc(), Delivery.id.desc())
        .limit(1)
        .lateral()
    )
    query = select(tried.c.reason).select_from(Chat).join(tried, true())
    return session.scalars(query.where(Chat.purpose == "public", tried.c.state == State.GONE)).all()


def claim_alarm(session: Session, key: str, *, now: datetime, told_before: datetime) -> bool:
    """Whether operators are to be told of something: not if they were after `told_before`. Each time is counted."""
    anew = {"told_at": now, "seen": 1}
    query = insert(OperatorAlarm).values(key=key, **anew)
    claimed = query.on_conflict_do_update(
        index_elements=["key"], set_=anew, where=OperatorAlarm.told_at <= told_before
    )
    if session.scalar(claimed.returning(OperatorAlarm.key)) is not None:
        return True
    counted = update(OperatorAlarm).where(OperatorAlarm.key == key).values(seen=OperatorAlarm.seen + 1)
    session.execute(counted)
    return False
