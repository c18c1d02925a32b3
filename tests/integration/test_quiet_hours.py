"""Quiet hours: what waits for their end, what breaks them, and what begins while a message is on its way."""

from datetime import time, timedelta

from nunchi import database
from nunchi.models import Alert
from nunchi.notify.repository import chats
from tests.integration.alerts_played import Bot, alerts, forecast, opened, quiet, rows, states, told
from tests.integration.sandbox_client import World

AWAY = {"path": "/telegram", "kind": "status", "status": 502, "body": "oops"}


def test_what_comes_in_quiet_hours_is_told_after_them_in_one_digest(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    quiet(time(12), time(13))
    told(bot, "a")
    told(bot, "b", code="990020")
    bot.fire("DigestFunction")
    bot.drain()
    assert bot.sent(chat) == []
    bot.pass_by(hours=1)
    assert bot.fire("DigestFunction") == {"digests": 1}
    bot.drain()
    (text,) = bot.sent(chat)
    assert "조용한 시간에 온 소식 2건" in text
    assert "표본 990020(990020)" in text
    assert bot.fire("DigestFunction") == {"digests": 0}
    assert [state for state, _ in alerts()] == ["digested", "digested"]


def test_what_is_important_enough_is_told_in_quiet_hours(bot: Bot) -> None:
    chat = bot.subscriber("minji", breaks_quiet_from_impact="high")
    quiet(time(12), time(13))
    case_id = opened()
    forecast(case_id, impact="high")
    bot.seal()
    bot.drain()
    assert len(bot.sent(chat)) == 1


def test_who_stops_in_quiet_hours_gets_no_digest(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    quiet(time(12), time(13))
    told(bot)
    with database.session() as session:
        found = chats.chat_at(session, str(chat))
        assert found is not None
        found.active = False
    bot.pass_by(hours=1)
    assert bot.fire("DigestFunction") == {"digests": 0}


def test_a_model_that_answers_after_the_baselines_breaks_quiet_hours(bot: Bot) -> None:
    chat = bot.subscriber("minji", breaks_quiet_from_impact="high")
    quiet(time(12), time(13))
    case_id = opened()
    forecast(case_id)
    bot.seal()
    bot.drain()
    assert alerts() == [("held", "quiet_hours")]
    bot.pass_by(minutes=1)
    forecast(case_id, "gpt-4o", at=bot.now - timedelta(minutes=1), impact="high")
    bot.pass_by(minutes=1)
    bot.seal()
    bot.drain()
    assert len(bot.sent(chat)) == 1
    assert alerts() == [("told", "")]
    bot.pass_by(hours=1)
    assert bot.fire("DigestFunction") == {"digests": 0}


def test_what_would_break_quiet_hours_in_a_cooldown_stays_for_the_digest(bot: Bot) -> None:
    chat = bot.subscriber("minji", breaks_quiet_from_impact="high", cooldown_s=3600)
    quiet(time(12), time(13))
    for mark in ("a", "b"):
        case_id = opened(mark, as_of=bot.now - timedelta(minutes=3))
        forecast(case_id, at=bot.now - timedelta(minutes=2))
        bot.seal()
        bot.drain()
        forecast(case_id, "gpt-4o", at=bot.now - timedelta(minutes=1), impact="high")
        bot.pass_by(minutes=1)
        bot.seal()
        bot.drain()
    assert len(bot.sent(chat)) == 1
    assert sorted(alerts()) == [("held", "quiet_hours"), ("told", "")]


def test_a_message_that_is_late_into_quiet_hours_waits_for_their_end(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    quiet(time(12, 30), time(13, 30))
    World(bot.url).misbehave(AWAY)
    told(bot)
    bot.pass_by(minutes=45)
    bot.relay()
    assert (bot.sent(chat), alerts()) == ([], [("held", "quiet_hours")])
    bot.pass_by(hours=1)
    assert bot.fire("DigestFunction") == {"digests": 1}
    bot.drain()
    assert len(bot.sent(chat)) == 1
    assert states() == ["sent"]


def test_what_was_late_into_quiet_hours_is_told_in_them_once_it_is_important_enough(bot: Bot) -> None:
    chat = bot.subscriber("minji", breaks_quiet_from_impact="high")
    quiet(time(12, 30), time(13, 30))
    World(bot.url).misbehave(AWAY)
    case_id = told(bot)
    bot.pass_by(minutes=45)
    bot.relay()
    assert (bot.sent(chat), alerts()) == ([], [("held", "quiet_hours")])
    forecast(case_id, "gpt-4o", at=bot.now - timedelta(minutes=1), impact="high")
    bot.pass_by(minutes=1)
    bot.seal()
    bot.drain()
    assert (len(bot.sent(chat)), alerts()) == (1, [("told", "")])


def test_a_digest_waits_for_quiet_hours_that_were_made_longer(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    quiet(time(12), time(13))
    told(bot)
    quiet(time(12), time(15))
    bot.pass_by(hours=1)
    assert bot.fire("DigestFunction") == {"digests": 0}
    assert [one.held_until.hour for one in rows(Alert)] == [6]  # three o'clock in Seoul
    bot.pass_by(hours=2)
    assert bot.fire("DigestFunction") == {"digests": 1}
    bot.drain()
    assert len(bot.sent(chat)) == 1
