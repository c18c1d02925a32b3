"""Chats, the links that make one a user's, and the updates that came from them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.models.notifying import Chat, ChatLink, TelegramUpdate

USER = "user"  # the purpose of a chat that is no configured one


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
    """The user's chat with a number of Telegram's."""
    return _at(session, telegram_id, USER)


def _at(session: Session, telegram_id: str, purpose: str) -> Chat | None:
    return session.scalar(select(Chat).where(Chat.telegram_id == telegram_id, Chat.purpose == purpose))


def link(session: Session, user_id: UUID, telegram_id: str, linked_by: int, *, now: datetime) -> None:
    """Makes a chat of Telegram's a user's one."""
    values = {
        "telegram_id": telegram_id,
        "linked_by": linked_by,
        "active": True,
        "inactive_for": "",
        "linked_at": now,
    }
    query = insert(Chat).values(id=chat_id(user_id), user_id=user_id, purpose=USER, **values)
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


def configured(session: Session, purpose: str, telegram_id: str) -> Chat:
    """The `public` or the `operators` chat that is configured: always one to be tried, whatever came of it before.

    Its row is that of what is configured, and so follows a group that gets another number. Where that number is
    configured anew, the row that has it already is the one. A user's chat of the same number has a row of its own.
    """
    wanted = chat_id(f"{purpose}:{telegram_id}")
    found = _at(session, telegram_id, purpose) or session.get(Chat, wanted)
    if found is None:
        row = {"id": wanted, "purpose": purpose, "telegram_id": telegram_id, "active": True}
        session.execute(insert(Chat).values(row).on_conflict_do_nothing())
        found = _at(session, telegram_id, purpose) or session.get_one(Chat, wanted)
    if found.telegram_id is None:  # it gave way to another, which has the number no more
        found.telegram_id = telegram_id
    activate(session, found)
    return found


def is_configured(session: Session, telegram_id: str) -> bool:
    """Whether a chat is the public or the operators' one."""
    query = select(Chat.id).where(Chat.telegram_id == telegram_id, Chat.purpose != USER)
    return session.scalar(query.limit(1)) is not None


def deactivate(session: Session, chat: UUID, reason: str, *, of: str | None = None) -> None:
    """Stops sending to a user's chat that can't be written to, or does not want it; of one number alone, where given.

    What is configured is tried again with each message: nobody would switch it on again.
    """
    query = update(Chat).where(Chat.id == chat, Chat.active, Chat.purpose == USER)
    if of is not None:  # its user may have linked another meanwhile
        query = query.where(Chat.telegram_id == of)
    session.execute(query.values(active=False, inactive_for=reason))


def follow(session: Session, old: str, new: str) -> None:
    """Keeps chats under the number that Telegram gave them anew. One of the same purpose that has it gives way."""
    moving = session.scalars(select(Chat.purpose).where(Chat.telegram_id == old)).all()
    if not moving:
        return
    taken = update(Chat).where(Chat.telegram_id == new, Chat.purpose.in_(moving))
    session.execute(taken.values(telegram_id=None, active=False, inactive_for="migrated"))
    session.execute(update(Chat).where(Chat.telegram_id == old).values(telegram_id=new))


# --- updates


def is_new(session: Session, update_id: int, *, now: datetime) -> bool:
    """Marks an update as worked; False where it was."""
    query = insert(TelegramUpdate).values(update_id=update_id, received_at=now).on_conflict_do_nothing()
    return session.scalar(query.returning(TelegramUpdate.update_id)) is not None


def prune_updates(session: Session, *, before: datetime) -> None:
    """Drops updates that Telegram does not send again, and links that can't be used."""
    session.execute(delete(TelegramUpdate).where(TelegramUpdate.received_at < before))
    session.execute(delete(ChatLink).where(ChatLink.expires_at < before))
