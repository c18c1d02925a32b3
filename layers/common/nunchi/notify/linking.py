"""A user's chat: linking it, and what its commands do. The bot answers commands, and nothing else."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.accounts.rules import digest
from nunchi.errors import NotFound, NunchiError
from nunchi.models.notifying import AlertPreferences, AlertRule, Chat
from nunchi.notify import rules
from nunchi.notify.repository import alerts, chats, people
from nunchi.notify.rules import Language
from nunchi.notify.texts import REPLIES, Replies
from nunchi.settings import get_settings
from nunchi.watch import repository as watched
from nunchi.watch import rules as lists
from nunchi.watch import service as watchlists

LINK_FOR = timedelta(minutes=10)
TOKEN_BYTES = 24  # 32 characters; Telegram takes at most 64 of A-Z a-z 0-9 _ -
MOST_RULES, MOST_LISTED = 20, 100
STOPPED, BLOCKED = "stopped", "blocked"
DEFAULTS: dict[str, Any] = {
    "language": "ko",
    "zone": "Asia/Seoul",
    "quiet_from": None,
    "quiet_to": None,
    "daily_maximum": 20,
}
RULE_DEFAULTS: dict[str, Any] = {
    "name": "관심 종목",
    "active": True,
    "stocks": "watchlist",
    "minimum_probability": 0.6,
    "minimum_impact": "",
    "arms": [],
    "horizons_sessions": [],
    "disclosures_always": True,
    "breaks_quiet_from_impact": "",
    "cooldown_s": 3600,
}
_CODE = re.compile(r"[0-9A-Z]{6}")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-~]\s*([01]\d|2[0-3]):([0-5]\d)")


class TooManyRules(NunchiError):
    """A user has as many rules as one may have."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote in a chat. `kind` is Telegram's: private, group, supergroup or channel."""

    chat: str
    kind: str
    sender: int
    text: str
    language: Language


def begin(session: Session, user_id: UUID, *, now: datetime) -> tuple[str, datetime]:
    """A token that links one chat to a user, and until when it can be used."""
    token, expires_at = secrets.token_urlsafe(TOKEN_BYTES), now + LINK_FOR
    chats.add_link(session, digest(token), user_id, expires_at=expires_at)
    return token, expires_at


def answer(session: Session, said: Said, *, now: datetime) -> str | None:
    """What the bot answers to what was written, in plain text; None for silence.

    A chat that is not linked learns how to link it, and nothing else. In a group only commands are heard, and only from
    whoever linked it.
    """
    command, _, rest = said.text.strip().partition(" ")
    command, _, addressed = command.lower().partition("@")
    is_command, chat = command.startswith("/"), chats.chat_at(session, said.chat)
    if said.kind != "private" and not (is_command and _is_ours(addressed)):
        return None
    if command == "/start" and rest.strip():
        return _link(session, said, rest.strip(), chat, now)
    if chat is None or chat.user_id is None:
        return REPLIES[said.language].how_to_link
    if said.kind != "private" and said.sender != chat.linked_by:
        return None
    return _obey(session, chat, chat.user_id, command, rest.strip(), now)


def _is_ours(addressed: str) -> bool:
    """Whether a command in a group is for us: it names no bot, or ours."""
    ours = get_settings().telegram_bot_name.lower()
    return addressed in {"", ours} or not ours


def _link(session: Session, said: Said, token: str, chat: Chat | None, now: datetime) -> str:
    replies = REPLIES[said.language]
    if _is_taken(session, chat, said):
        return replies.taken
    user_id = chats.use_link(session, digest(token), now=now)
    if user_id is None:
        return replies.bad_link
    if chat is not None and chat.user_id != user_id and chat.user_id is not None:
        # whoever writes here holds both the chat and a link of the other account
        chats.unlink(session, chat.user_id)
    chats.link(session, user_id, said.chat, said.sender, now=now)
    prepare(session, user_id, said.language, now=now)
    return replies.linked


def _is_taken(session: Session, chat: Chat | None, said: Said) -> bool:
    """Whether a group is linked already and not by who writes, or is the public or the operators' one."""
    if said.kind == "private":
        return False
    is_anothers = chat is not None and chat.user_id is not None and chat.linked_by != said.sender
    return is_anothers or chats.is_configured(session, said.chat)


