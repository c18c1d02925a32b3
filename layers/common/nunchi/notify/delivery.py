"""Sending one message to one chat, at most once.

`sending` is committed before Telegram is called, and the outcome after. Between these two commits lies the window in
which nothing tells whether a message was sent, as Telegram takes no key that would make a call idempotent. A delivery
that is still `sending` after the lease was left by somebody who died: it is `uncertain`, and never sent again.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import database
from nunchi.adapters import telegram, telegram_turns
from nunchi.adapters.telegram import TelegramError
from nunchi.adapters.telegram_turns import MustWait
from nunchi.events import DeliveryDue
from nunchi.notify.repository import alerts, chats, deliveries
from nunchi.notify.repository.deliveries import Due
from nunchi.notify.rules import LEASE, State
from nunchi.notify.subscribers import quiet_until
from nunchi.observability import count, get_logger
from nunchi.queues import Postponed, Write


@dataclass(frozen=True)
class Courier:
    """How messages are sent: `ready` and `send` as `telegram` has them, `turn` and `pause` as `telegram_turns`."""

    ready: Callable[[], None] = telegram.ready
    send: Callable[[str, str], int] = telegram.send_message
    turn: Callable[[str], AbstractContextManager[None]] = telegram_turns.turn
    pause: Callable[[float], None] = telegram_turns.pause


COURIER = Courier()
AGAIN = timedelta(seconds=30)  # before a message is tried again that Telegram could not take
MISSET_S = 60.0  # for which nothing is sent where our own configuration is refused
MOST_MOVES = 2  # how often a message follows a group that was upgraded


def work(
    message: DeliveryDue, *, now: datetime, clock: Callable[[], datetime], courier: Courier = COURIER
) -> Write:
    """Sends a delivery that is due at `now`. Returns the write of its outcome.

    `clock` tells when it is claimed and when its outcome is known: it may have waited for its turn since `now`.
    Raises `Postponed` where it must wait, for its turn, Telegram or whoever mends our configuration: the delivery is
    due as before.
    """
    with database.session() as session:
        due = deliveries.due(session, message.delivery_id)
    if due is None or due.delivery.state not in (State.DUE, State.SENDING):
        return _nothing
    if due.delivery.state == State.SENDING:
        return _left_by_another(due, now)
    if settled := _beforehand(due, now):
        return _outcome(due.delivery.id, *settled, now)
    if until := _quiet_since_then(due, now):
        return _held(due, until)
    try:
        courier.ready()  # before the claim: what fails here leaves nothing uncertain
    except TelegramError as exc:
        raise _misset(exc, now, courier) from None
    return _send(due, due.chat.telegram_id or "", clock, courier)


def _nothing(_session: Session) -> None:
    return None


def _left_by_another(due: Due, now: datetime) -> Write:
    """Another has it in hand, or died with it in hand."""
    began = due.delivery.sending_at or now
    if now < began + LEASE:
        raise Postponed(began + LEASE, "another is sending it")
    count("DeliveriesUncertain")
    return _outcome(due.delivery.id, State.UNCERTAIN, "who sent it died", now)


def _beforehand(due: Due, now: datetime) -> tuple[State, str] | None:
    """What becomes of a delivery without a call."""
    if not due.chat.active or not due.chat.telegram_id:
        return State.GONE, due.chat.inactive_for or "not linked"
    if now >= due.delivery.expires_at:
        count("DeliveriesExpired")
        return State.EXPIRED, "too late"
    return None


def _quiet_since_then(due: Due, now: datetime) -> datetime | None:
    """When the quiet hours end that have begun while an alert was on its way; one made in them is to break them."""
    one = due.delivery
    if due.preferences is None or one.kind != "alert" or quiet_until(due.preferences, one.made_at):
        return None
    return quiet_until(due.preferences, now)


def _held(due: Due, until: datetime) -> Write:
    """An alert that waits for the end of quiet hours has no delivery, unless something important ends its waiting."""
    one = due.delivery

    def write(session: Session) -> None:
        if deliveries.withdraw(session, one.id) and one.story_id and one.stock_code:
            alerts.hold(session, one.chat_id, one.story_id, one.stock_code, until=until)
            alerts.end_cooldowns(session, one.stock_code, {one.chat_id})  # nothing was told

    return write


def _outcome(delivery_id: UUID, state: State, reason: str, now: datetime, **values: int) -> Write:
    def write(session: Session) -> None:
        deliveries.settle(session, delivery_id, state, now=now, reason=reason, **values)

    return write


def _send(due: Due, chat: str, clock: Callable[[], datetime], courier: Courier, moves: int = 0) -> Write:
    """The turn is waited for first, so that the time between claim and outcome is that of the call alone."""
    delivery_id = due.delivery.id
    try:
        with courier.turn(chat):
            _claim(delivery_id, clock())
            sent_id = courier.send(chat, due.html)
    except MustWait as exc:
        raise Postponed(clock() + timedelta(seconds=exc.wait_s), "no turn yet") from None
    except TelegramError as exc:
        count("DeliveriesFailed", kind=exc.kind)
        if exc.kind == "migrated" and moves < MOST_MOVES:
            _moved(delivery_id, chat, exc.migrated_to)
            return _send(due, exc.migrated_to, clock, courier, moves + 1)
        return _failed(due, chat, exc, clock(), courier)
    return _outcome(delivery_id, State.SENT, "", clock(), telegram_message_id=sent_id)


def _claim(delivery_id: UUID, now: datetime) -> None:
    with database.session() as session:
        claimed = deliveries.claim(session, delivery_id, now=now)
    if not claimed:
        raise Postponed(now + LEASE, "another is sending it")


def _moved(delivery_id: UUID, old: str, new: str) -> None:
    with database.session() as session:
        chats.follow(session, old, new)
        deliveries.release(session, delivery_id, "migrated")


def _failed(due: Due, chat: str, exc: TelegramError, now: datetime, courier: Courier) -> Write:
    """What an error leads to; what was surely not sent is due again, before anything else can fail."""
    delivery_id, reason = due.delivery.id, exc.reason
    if exc.kind == "gone":
        return _gone(due, chat, reason, now)
    if exc.kind == "uncertain":
        count("DeliveriesUncertain")
        return _outcome(delivery_id, State.UNCERTAIN, reason, now)
    if exc.kind in {"ours", "migrated"}:
        get_logger().error("Telegram can't read a message of ours", delivery_id=str(delivery_id))
        count("DeliveriesRejected")
        return _outcome(delivery_id, State.REJECTED, reason, now)
    with database.session() as session:
        deliveries.release(session, delivery_id, reason)
    if exc.kind == "flood":
        wait_s = exc.retry_after_s or 1.0
        courier.pause(wait_s)
        raise Postponed(now + timedelta(seconds=wait_s), "Telegram asked to wait")
    if exc.kind in {"server", "unsent"}:  # an outage is waited for until the message has expired
        raise Postponed(now + AGAIN, "Telegram is away")
    raise _misset(exc, now, courier)


def _misset(exc: TelegramError, now: datetime, courier: Courier) -> Postponed:
    """No message gets through before an operator has mended our token or address: each waits until it has expired."""
    get_logger().error("the bot is wrongly configured", reason=exc.reason)
    count("TelegramMisconfigured")
    courier.pause(MISSET_S)
    return Postponed(now + timedelta(seconds=MISSET_S), "the bot is wrongly configured")


def _gone(due: Due, chat: str, reason: str, now: datetime) -> Write:
    """A user's chat is left alone from then on; what an operator configured is tried again, and is theirs to mend."""
    if due.chat.purpose != chats.USER:
        get_logger().error("a configured chat can't be written to", purpose=due.chat.purpose, reason=reason)
        count("ConfiguredChatsRefused")

    def write(session: Session) -> None:
        chats.deactivate(session, due.chat.id, reason, of=chat)
        deliveries.settle(session, due.delivery.id, State.GONE, now=now, reason=reason)

    return write
