"""Who is told of sealed forecasts: reading what a case brings, deciding, and putting the messages on their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import database, ids, outbox
from nunchi.events import DeliveryDue, ForecastSealed
from nunchi.market import known
from nunchi.market.calendar import Calendar
from nunchi.notify import messages, rules, subscribers
from nunchi.notify.facts import facts_of, news_of
from nunchi.notify.messages import AdviceRefused, Facts, TooLong
from nunchi.notify.repository import alerts, news
from nunchi.notify.repository.news import Opened
from nunchi.notify.rules import LANGUAGES, Candidate, Language, News, Subscriber
from nunchi.observability import count, get_logger
from nunchi.queues import Write


@dataclass(frozen=True)
class Decision:
    """Who wants a case's news, and the texts by language; no text where it could not be told.

    `held` are the chats of whom an earlier seal of the case is held for a digest.
    """

    opened: Opened
    candidates: Sequence[Candidate]
    texts: Mapping[Language, str]
    refused: str
    held: frozenset[UUID] = frozenset()


def work(message: ForecastSealed, *, now: datetime) -> Write:
    """Decides who is told of a case. Returns the write of alerts, texts and deliveries."""
    with database.session() as session:
        decision = decide(session, message.case_id, known.calendar(session), now=now)

    def write(session: Session) -> None:
        if decision.candidates:
            store(session, decision, now=now)

    return write


def decide(session: Session, case_id: UUID, calendar: Calendar, *, now: datetime) -> Decision:
    """Who is to be told of a case's sealed forecasts, as known at `now`. Raises `NotFound`."""
    opened = news.opened(session, case_id)
    if now - opened.case.as_of > rules.FRESH:  # after an outage: the market has moved on
        return Decision(opened, (), {}, "")
    told = news_of(session, opened, now=now)
    before = alerts.decided(session, opened.story.id, opened.stock.code)
    found = _undecided(subscribers.of_stock(session, opened.stock.code), told, before, now)
    if not found:
        return Decision(opened, (), {}, "")
    held = frozenset(chat for chat, state in before.items() if state == "held")
    return replace(_written(opened, found, facts_of(session, opened, told, calendar, now=now)), held=held)


def _undecided(
    wanted: Sequence[Subscriber], told: News, before: Mapping[UUID, str], now: datetime
) -> list[Candidate]:
    """Those not decided yet; and those held, where what came now is important enough for quiet hours."""
    return [
        one
        for one in rules.candidates(wanted, told, now)
        if (state := before.get(UUID(one.subscriber.chat_id))) is None
        or (state == "held" and not one.held_until)
    ]


def _written(opened: Opened, found: Sequence[Candidate], facts: Facts) -> Decision:
    languages = {one.subscriber.language for one in found}
    try:
        texts = {language: messages.alert(facts, language) for language in LANGUAGES if language in languages}
    except (AdviceRefused, TooLong) as exc:
        get_logger().error("an alert can't be told", case_id=str(opened.case.id), error=type(exc).__name__)
        count("AlertsRefused", reason=type(exc).__name__)
        return Decision(opened, found, {}, type(exc).__name__)
    return Decision(opened, found, texts, "")


def store(session: Session, decision: Decision, *, now: datetime) -> None:
    """Stores one alert a chat, and a delivery for each that is told at once; each delivery becomes an event.

    Alerts come first: of two that decide the same at once only one has them, and begins cooldowns and counts the day.
    """
    new = alerts.add_alerts(session, [_alert(decision, one, now) for one in decision.candidates])
    mine = {UUID(one.subscriber.chat_id): one for one in decision.candidates}
    if decision.refused:
        count("AlertsDecided", len(new), state="skipped")
        return
    at_once = {chat: mine[chat] for chat in sorted(new) if not mine[chat].held_until}
    count("AlertsDecided", len(new) - len(at_once), state="held")
    told = _settled(session, decision, at_once, now)
    _deliver(session, decision, [at_once[chat] for chat in at_once if chat in told], now)


