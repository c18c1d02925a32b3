"""What operators are told, in a chat of their own: CloudWatch's alarms, and what the tables show."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from typing import Any

from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.market.calendar import Calendar
from nunchi.notify.messages import cut
from nunchi.notify.repository import alerts, chats, faults
from nunchi.notify.service import delivery, put_on_their_way
from nunchi.observability import count
from nunchi.seoul import midnight, seoul_date
from nunchi.settings import get_settings

AGAIN = timedelta(hours=6)  # the same alarm is told again after that long
GIVEN_UP_SINCE = REFUSED_SINCE = timedelta(days=1)
SILENT, HEARD = timedelta(days=3), timedelta(days=14)
NO_DATA = timedelta(minutes=20)
QUOTED = timedelta(days=7)  # who had no prices for that long has no broker
LONGEST = 1000  # units


@dataclass(frozen=True)
class Alarm:
    """Something that an operator should look at; `key` says what is the same."""

    key: str
    text: str


def tell(session: Session, alarms: Iterable[Alarm], *, now: datetime) -> int:
    """Tells the operators' chat of alarms that it was not told lately; returns how many. Without one, counts them."""
    new = [one for one in alarms if faults.claim_alarm(session, one.key, now=now, told_before=now - AGAIN)]
    for one in new:
        count("OperatorAlarms", key=one.key.partition(":")[0])
    named = get_settings().telegram_operators_chat
    if not named or not new:
        return len(new)
    chat, rows = chats.configured(session, "operators", named), []
    for one in new:
        message_id = ids.derive("operators", one.key, now)
        html = f"<b>nunchi</b> {escape(cut(one.text, LONGEST))}"
        alerts.put_message(session, message_id, "en", html, now=now, chat_id=chat.id)
        rows.append(delivery(ids.derive("delivery", message_id), chat.id, message_id, "operators", now=now))
    put_on_their_way(session, rows, correlation_id="operators", now=now)
    return len(new)


def in_notification(records: Iterable[Mapping[str, Any]]) -> list[Alarm]:
    """The CloudWatch alarms in an SNS event that went off; what is no alarm is told as it is."""
    return [alarm for one in records if (alarm := _alarm(one["Sns"])) is not None]


def _alarm(sent: Mapping[str, Any]) -> Alarm | None:
    try:
        told = json.loads(sent["Message"])
    except ValueError:
        told = None
    if not isinstance(told, dict) or "AlarmName" not in told:
        text = str(sent["Message"])
        return Alarm(f"notification:{sha256(text.encode()).hexdigest()[:16]}", text)
    if told.get("NewStateValue") != "ALARM":
        return None
    about = told.get("AlarmDescription") or told.get("NewStateReason") or ""
    return Alarm(f"alarm:{told['AlarmName']}", f"{told['AlarmName']}: {about}")


def found(session: Session, calendar: Calendar, *, now: datetime) -> list[Alarm]:
    """What the tables show that an operator should look at."""
    return [
        *_given_up(session, now),
        *_budgets(session, now),
        *_sources(session, now),
        *_data(session, calendar, now),
        *_public_chat(session, now),
    ]


def _given_up(session: Session, now: datetime) -> Iterator[Alarm]:
    for name, events in faults.given_up(session, since=now - GIVEN_UP_SINCE):
        yield Alarm(f"given_up:{name}", f"{events} events {name} were given up within a day")


def _budgets(session: Session, now: datetime) -> Iterator[Alarm]:
    today = seoul_date(now)
    for arm in faults.arms_without_budget(session, since=midnight(today), now=now):
        yield Alarm(f"budget:{arm}:{today}", f"{arm} has spent its budget of {today}")


def _sources(session: Session, now: datetime) -> Iterator[Alarm]:
    for source in faults.silent_sources(session, since=now - HEARD, silent_since=now - SILENT):
        yield Alarm(f"source:{source}", f"{source} gave no article for {SILENT.days} days")


def _public_chat(session: Session, now: datetime) -> Iterator[Alarm]:
    for reason in faults.public_chat_refuses(session, since=now - REFUSED_SINCE):
        yield Alarm("public_chat", f"the public chat can't be written to: {reason}")


def _data(session: Session, calendar: Calendar, now: datetime) -> Iterator[Alarm]:
    open_now = calendar.session_of(now)
    if open_now is None or now < open_now.opens_at + NO_DATA:
        return
    last = faults.last_quote_at(session, since=now - QUOTED, now=now)
    if last is not None and last < now - NO_DATA:
        yield Alarm(
            "no_data", f"no price was seen for {int((now - last).total_seconds()) // 60} minutes in session"
        )
