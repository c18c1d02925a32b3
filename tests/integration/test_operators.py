"""What operators are told, once, in their own chat: CloudWatch's alarms, and what the tables show."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from nunchi import database, outbox
from nunchi.events import ArticleStored
from nunchi.models import Case, Quote
from nunchi.models.outbox import OutboxRow
from nunchi.notify import linking
from nunchi.notify.linking import Said
from nunchi.notify.repository import chats
from nunchi.notify.texts import REPLIES
from tests import factories
from tests.conftest import forget_clients
from tests.factories import NOON
from tests.integration.accounts_played import stored_user
from tests.integration.alerts_played import Bot, opened, person, rows, told

OPERATORS, PRIVATE, PUBLIC = -7001, 7001, -1005005005005


@pytest.fixture(autouse=True)
def told_chat(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_OPERATORS_CHAT", str(OPERATORS))
    forget_clients()


def alarm(name: str = "NaverSourceAlarm", state: str = "ALARM") -> dict[str, Any]:
    """What SNS hands to a function of a CloudWatch alarm."""
    message = {
        "AlarmName": name,
        "AlarmDescription": "More than a fifth <failed>.",
        "NewStateValue": state,
        "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed",
    }
    sent = {"Subject": f"{state}: {name}", "Message": json.dumps(message), "MessageId": str(uuid4())}
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sent}]}


def sent(bot: Bot) -> list[str]:
    bot.drain()
    return bot.sent(OPERATORS)


def test_an_alarm_of_cloudwatchs_is_told(bot: Bot) -> None:
    assert bot.running.invoke("WatchFunction", alarm()) == {"told": 1}
    assert sent(bot) == ["nunchi NaverSourceAlarm: More than a fifth <failed>."]


def test_the_same_alarm_is_told_once_in_six_hours(bot: Bot) -> None:
    for hours in (0, 5, 1, 1):
        bot.pass_by(hours=hours)
        bot.running.invoke("WatchFunction", alarm())
        bot.drain()
    assert len(sent(bot)) == 2


def test_another_alarm_is_told_beside_it(bot: Bot) -> None:
    for name in ("NaverSourceAlarm", "Gpt4oBudgetAlarm"):
        bot.running.invoke("WatchFunction", alarm(name))
    assert len(sent(bot)) == 2


def test_the_end_of_an_alarm_is_not_told(bot: Bot) -> None:
    assert bot.running.invoke("WatchFunction", alarm(state="OK")) == {"told": 0}


def test_a_notification_that_is_no_alarm_is_told_as_it_is(bot: Bot) -> None:
    event = {"Records": [{"Sns": {"Subject": "Budget", "Message": "80 % of the month's budget"}}]}
    bot.running.invoke("WatchFunction", event)
    assert sent(bot) == ["nunchi 80 % of the month's budget"]


def test_notifications_without_a_subject_are_told_each(bot: Bot) -> None:
    for text in ("a", "b", "a"):
        bot.running.invoke("WatchFunction", {"Records": [{"Sns": {"Message": text}}]})
    assert sent(bot) == ["nunchi a", "nunchi b"]


def test_operators_are_told_once_the_bot_is_let_into_their_chat(bot: Bot) -> None:
    bot.become(OPERATORS, "not_found")
    bot.running.invoke("WatchFunction", alarm())
    assert sent(bot) == []
    bot.become(OPERATORS, "open")
    bot.running.invoke("WatchFunction", alarm("Gpt4oBudgetAlarm"))
    assert len(sent(bot)) == 1


def test_a_group_that_was_upgraded_is_told_also_when_its_new_number_is_configured(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.running.invoke("WatchFunction", alarm())
    assert len(sent(bot)) == 1
    with database.session() as session:
        chats.follow(session, str(OPERATORS), "-1007001")
    monkeypatch.setenv("TELEGRAM_OPERATORS_CHAT", "-1007001")
    forget_clients()
    bot.running.invoke("WatchFunction", alarm("Gpt4oBudgetAlarm"))
    bot.drain()
    assert len(bot.sent(-1007001)) == 1


def test_when_all_is_well_nothing_is_told(bot: Bot) -> None:
    assert bot.fire("WatchFunction") == {"told": 0}


def test_events_that_were_given_up_are_told(bot: Bot) -> None:
    with database.session() as session:
        outbox.add(session, ArticleStored(article_id=uuid4()), correlation_id="x", now=bot.now)
        session.info.clear()
        session.flush()
        (row,) = session.query(OutboxRow).all()
        row.given_up_at = bot.now
    bot.fire("WatchFunction")
    assert sent(bot) == ["nunchi 1 events ArticleStored were given up within a day"]


def test_an_arm_whose_budget_is_spent_is_told_once_a_day(bot: Bot) -> None:
    for mark in "ab":
        case_id = opened(mark)
        with database.session() as session:
            case = session.get_one(Case, case_id)
            session.add(factories.answer(case, "gpt-4o", created_at=NOON, outcome="budget"))
        bot.fire("WatchFunction")
    assert sent(bot) == ["nunchi gpt-4o has spent its budget of 2026-10-19"]


def stored_article(number: int, source: str, known_at: datetime) -> None:
    with database.session() as session:
        session.add(factories.article(number, source=source, known_at=known_at))


def test_a_source_that_falls_silent_is_told(bot: Bot) -> None:
    stored_article(1, "naver", bot.now - timedelta(days=4))
    stored_article(2, "maekyung", bot.now - timedelta(days=4))
    stored_article(3, "maekyung", bot.now - timedelta(hours=1))
    bot.fire("WatchFunction")
    assert sent(bot) == ["nunchi naver gave no article for 3 days"]


def quote(known_at: datetime) -> None:
    with database.session() as session:
        session.add(Quote(code="990010", known_at=known_at, price_won=1000, volume_shares=1))


@pytest.mark.parametrize(("minutes", "told"), [(19, 0), (21, 1)])
def test_no_price_for_twenty_minutes_in_session_is_told(bot: Bot, minutes: int, told: int) -> None:
    quote(bot.now - timedelta(minutes=minutes))
    assert bot.fire("WatchFunction") == {"told": told}


def test_no_price_outside_the_session_or_without_a_broker_is_no_fault(bot: Bot) -> None:
    assert bot.fire("WatchFunction") == {"told": 0}
    quote(bot.now - timedelta(hours=1))
    bot.pass_by(hours=8)
    assert bot.fire("WatchFunction") == {"told": 0}


def test_the_operators_chat_hears_no_commands(bot: Bot) -> None:
    bot.running.invoke("WatchFunction", alarm())
    with database.session() as session:
        said = Said(str(OPERATORS), "supergroup", 1, "/stop", "ko")
        assert linking.answer(session, said, now=bot.now) == REPLIES["ko"].how_to_link
    bot.running.invoke("WatchFunction", alarm("Gpt4oBudgetAlarm"))
    assert len(sent(bot)) == 2


def linked_by_its_operator(bot: Bot) -> None:
    """A private chat with the bot that is a user's, and the operators' one."""
    with database.session() as session:
        session.add(person("minji"))
        session.flush()
        chats.link(session, person("minji").id, str(PRIVATE), PRIVATE, now=NOON)


@pytest.mark.parametrize("linked_first", [True, False])
def test_a_user_who_stops_their_chat_does_not_silence_the_operators_alarms_in_it(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, linked_first: bool
) -> None:
    monkeypatch.setenv("TELEGRAM_OPERATORS_CHAT", str(PRIVATE))
    forget_clients()
    if linked_first:
        linked_by_its_operator(bot)
    bot.running.invoke("WatchFunction", alarm())
    bot.drain()
    if not linked_first:
        linked_by_its_operator(bot)
    with database.session() as session:
        said = Said(str(PRIVATE), "private", PRIVATE, "/stop", "ko")
        assert linking.answer(session, said, now=bot.now) == REPLIES["ko"].stopped
    bot.running.invoke("WatchFunction", alarm("Gpt4oBudgetAlarm"))
    bot.drain()
    assert len(bot.sent(PRIVATE)) == 2


def test_an_operators_group_can_not_be_linked_and_a_private_chat_can(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = stored_user("minji")
    for number, kind, answer in ((OPERATORS, "supergroup", "taken"), (PRIVATE, "private", "linked")):
        monkeypatch.setenv("TELEGRAM_OPERATORS_CHAT", str(number))
        forget_clients()
        bot.running.invoke("WatchFunction", alarm(f"Alarm{number}"))
        with database.session() as session:
            token, _ = linking.begin(session, user.id, now=bot.now)
            said = Said(str(number), kind, PRIVATE, f"/start {token}", "ko")
            assert linking.answer(session, said, now=bot.now) == getattr(REPLIES["ko"], answer)


def test_operators_are_told_although_their_groups_new_number_was_configured_before_it_was_followed(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.running.invoke("WatchFunction", alarm("First"))
    monkeypatch.setenv("TELEGRAM_OPERATORS_CHAT", "-1007001")
    forget_clients()
    bot.running.invoke("WatchFunction", alarm("Second"))
    bot.drain()
    with database.session() as session:
        chats.follow(session, str(OPERATORS), "-1007001")
        chats.follow(session, "-1007001", "-1007002")  # and once more
    bot.running.invoke("WatchFunction", alarm("Third"))
    bot.drain()
    assert len(bot.sent(-1007001)) == 2


def test_a_public_channel_that_refuses_is_told_until_it_takes_a_message(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_PUBLIC_CHAT", str(PUBLIC))
    forget_clients()
    bot.become(PUBLIC, "kicked")
    told(bot, "a")
    bot.fire("WatchFunction")
    assert sent(bot) == [
        "nunchi the public chat can't be written to: 403 Forbidden: bot was kicked from the supergroup chat"
    ]
    bot.become(PUBLIC, "open")
    bot.pass_by(hours=7)
    told(bot, "b", code="990020")
    assert bot.fire("WatchFunction") == {"told": 0}
    assert len(bot.sent(PUBLIC)) == 1


def test_without_a_chat_alarms_are_only_counted(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELEGRAM_OPERATORS_CHAT")
    forget_clients()
    assert bot.running.invoke("WatchFunction", alarm()) == {"told": 1}
    assert rows(OutboxRow) == []