def prepare(session: Session, user_id: UUID, language: Language, *, now: datetime) -> None:
    """Gives a user preferences and a first rule, where there are none."""
    people.add_preferences(session, user_id, DEFAULTS | {"language": language})
    if not people.rules_of(session, user_id):
        add_rule(session, user_id, RULE_DEFAULTS, now=now)


def change_preferences(session: Session, user_id: UUID, values: dict[str, Any]) -> AlertPreferences:
    """Changes what holds for all of a user's alerts; what is not named stays, or is the default."""
    people.add_preferences(session, user_id, DEFAULTS)
    people.change_preferences(session, user_id, values)
    found = people.preferences(session, user_id)
    if found is None:
        raise NotFound("user", user_id)
    session.refresh(found)
    return found


def add_rule(session: Session, user_id: UUID, values: dict[str, Any], *, now: datetime) -> AlertRule:
    """Stores a rule. Raises `TooManyRules`, and `NotFound` where the user is gone."""
    if not people.locked_user(session, user_id):
        raise NotFound("user", user_id)
    place = len(people.rules_of(session, user_id))
    if place >= MOST_RULES:
        raise TooManyRules(f"user {user_id} has {MOST_RULES} rules")
    rule = AlertRule(
        id=ids.derive("alert-rule", user_id, now, place), user_id=user_id, created_at=now, **values
    )
    session.add(rule)
    session.flush()
    return rule


def _obey(session: Session, chat: Chat, user_id: UUID, command: str, rest: str, now: datetime) -> str:
    found = people.preferences(session, user_id)
    replies = REPLIES[cast(Language, found.language) if found else "ko"]
    match command:
        case "/start":
            chats.activate(session, chat)
            return replies.resumed
        case "/stop":
            chats.deactivate(session, chat.id, STOPPED)
            return replies.stopped
        case "/status":
            return _status(session, chat, user_id, found, replies, now)
        case "/watch" | "/unwatch":
            return _watching(session, user_id, command, rest.upper(), replies, now)
        case "/quiet":
            return _quiet(session, user_id, rest, replies)
    return replies.help


def _status(
    session: Session,
    chat: Chat,
    user_id: UUID,
    found: AlertPreferences | None,
    replies: Replies,
    now: datetime,
) -> str:
    values = found or AlertPreferences(**DEFAULTS)
    quiet = replies.quiet_none
    if values.quiet_from and values.quiet_to:
        quiet = f"{values.quiet_from:%H:%M}-{values.quiet_to:%H:%M}"
    return replies.status.format(
        watched=_listed(watched.codes(session, user_id)) or replies.none_watched,
        quiet=quiet,
        rules=sum(rule.active for rule in people.rules_of(session, user_id)),
        told=alerts.told_on(session, chat.id, rules.local_day(values.zone, now)),
        maximum=values.daily_maximum,
    )


def _watching(
    session: Session, user_id: UUID, command: str, code: str, replies: Replies, now: datetime
) -> str:
    if not _CODE.fullmatch(code):
        return replies.no_such_stock
    try:
        if command == "/unwatch":
            watchlists.unwatch_everywhere(session, user_id, code)
            return replies.unwatched.format(code=code)
        stock, _ = watchlists.watch_by_default(session, user_id, code, now=now)
        return replies.watched.format(name=stock.name, code=code)
    except NotFound:
        return replies.no_such_stock if command == "/watch" else replies.not_watched.format(code=code)
    except lists.Full as exc:
        return replies.list_full.format(most=exc.most)


def _listed(codes: Sequence[str]) -> str:
    more = f" (+{len(codes) - MOST_LISTED})" if len(codes) > MOST_LISTED else ""
    return ", ".join(codes[:MOST_LISTED]) + more


def _quiet(session: Session, user_id: UUID, text: str, replies: Replies) -> str:
    if text.lower() in {"off", "끄기"}:
        change_preferences(session, user_id, {"quiet_from": None, "quiet_to": None})
        return replies.quiet_off
    hours = _HOURS.fullmatch(text)
    if hours is None:
        return replies.quiet_wrong
    first, first_minute, last, last_minute = map(int, hours.groups())
    begins, to = time(first, first_minute), time(last, last_minute)
    if begins == to:
        return replies.quiet_wrong
    change_preferences(session, user_id, {"quiet_from": begins, "quiet_to": to})
    return replies.quiet_set.format(begins=f"{begins:%H:%M}", to=f"{to:%H:%M}")
