"""Who is told of sealed forecasts: rules, cooldowns, days, and never twice of one story."""

from datetime import timedelta

import pytest

from nunchi import database, outbox
from nunchi.adapters import archive
from nunchi.events import ForecastSealed
from nunchi.ledger.service import seal
from nunchi.models import (
    AlertCooldown,
    AlertDay,
    Delivery,
    OutboxRow,
    Performance,
    Stock,
    WatchedStock,
    Watchlist,
)
from nunchi.notify import linking, service
from nunchi.notify.repository import chats, people
from nunchi.scoreboard.sequential import minimum_days
from nunchi.watch import service as watchlists
from tests.conftest import forget_clients
from tests.factories import NOON
from tests.integration.accounts_played import stored_user
from tests.integration.alerts_played import (
    CODE,
    Bot,
    alerts,
    forecast,
    opened,
    rows,
    states,
    told,
)


def test_a_sealed_forecast_is_told_to_a_subscriber(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    told(bot)
    (text,) = bot.sent(chat)
    assert "다온솔전자 (990010) · 장중" in text
    assert "3일 10/20/70" in text
    assert states() == ["sent"]
    assert alerts() == [("told", "")]


def test_nothing_is_told_before_it_is_sealed(bot: Bot) -> None:
    bot.subscriber("minji")
    forecast(opened())
    bot.drain()
    assert states() == []


def test_a_seal_makes_one_event_a_case_with_the_storys_correlation_id(bot: Bot) -> None:
    first, second = opened("a"), opened("b")
    for case_id in (first, second):
        forecast(case_id, "prior")
        forecast(case_id, "neighbours")
    bot.seal()
    events = [row for row in rows(OutboxRow, OutboxRow.id) if row.name == "ForecastSealed"]
    assert {row.payload["case_id"] for row in events} == {str(first), str(second)}
    assert len(events) == 2
    assert {row.correlation_id for row in events} == {"story-1"}


def test_an_arm_that_answers_later_tells_those_whom_the_first_one_did_not(bot: Bot) -> None:
    first, later = bot.subscriber("minji"), bot.subscriber("jisu", arms=["neighbours"])
    case_id = told(bot)
    assert (len(bot.sent(first)), len(bot.sent(later))) == (1, 0)
    forecast(case_id, "neighbours", at=bot.now)
    bot.pass_by(minutes=1)
    bot.seal()
    bot.drain()
    assert (len(bot.sent(first)), len(bot.sent(later))) == (1, 1)
    assert "neighbours" in bot.sent(later)[0]


def test_a_second_delivery_of_the_same_event_tells_nobody_again(bot: Bot) -> None:
    chat = bot.subscriber("minji", cooldown_s=0)
    case_id = told(bot)
    with outbox.transaction() as session:
        outbox.add(session, ForecastSealed(case_id=case_id, root="x"), correlation_id="again", now=bot.now)
    bot.drain()
    assert len(bot.sent(chat)) == 1


def test_the_watchlist_decides_where_the_rule_says_so(bot: Bot) -> None:
    chat = bot.subscriber("minji", stocks="watchlist")
    told(bot, "a")
    assert bot.sent(chat) == []
    with database.session() as session:
        person = chats.chat_at(session, str(chat))
        assert person is not None
        assert person.user_id is not None
        watchlists.watch_by_default(session, person.user_id, CODE, now=NOON)
    bot.pass_by(minutes=5)
    told(bot, "b")
    assert len(bot.sent(chat)) == 1


def test_a_stock_on_two_lists_is_told_once(bot: Bot) -> None:
    chat = bot.subscriber("minji", stocks="watchlist")
    opened("z")
    with database.session() as session:
        person = chats.chat_at(session, str(chat))
        assert person is not None
        for number in (1, 2):
            listed = Watchlist(
                id=chats.chat_id(number), user_id=person.user_id, name=str(number), created_at=NOON
            )
            session.add(listed)
            session.flush()
            session.add(WatchedStock(watchlist_id=listed.id, stock_code=CODE, added_at=NOON))
    told(bot)
    assert len(bot.sent(chat)) == 1


def test_a_stock_rests_for_its_cooldown_and_is_told_of_again_after_it(bot: Bot) -> None:
    chat = bot.subscriber("minji", cooldown_s=3600)
    told(bot, "a")
    bot.pass_by(minutes=59)
    told(bot, "b")
    assert len(bot.sent(chat)) == 1
    bot.pass_by(minutes=1)
    told(bot, "c")
    assert len(bot.sent(chat)) == 2
    assert alerts() == [("told", ""), ("skipped", "cooldown"), ("told", "")]


def test_another_stock_is_told_of_in_the_cooldown(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    told(bot, "a")
    told(bot, "b", code="990020")
    assert len(bot.sent(chat)) == 2


def test_no_more_are_told_a_day_than_a_user_wants_and_the_users_midnight_begins_anew(bot: Bot) -> None:
    chat = bot.subscriber("minji", cooldown_s=60)
    with database.session() as session:
        person = chats.chat_at(session, str(chat))
        assert person is not None
        assert person.user_id is not None
        people.change_preferences(session, person.user_id, {"daily_maximum": 2, "zone": "America/New_York"})
    for mark in "abc":
        told(bot, mark)
        bot.pass_by(minutes=2)
    assert [reason for _, reason in alerts()] == ["", "", "daily_maximum"]
    assert rows(AlertCooldown) == []  # what was not told begins none
    bot.pass_by(hours=2)  # 1:10 in New York
    told(bot, "d")
    assert len(bot.sent(chat)) == 3


def test_a_disclosure_is_told_whatever_was_forecast(bot: Bot) -> None:
    chat = bot.subscriber("minji", minimum_probability=0.99)
    told(bot, "a", source="dart")
    assert "공시" in bot.sent(chat)[0]


def test_a_headline_that_advises_is_left_out_of_the_message(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    told(bot, "a", title="다온솔전자 지금 사세요 <b>")
    assert "사세요" not in bot.sent(chat)[0]


def test_a_message_that_would_advise_is_not_sent_and_its_alert_says_why(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    case_id = opened()
    with database.session() as session:
        session.get_one(Stock, CODE).name = "지금 사세요"
    forecast(case_id)
    bot.seal()
    bot.drain()
    assert bot.sent(chat) == []
    assert alerts() == [("skipped", "AdviceRefused")]


def test_news_that_is_three_hours_old_is_told_to_nobody(bot: Bot) -> None:
    chat = bot.subscriber("minji")
    case_id = opened(as_of=NOON)
    forecast(case_id)
    bot.seal()
    bot.pass_by(hours=4)
    bot.drain()
    assert bot.sent(chat) == []


def test_languages_are_the_users(bot: Bot) -> None:
    korean, english = bot.subscriber("minji"), bot.subscriber("alex")
    with database.session() as session:
        person = chats.chat_at(session, str(english))
        assert person is not None
        assert person.user_id is not None
        people.change_preferences(session, person.user_id, {"language": "en"})
    told(bot)
    assert "장중" in bot.sent(korean)[0]
    assert "in session" in bot.sent(english)[0]


def test_the_public_channel_is_told_of_the_clearest_only(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_PUBLIC_CHAT", "-1005005005005")
    forget_clients()
    told(bot, "a")
    assert len(bot.sent(-1005005005005)) == 1
    case_id = opened("b", "990020")
    forecast(case_id, probabilities=(0.2, 0.2, 0.6))
    bot.seal()
    bot.drain()
    assert len(bot.sent(-1005005005005)) == 1


@pytest.mark.parametrize("state", ["kicked", "not_found", "no_rights"])
def test_the_public_channel_is_tried_again_however_often_it_refused(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setenv("TELEGRAM_PUBLIC_CHAT", "-1005005005005")
    forget_clients()
    bot.become(-1005005005005, state)
    told(bot, "a")
    assert states() == ["gone"]
    bot.become(-1005005005005, "open")
    told(bot, "b", code="990020")
    assert len(bot.sent(-1005005005005)) == 1


def test_two_stories_at_once_begin_one_cooldown(bot: Bot) -> None:
    """Both were decided before either was written: the rows decide."""
    chat = bot.subscriber("minji")
    events = []
    for mark in "ab":
        case_id = opened(mark)
        forecast(case_id)
        events.append(ForecastSealed(case_id=case_id, root="x"))
    seal(archive.put, lambda: bot.now)
    writes = [service.work(event, now=bot.now) for event in events]
    for write in writes:
        with outbox.transaction() as session:
            write(session)
    bot.drain()
    assert len(bot.sent(chat)) == 1
    assert sorted(alerts()) == [("skipped", "cooldown"), ("told", "")]


def test_the_same_case_decided_twice_at_once_is_told_once(bot: Bot) -> None:
    chat = bot.subscriber("minji", cooldown_s=0)
    case_id = opened()
    forecast(case_id)
    seal(archive.put, lambda: bot.now)
    event = ForecastSealed(case_id=case_id, root="x")
    for write in [service.work(event, now=bot.now) for _ in range(2)]:
        with outbox.transaction() as session:
            write(session)
    bot.drain()
    assert len(bot.sent(chat)) == 1


def test_a_user_has_at_most_twenty_rules(bot: Bot) -> None:
    user = stored_user("minji")
    with database.session() as session:
        for minute in range(linking.MOST_RULES):
            linking.add_rule(session, user.id, linking.RULE_DEFAULTS, now=NOON + timedelta(minutes=minute))
        with pytest.raises(linking.TooManyRules):
            linking.add_rule(session, user.id, linking.RULE_DEFAULTS, now=NOON)


def test_the_day_is_counted_once_where_two_decide_the_same(bot: Bot) -> None:
    bot.subscriber("minji", cooldown_s=0)
    case_id = opened()
    forecast(case_id)
    assert seal(archive.put, lambda: bot.now)["sealed"]
    message = ForecastSealed(case_id=case_id, root="r")
    writes = [service.work(message, now=bot.now) for _ in range(2)]  # both before either has written
    for write in writes:
        with outbox.transaction() as session:
            write(session)
    assert [one.told for one in rows(AlertDay)] == [1]
    assert len(rows(Delivery)) == 1


@pytest.mark.parametrize(("sessions", "is_told"), [(minimum_days(3) - 1, False), (minimum_days(3), True)])
def test_a_record_is_told_where_it_has_enough_sessions_and_not_only_forecasts(
    bot: Bot, sessions: int, is_told: bool
) -> None:
    """500 forecasts of a few days are no evidence: what the scoreboard calls not enough is not told either."""
    chat = bot.subscriber("minji")
    losses = dict.fromkeys(("mean_rps", "mean_brier", "mean_log_loss", "hit_rate", "skill"), 0.1)
    with database.session() as session:
        for horizon in (1, 3, 5):
            session.add(
                Performance(
                    arm="prior",
                    horizon_sessions=horizon,
                    day=NOON.date(),
                    cases=500,
                    answered=500,
                    entry_sessions=sessions,
                    reliability={"up": [[500, 0.7, 0.61]]},
                    **losses,
                )
            )
    told(bot)
    assert ("100번 중 61번" in bot.sent(chat)[0]) is is_told
