"""Who may be told of a stock: the rules of linked chats, and the public channel."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.orm import Session

from nunchi.models.notifying import AlertPreferences, AlertRule, Chat
from nunchi.notify import rules
from nunchi.notify.repository import alerts, chats
from nunchi.notify.rules import Language, Quiet, Subscriber, Wish
from nunchi.settings import get_settings

PUBLIC = "public"
# what the public channel is told of; nobody chose it but the operator, so it is told little
PUBLIC_WISH = Wish(minimum_probability=0.7, disclosures_always=False)
PUBLIC_MAXIMUM = 30
SEOUL_ZONE = "Asia/Seoul"


def of_stock(session: Session, code: str) -> list[Subscriber]:
    """The rules of chats that are told, of those that want to hear of a stock; with them the public channel."""
    return [_subscriber(*row) for row in alerts.subscribers(session, code)] + _public(session)


def _subscriber(rule: AlertRule, chat: Chat, preferences: AlertPreferences) -> Subscriber:
    """A stored rule as the rules know it."""
    return Subscriber(
        chat_id=str(chat.id),
        rule_id=str(rule.id),
        wish=Wish(
            minimum_probability=rule.minimum_probability,
            minimum_impact=rule.minimum_impact,
            arms=frozenset(rule.arms),
            horizons=frozenset(rule.horizons_sessions),
            disclosures_always=rule.disclosures_always,
            breaks_quiet_from=rule.breaks_quiet_from_impact,
            cooldown=timedelta(seconds=rule.cooldown_s),
        ),
        quiet=_quiet(preferences),
        language=cast(Language, preferences.language),
        daily_maximum=preferences.daily_maximum,
    )


def _quiet(preferences: AlertPreferences) -> Quiet:
    return Quiet(preferences.zone, preferences.quiet_from, preferences.quiet_to)


def quiet_until(preferences: AlertPreferences, now: datetime) -> datetime | None:
    """When the quiet hours end in which an aware `now` lies; None outside of them."""
    return rules.quiet_until(_quiet(preferences), now)


def _public(session: Session) -> list[Subscriber]:
    """The public channel, where one is configured."""
    named = get_settings().telegram_public_chat
    if not named:
        return []
    chat = chats.configured(session, PUBLIC, named)
    return [Subscriber(str(chat.id), "", PUBLIC_WISH, Quiet(SEOUL_ZONE), "ko", PUBLIC_MAXIMUM)]