def _settled(
    session: Session, decision: Decision, at_once: Mapping[UUID, Candidate], now: datetime
) -> set[UUID]:
    """Who of those that want it at once is told: cooldowns are begun and days counted for them. Others are settled.

    Whose alert was held before, and who can't be told now, finds it in the digest as before.
    """
    code = decision.opened.stock.code
    cooldowns = {chat: one.subscriber.wish.cooldown for chat, one in at_once.items()}
    cool = alerts.claim_cooldowns(session, code, cooldowns, now=now)
    below = alerts.count_today(session, {chat: _day(at_once[chat].subscriber, now) for chat in cool})
    alerts.end_cooldowns(session, code, cool - below)  # whoever is not told has nothing to rest from
    passed = at_once.keys() - below
    outcomes = {
        ("told", ""): below,
        ("held", "quiet_hours"): passed & decision.held,
        ("skipped", "daily_maximum"): (passed & cool) - decision.held,
        ("skipped", "cooldown"): passed - cool - decision.held,
    }
    for (state, reason), those in outcomes.items():
        if those:
            alerts.settle_alerts(session, decision.opened.story.id, code, those, state, reason)
            count("AlertsDecided", len(those), state=state)
    return below


def _day(one: Subscriber, now: datetime) -> tuple[date, int]:
    return rules.local_day(one.quiet.zone, now), one.daily_maximum


def _alert(decision: Decision, one: Candidate, now: datetime) -> dict[str, object]:
    """A row of one who is held, or refused, or yet to be settled."""
    opened, chat_id = decision.opened, one.subscriber.chat_id
    story_id, code = opened.story.id, opened.stock.code
    is_held = one.held_until is not None and not decision.refused
    return {
        "id": ids.derive("alert", chat_id, story_id, code),
        "chat_id": UUID(chat_id),
        "story_id": story_id,
        "stock_code": code,
        "rule_id": UUID(one.subscriber.rule_id) if one.subscriber.rule_id else None,
        "state": "held" if is_held else "skipped",
        "reason": decision.refused or ("quiet_hours" if is_held else ""),
        "decided_at": now,
        "held_until": one.held_until if is_held else None,
    }


def _deliver(session: Session, decision: Decision, told: Sequence[Candidate], now: datetime) -> None:
    case = decision.opened.case
    # a later seal of the same case has a text of its own
    texts = {language: ids.derive("alert-message", case.id, language, now) for language in decision.texts}
    for language, html in decision.texts.items():
        alerts.put_message(session, texts[language], language, html, now=now)
    rows = [
        delivery(
            ids.derive("delivery", one.subscriber.chat_id, case.story_id, case.stock_code),
            UUID(one.subscriber.chat_id),
            texts[one.subscriber.language],
            "alert",
            now=now,
            story_id=case.story_id,
            stock_code=case.stock_code,
        )
        for one in told
    ]
    put_on_their_way(session, rows, correlation_id=case.correlation_id, now=now)


def delivery(
    delivery_id: UUID,
    chat_id: UUID,
    message_id: UUID,
    kind: str,
    *,
    now: datetime,
    story_id: UUID | None = None,
    stock_code: str | None = None,
) -> dict[str, object]:
    """A delivery's row, due now."""
    return {
        "id": delivery_id,
        "chat_id": chat_id,
        "message_id": message_id,
        "kind": kind,
        "story_id": story_id,
        "stock_code": stock_code,
        "state": rules.State.DUE.value,
        "made_at": now,
        "expires_at": now + rules.FRESH,
    }


def put_on_their_way(
    session: Session, rows: Sequence[dict[str, object]], *, correlation_id: str, now: datetime
) -> int:
    """Stores deliveries and an event for each that is new; returns how many are."""
    added = alerts.add_deliveries(session, rows)
    for delivery_id in added:
        outbox.add(session, DeliveryDue(delivery_id=delivery_id), correlation_id=correlation_id, now=now)
    return len(added)
