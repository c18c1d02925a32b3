"""Chats and their links, users' preferences, rules and watched stocks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.models.accounts import User
from nunchi.models.market import Stock
from nunchi.models.notifying import (
    AlertPreferences,
    AlertRule,
    Chat,
    ChatLink,
    OperatorAlarm,
    TelegramUpdate,
)
from nunchi.models.watching import WatchedStock, Watchlist

DEFAULT_LIST = "관심 종목"


def chat_id(owner: object) -> UUID:
    """The id of the chat of a user, or of what is configured."""
    return ids.derive("chat", owner)


# --- links


def add_link(session: Session, digest: str, user_id: UUID, *, expires_at: datetime) -> None:
    """Keeps a link; the user's older ones are good no more."""
    session.execute(delete(ChatLink).where(ChatLink.user_id == user_id))
    session.add(ChatLink(digest=digest, user_id=user_id, expires_at=expires_at, used_at=None))
    session.flush()


def use_link(session: Session, digest: str, *, now: datetime) -> UUID | None:
    """Uses a link up; gives its user, None where it can't be used."""
    query = (
        update(ChatLink)
        .where(ChatLink.digest == digest, ChatLink.used_at.is_(None), ChatLink.expires_at > now)
        .values(used_at=now)
        .returning(ChatLink.user_id)
    )
    return session.scalar(query)


# --- chats


def chat_of_user(session: Session, user_id: UUID) -> Chat | None:
    """A user's chat, linked or not."""
    return session.scalar(select(Chat).where(Chat.user_id == user_id))


def chat_at(session: Session, telegram_id: str) -> Chat | None:
    """The chat with a number of Telegram's."""
    return session.scalar(select(Chat).where(Chat.telegram_id == telegram_id))


def link(session: Session, user_id: UUID, telegram_id: str, linked_by: int, *, now: datetime) -> None:
    """Makes a chat of Telegram's a user's one."""
    values = {
        "telegram_id": telegram_id,
        "linked_by": linked_by,
        "active": True,
        "inactive_for": "",
        "linked_at": now,
    }
    query = insert(Chat).values(id=chat_id(user_id), user_id=user_id, purpose="user", **values)
    session.execute(query.on_conflict_do_update(index_elements=["id"], set_=values))


def unlink(session: Session, user_id: UUID) -> bool:
    """Takes a user's chat away; False where none was linked."""
    query = update(Chat).where(Chat.user_id == user_id, Chat.telegram_id.is_not(None))
    freed = query.values(telegram_id=None, linked_by=None, active=False, inactive_for="unlinked")
    return session.scalar(freed.returning(Chat.id)) is not None


def activate(session: Session, chat: Chat) -> None:
    """Sends to a linked chat again."""
    chat.active, chat.inactive_for = True, ""
    session.flush()


def configured(session: Session, purpose: str, telegram_id: str) -> Chat | None:
    """The `public` or the `operators` chat that is configured; None where it is a user's, who has stopped it.

    Its row is that of what is configured, and so follows a group that gets another number. Where that number is
    configured anew, or is that of a user's chat, the row that has it already is the one.
    """
    wanted = chat_id(f"{purpose}:{telegram_id}")
    row = {"id": wanted, "purpose": purpose, "telegram_id": telegram_id, "active": True}
    found = session.get(Chat, wanted) or chat_at(session, telegram_id)
    if found is None:
        session.execute(insert(Chat).values(row).on_conflict_do_nothing())
        found = session.get(Chat, wanted) or chat_at(session, telegram_id)
    return found if found is not None and found.active else None


# --- updates


def is_new(session: Session, update_id: int, *, now: datetime) -> bool:
    """Marks an update as worked; False where it was."""
    query = insert(TelegramUpdate).values(update_id=update_id, received_at=now).on_conflict_do_nothing()
    return session.scalar(query.returning(TelegramUpdate.update_id)) is not None


