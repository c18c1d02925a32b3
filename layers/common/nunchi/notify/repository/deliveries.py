"""Deliveries on their way: claimed before Telegram is called, settled after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session

from nunchi.database import beyond
from nunchi.models.market import Stock
from nunchi.models.notifying import AlertMessage, AlertPreferences, Chat, Delivery
from nunchi.models.stories import Story
from nunchi.notify.rules import State


@dataclass(frozen=True)
class Due:
    """A delivery with its chat, its text, and what its user prefers, where it is a user's."""

    delivery: Delivery
    chat: Chat
    html: str
    preferences: AlertPreferences | None


def due(session: Session, delivery_id: UUID) -> Due | None:
    """A delivery; None where it fell with its user."""
    query = (
        select(Delivery, Chat, AlertMessage.html, AlertPreferences)
        .join(Chat, Chat.id == Delivery.chat_id)
        .join(AlertMessage, AlertMessage.id == Delivery.message_id)
        .outerjoin(AlertPreferences, AlertPreferences.user_id == Chat.user_id)
        .where(Delivery.id == delivery_id)
    )
    found = session.execute(query).one_or_none()
    return Due(*found) if found else None


def claim(session: Session, delivery_id: UUID, *, now: datetime) -> bool:
    """Marks a due delivery as being sent; False where another has, so that of two at once one calls Telegram."""
    query = (
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == State.DUE)
        .values(state=State.SENDING, sending_at=now, attempts=Delivery.attempts + 1)
    )
    return session.scalar(query.returning(Delivery.id)) is not None


def release(session: Session, delivery_id: UUID, reason: str) -> None:
    """Makes a delivery due again of which it is known that it was not sent."""
    query = update(Delivery).where(Delivery.id == delivery_id, Delivery.state == State.SENDING)
    session.execute(query.values(state=State.DUE, reason=reason))


def withdraw(session: Session, delivery_id: UUID) -> bool:
    """Takes a due delivery away, so that its alert can be told later; False where another has it in hand."""
    query = delete(Delivery).where(Delivery.id == delivery_id, Delivery.state == State.DUE)
    return session.scalar(query.returning(Delivery.id)) is not None


def settle(session: Session, delivery_id: UUID, state: State, *, now: datetime, **values: Any) -> None:
    """Stores what became of a delivery."""
    settled = {"state": state, "finished_at": now, **values}
    session.execute(update(Delivery).where(Delivery.id == delivery_id).values(settled))


def of_user(
    session: Session, user_id: UUID, *, limit: int, after: tuple[datetime, UUID] | None
) -> Sequence[Row[Delivery, str | None, str | None]]:
    """A user's deliveries, newest first, with the story's title and the stock's name, after a place in that order."""
    order = (Delivery.made_at, Delivery.id)
    query = (
        select(Delivery, Story.title, Stock.name)
        .join(Chat, Chat.id == Delivery.chat_id)
        .outerjoin(Story, Story.id == Delivery.story_id)
        .outerjoin(Stock, Stock.code == Delivery.stock_code)
        .where(Chat.user_id == user_id, beyond(order, after))
        .order_by(*(one.desc() for one in order))
        .limit(limit)
    )
    return session.execute(query).all()
