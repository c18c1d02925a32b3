"""Updates of Telegram's: what was written in a chat, that we were put out of one, that a group has another number.

https://core.telegram.org/bots/api#update. Only what is used is read; anything else is no error.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from nunchi.notify import linking
from nunchi.notify.linking import Said
from nunchi.notify.repository import chats

LONGEST = 4096  # characters of a message
OUT, IN = frozenset({"kicked", "left"}), frozenset({"member", "administrator"})
Reply = dict[str, Any]


def work(session: Session, update: Mapping[str, Any], *, now: datetime) -> Reply | None:
    """Works an update once. Gives the call that answers it, for the webhook's own answer; None for none.

    Raises `ValueError` for what is no update.
    """
    update_id = update.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool) or not 0 <= update_id < 2**63:
        raise ValueError("no update")
    if not chats.is_new(session, update_id, now=now):
        return None
    _membership(session, _part(update, "my_chat_member"))
    message = _part(update, "message")
    _migration(session, message)
    said = said_in(message)
    text = linking.answer(session, said, now=now) if said else None
    return _reply(said.chat, text) if said and text else None


def _reply(chat: str, text: str) -> Reply:
    """The answer to an update may be a call of its own, without an outcome: at most once, and no call of ours."""
    return {
        "method": "sendMessage",
        "chat_id": int(chat),
        "text": text,
        "link_preview_options": {"is_disabled": True},
    }


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(of: Mapping[str, Any], name: str = "id") -> int | None:
    found = of.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**63 else None


def said_in(message: Mapping[str, Any]) -> Said | None:
    """What a person wrote in a message; None for anything else, and for what a channel wrote."""
    chat, sender, text = _part(message, "chat"), _part(message, "from"), message.get("text")
    number, who, kind = _number(chat), _number(sender), chat.get("type")
    if number is None or who is None or sender.get("is_bot") is True or not isinstance(text, str):
        return None
    if kind not in {"private", "group", "supergroup"} or len(text) > LONGEST:
        return None
    language = str(sender.get("language_code", ""))
    is_foreign = bool(language) and not language.startswith("ko")
    return Said(str(number), kind, who, text, "en" if is_foreign else "ko")


def _membership(session: Session, changed: Mapping[str, Any]) -> None:
    """A user who blocks the bot, or a group that puts it out, is not sent to until it is let in again."""
    number = _number(_part(changed, "chat"))
    status = _part(changed, "new_chat_member").get("status")
    chat = chats.chat_at(session, str(number)) if number is not None else None
    if chat is not None and status in OUT:
        chats.deactivate(session, chat.id, linking.BLOCKED)
    elif chat is not None and status in IN and chat.inactive_for != linking.STOPPED:
        chats.activate(session, chat)


def _migration(session: Session, message: Mapping[str, Any]) -> None:
    old, new = _number(_part(message, "chat")), _number(message, "migrate_to_chat_id")
    if old is not None and new is not None:
        chats.follow(session, str(old), str(new))