def prune_updates(session: Session, *, before: datetime) -> None:
    """Drops updates that Telegram does not send again, and links that can't be used."""
    session.execute(delete(TelegramUpdate).where(TelegramUpdate.received_at < before))
    session.execute(delete(ChatLink).where(ChatLink.expires_at < before))


# --- preferences and rules


def preferences(session: Session, user_id: UUID) -> AlertPreferences | None:
    """What holds for all of a user's alerts."""
    return session.get(AlertPreferences, user_id)


def change_preferences(session: Session, user_id: UUID, values: dict[str, Any]) -> None:
    """Changes some of the preferences that are stored."""
    query = update(AlertPreferences).where(AlertPreferences.user_id == user_id).values(values)
    session.execute(query)


def add_preferences(session: Session, user_id: UUID, values: dict[str, Any]) -> None:
    """Stores preferences, unless some are stored."""
    session.execute(insert(AlertPreferences).values(user_id=user_id, **values).on_conflict_do_nothing())


def locked_user(session: Session, user_id: UUID) -> bool:
    """Locks a user's row, so that what is counted of them stays so; False where the user is gone."""
    return session.scalar(select(User.id).where(User.id == user_id).with_for_update()) is not None


def rules_of(session: Session, user_id: UUID) -> list[AlertRule]:
    """A user's rules, oldest first."""
    query = select(AlertRule).where(AlertRule.user_id == user_id)
    return list(session.scalars(query.order_by(AlertRule.created_at, AlertRule.id)))


def rule_of(session: Session, user_id: UUID, rule_id: UUID) -> AlertRule | None:
    """One rule of a user's; another's is not there."""
    return session.scalar(select(AlertRule).where(*_own(user_id, rule_id)))


def delete_rule(session: Session, user_id: UUID, rule_id: UUID) -> bool:
    """Removes a rule of a user's; False where there is none."""
    query = delete(AlertRule).where(*_own(user_id, rule_id)).returning(AlertRule.id)
    return session.scalar(query) is not None


def _own(user_id: UUID, rule_id: UUID) -> list[ColumnElement[bool]]:
    return [AlertRule.user_id == user_id, AlertRule.id == rule_id]


# --- watched stocks, on the user's default list: the oldest


def stock(session: Session, code: str) -> Stock | None:
    """A stock that is followed."""
    return session.scalar(select(Stock).where(Stock.code == code, Stock.active))


def default_list(session: Session, user_id: UUID, *, now: datetime) -> UUID:
    """A user's oldest list, which is made where there is none."""
    query = select(Watchlist.id).where(Watchlist.user_id == user_id)
    oldest = query.order_by(Watchlist.created_at, Watchlist.id).limit(1)
    row = {"id": ids.derive("watchlist", user_id, DEFAULT_LIST), "user_id": user_id}
    if (found := session.scalar(oldest)) is None:
        made = insert(Watchlist).values(row | {"name": DEFAULT_LIST, "created_at": now})
        session.execute(made.on_conflict_do_nothing())
        found = session.scalars(oldest).one()
    return found


def unwatch(session: Session, user_id: UUID, code: str) -> bool:
    """Takes a stock off all of a user's lists; False where it was on none."""
    lists = select(Watchlist.id).where(Watchlist.user_id == user_id)
    query = delete(WatchedStock).where(WatchedStock.watchlist_id.in_(lists), WatchedStock.stock_code == code)
    return bool(session.scalars(query.returning(WatchedStock.stock_code)).all())


def watched(session: Session, user_id: UUID) -> Sequence[str]:
    """The codes on a user's lists, in order."""
    query = (
        select(WatchedStock.stock_code)
        .join(Watchlist, Watchlist.id == WatchedStock.watchlist_id)
        .where(Watchlist.user_id == user_id)
        .distinct()
    )
    return list(session.scalars(query.order_by(WatchedStock.stock_code)))


# --- what the operators were told


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
