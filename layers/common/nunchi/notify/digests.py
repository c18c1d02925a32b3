"""What came in quiet hours, told after them in one message a chat."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.models.notifying import Chat
from nunchi.notify import messages, rules
from nunchi.notify.messages import AdviceRefused, Held, TooLong
from nunchi.notify.repository import alerts, chats, people
from nunchi.notify.rules import Language
from nunchi.notify.service import delivery, put_on_their_way
from nunchi.notify.subscribers import quiet_until
from nunchi.observability import count

CHATS = 500  # a run; the next one takes the rest


def digest_all(session: Session, *, now: datetime) -> int:
    """Makes a digest for each chat whose quiet hours have ended; returns how many. Old counts are dropped."""
    made = sum(
        _digest(session, chat_id, now) for chat_id in alerts.chats_to_digest(session, now=now, limit=CHATS)
    )
    alerts.prune(session, before=now - rules.PRUNED_AFTER)
    alerts.forget(session, before=now - rules.FORGOTTEN_AFTER)
    chats.prune_updates(session, before=now - rules.PRUNED_AFTER)
    return made


def _digest(session: Session, chat_id: UUID, now: datetime) -> int:
    chat = session.get(Chat, chat_id)
    wanted = people.preferences(session, chat.user_id) if chat and chat.user_id else None
    if wanted and (until := quiet_until(wanted, now)):  # they were set anew meanwhile
        alerts.hold_longer(session, chat_id, until=until, now=now)
        return 0
    held = [Held(*row) for row in alerts.take_held(session, chat_id, now=now)]
    if not held or chat is None or not chat.active:
        return 0  # who has stopped meanwhile is not told
    language = cast(Language, wanted.language) if wanted else "ko"
    try:
        html = messages.digest(held, language)
    except (AdviceRefused, TooLong) as exc:
        count("AlertsRefused", reason=type(exc).__name__)
        return 0
    message_id = ids.derive("digest", chat_id, *(one.alert_id for one in held))
    alerts.put_message(session, message_id, language, html, now=now, chat_id=chat_id)
    row = delivery(ids.derive("delivery", message_id), chat_id, message_id, "digest", now=now)
    return put_on_their_way(session, [row], correlation_id=f"digest:{chat_id}", now=now)
