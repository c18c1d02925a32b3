"""Sending to Telegram: what each of its errors leads to, and once only, under crashes and duplicates."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from infra.local.template import QueueSource
from nunchi import database, outbox
from nunchi.adapters import redis, telegram_turns
from nunchi.adapters.polite import Manners
from nunchi.adapters.telegram import TelegramError
from nunchi.events import DeliveryDue
from nunchi.models import Chat, Delivery, OutboxRow
from nunchi.notify import delivery
from nunchi.notify.delivery import Courier
from nunchi.notify.repository import chats
from nunchi.notify.rules import LEASE
from nunchi.queues import Postponed
from tests.conftest import forget_clients
from tests.integration.alerts_played import Bot, forecast, opened, rows, states, told
from tests.integration.sandbox_client import World


def decided(bot: Bot) -> UUID:
    """A delivery that is due, and not sent yet."""
    forecast(opened())
    bot.seal()
    bot.running.pump.poll(source(bot, "NotifyQueue"))
    (found,) = rows(Delivery)
    return UUID(str(found.id))


def source(bot: Bot, queue: str) -> QueueSource:
    return next(one for one in bot.running.template.queue_sources if one.queue == queue)


def chat() -> Chat:
    (found,) = rows(Chat)
    assert isinstance(found, Chat)
    return found


def work(bot: Bot, delivery_id: UUID, courier: Courier) -> None:
    """Works a delivery, and writes its outcome as the consumer does."""
    write = delivery.work(
        DeliveryDue(delivery_id=delivery_id), now=bot.now, clock=lambda: bot.now, courier=courier
    )
    with outbox.transaction() as session:
        write(session)


def courier(*answers: int | Exception) -> tuple[Courier, list[str]]:
    """A courier that notes what it sends, and answers so."""
    sent, left = list[str](), list(answers)

    def send(chat: str, _html: str) -> int:
        sent.append(chat)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Courier(ready=lambda: None, send=send, turn=lambda _chat: nullcontext()), sent


@pytest.mark.parametrize("state", ["blocked", "deactivated", "kicked", "left", "not_found", "no_rights"])
def test_a_chat_that_can_not_be_written_to_is_left_alone_from_then_on(bot: Bot, state: str) -> None:
    number = bot.subscriber("minji", cooldown_s=0)
    bot.become(number, state)
    told(bot, "a")
    assert states() == ["gone"]
    assert not chat().active
    assert chat().inactive_for
    bot.become(number, "open")
    bot.pass_by(minutes=2)
    told(bot, "b")
    assert bot.sent(number) == []


def test_what_was_due_when_a_chat_was_given_up_is_not_sent(bot: Bot) -> None:
    number = bot.subscriber("minji")
    delivery_id = decided(bot)
    with database.session() as session:
        chats.deactivate(session, chat().id, "stopped")
    bot.drain()
    assert (states(), bot.sent(number)) == (["gone"], [])
    assert rows(Delivery)[0].id == delivery_id


def test_a_chat_that_is_gone_does_not_switch_off_the_one_that_was_linked_meanwhile(bot: Bot) -> None:
    bot.subscriber("minji", chat=5)
    delivery_id = decided(bot)

    def send(_chat: str, _html: str) -> int:
        with database.session() as session:
            session.get_one(Chat, chat().id).telegram_id = "6"
        raise TelegramError("gone", "403 bot was blocked by the user")

    work(bot, delivery_id, replace(courier()[0], send=send))
    assert (states(), chat().telegram_id, chat().active) == (["gone"], "6", True)


def test_a_group_that_was_upgraded_is_followed_at_once(bot: Bot) -> None:
    number = bot.subscriber("minji", chat=-4242, cooldown_s=0)
    bot.become(number, "migrated", migrated_to=-1004242)
    told(bot, "a")
    assert (len(bot.sent(-1004242)), states()) == (1, ["sent"])
    assert chat().telegram_id == "-1004242"
    bot.pass_by(minutes=2)
    told(bot, "b")
    assert len(bot.sent(-1004242)) == 2


def test_a_group_that_goes_round_in_circles_is_not_followed_for_ever(bot: Bot) -> None:
    bot.subscriber("minji", chat=-1)
    bot.become(-1, "migrated", migrated_to=-2)
    bot.become(-2, "migrated", migrated_to=-1)
    told(bot)
    assert states() == ["rejected"]


def misbehave(bot: Bot, *faults: dict[str, object]) -> None:
    World(bot.url).misbehave(*({"path": "/telegram"} | fault for fault in faults))


FLOOD = (
    '{"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 90",'
    ' "parameters": {"retry_after": 90}}'
)


def test_a_flood_is_waited_out_by_all_and_then_the_message_is_sent(bot: Bot) -> None:
    number = bot.subscriber("minji")
    misbehave(bot, {"kind": "status", "status": 429, "body": FLOOD})
    told(bot)
    assert (states(), bot.sent(number)) == (["due"], [])
    bot.pass_by(seconds=80)
    bot.relay()
    assert bot.sent(number) == []
    redis.get_client().delete("telegram:pause")  # Redis' own clock has not moved
    bot.pass_by(seconds=80)
    bot.relay()
    assert (states(), len(bot.sent(number))) == (["sent"], 1)


def test_nobody_sends_during_a_flood(bot: Bot) -> None:
    number = bot.subscriber("minji")
    telegram_turns.pause(30)
    told(bot)
    assert (states(), bot.sent(number)) == (["due"], [])
    (due,) = [row for row in rows(OutboxRow) if row.name == "DeliveryDue"]
    assert due.closed_at is None
    assert due.deadline_at >= bot.now + timedelta(seconds=30)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_of_telegrams_is_no_message_and_is_tried_again_within_two_minutes(
    bot: Bot, status: int
) -> None:
    number = bot.subscriber("minji")
    misbehave(bot, {"kind": "status", "status": status, "body": "oops"})
    told(bot)
    assert (states(), bot.sent(number)) == (["due"], [])
    bot.pass_by(minutes=2)
    bot.relay()
    assert (states(), len(bot.sent(number))) == (["sent"], 1)


@pytest.mark.parametrize(("minutes", "outcome", "messages"), [(160, "sent", 1), (190, "expired", 0)])
def test_an_outage_of_telegrams_is_outlived_until_the_message_is_too_old(
    bot: Bot, minutes: int, outcome: str, messages: int
) -> None:
    number = bot.subscriber("minji")
    tries = minutes // 10
    misbehave(bot, *[{"kind": "status", "status": 502, "body": "oops"}] * tries)
    told(bot)
    for _ in range(tries):
        bot.pass_by(minutes=10)
        bot.relay()
    assert (states(), len(bot.sent(number))) == ([outcome], messages)
    assert [row.given_up_at for row in rows(OutboxRow)] == [None] * len(rows(OutboxRow))


@pytest.mark.usefixtures("environment")
def test_a_pause_that_is_longer_stays() -> None:
    telegram_turns.pause(34)
    telegram_turns.pause(1)
    assert redis.left_of("telegram:pause") > 30


@pytest.mark.usefixtures("environment")
def test_a_short_pause_is_sat_out_and_a_longer_one_sends_the_message_back() -> None:
    slept = list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        redis.get_client().flushall()

    manners = Manners(sleep=sleep)
    telegram_turns.pause(3)
    with telegram_turns.turn("1", manners=manners):
        assert 2 < slept[0] <= 3
    telegram_turns.pause(telegram_turns.PATIENCE_S + 2)
    with pytest.raises(telegram_turns.MustWait), telegram_turns.turn("1", manners=manners):
        pytest.fail("a turn was given in a pause")


def test_a_pause_that_begins_while_a_turn_is_waited_for_is_kept(bot: Bot) -> None:
    with pytest.raises(telegram_turns.MustWait), telegram_turns.turn("1", manners=Manners(sleep=_pausing)):
        pytest.fail("a turn was given in a pause")


def _pausing(_seconds: float) -> None:
    telegram_turns.pause(30)


@pytest.mark.parametrize("kind", ["cut", "garbage"])
def test_an_answer_that_can_not_be_read_leaves_it_uncertain_and_nothing_is_sent_again(
    bot: Bot, kind: str
) -> None:
    number = bot.subscriber("minji")
    misbehave(bot, {"kind": kind})
    told(bot)
    bot.pass_by(hours=1)
    bot.drain()
    assert (states(), len(bot.sent(number))) == (["uncertain"], 1)


def test_a_cut_connection_leaves_it_uncertain(bot: Bot) -> None:
    bot.subscriber("minji")
    misbehave(bot, {"kind": "reset"})
    told(bot)
    assert states() == ["uncertain"]


def configured(token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if token is None:
        monkeypatch.delenv("TELEGRAM_BOT_TOKEN")
    else:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", token)
    forget_clients()


def pass_a_pause(bot: Bot) -> None:
    bot.pass_by(minutes=2)
    redis.get_client().delete("telegram:pause")  # Redis' own clock has not moved
    bot.relay()


@pytest.mark.parametrize("wrong", ["wrong", None])
def test_with_a_wrong_token_messages_wait_until_it_is_mended(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, wrong: str | None
) -> None:
    number = bot.subscriber("minji")
    configured(wrong, monkeypatch)
    told(bot)
    for _ in range(10):  # more often than a queue tries a message that fails
        pass_a_pause(bot)
    assert (states(), bot.running.pump.failed["DeliverQueue"]) == (["due"], 0)
    configured("1:" + "0" * 35, monkeypatch)
    pass_a_pause(bot)
    assert (states(), len(bot.sent(number))) == (["sent"], 1)


def test_a_wrong_token_is_tried_once_a_minute_by_all(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("minji", "jihun", "sora"):
        bot.subscriber(name)
    configured("wrong", monkeypatch)
    told(bot)
    assert sorted(one.attempts for one in rows(Delivery)) == [0, 0, 1]


def test_without_a_token_nothing_is_claimed(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.subscriber("minji")
    configured(None, monkeypatch)
    told(bot)
    (found,) = rows(Delivery)
    assert (found.state, found.attempts) == ("due", 0)


def test_what_telegram_can_not_read_is_our_bug_and_not_tried_again(bot: Bot) -> None:
    bot.subscriber("minji")
    delivery_id = decided(bot)
    sender, sent = courier(TelegramError("ours", "400 can't parse entities"))
    work(bot, delivery_id, sender)
    work(bot, delivery_id, sender)
    assert (states(), len(sent)) == (["rejected"], 1)


def test_a_message_that_is_too_old_is_not_sent(bot: Bot) -> None:
    bot.subscriber("minji")
    delivery_id = decided(bot)
    bot.pass_by(hours=3)
    sender, sent = courier(1)
    work(bot, delivery_id, sender)
    assert (states(), sent) == (["expired"], [])


class Killed(BaseException):
    """The process ended here."""


def test_who_dies_after_the_call_leaves_it_uncertain_and_nobody_sends_again(bot: Bot) -> None:
    bot.subscriber("minji")
    delivery_id = decided(bot)
    sender, sent = courier(1)
    # sent, and killed before the outcome is written
    delivery.work(DeliveryDue(delivery_id=delivery_id), now=bot.now, clock=lambda: bot.now, courier=sender)
    assert states() == ["sending"]
    with pytest.raises(Postponed):
        delivery.work(
            DeliveryDue(delivery_id=delivery_id), now=bot.now, clock=lambda: bot.now, courier=sender
        )
    bot.pass_by(seconds=LEASE.total_seconds())
    work(bot, delivery_id, sender)
    assert (states(), len(sent)) == (["uncertain"], 1)


def test_who_dies_before_the_claim_leaves_it_due(bot: Bot) -> None:
    bot.subscriber("minji")
    delivery_id = decided(bot)

    @contextmanager
    def dying(_chat: str) -> Iterator[None]:
        raise Killed
        yield

    sender, sent = courier(1)
    with pytest.raises(Killed):
        work(bot, delivery_id, Courier(ready=lambda: None, send=sender.send, turn=dying))
    work(bot, delivery_id, sender)
    assert (states(), len(sent)) == (["sent"], 1)


def test_of_two_at_once_one_sends(bot: Bot) -> None:
    """The other comes between the first one's look and its claim."""
    bot.subscriber("minji")
    delivery_id = decided(bot)
    second, sent = courier(1, 2)

    @contextmanager
    def overtaken(_chat: str) -> Iterator[None]:
        work(bot, delivery_id, second)
        yield

    first = Courier(ready=lambda: None, send=second.send, turn=overtaken)
    with pytest.raises(Postponed):
        work(bot, delivery_id, first)
    assert (states(), len(sent)) == (["sent"], 1)


def test_its_times_are_those_of_the_call_and_not_of_the_wait_before_it(bot: Bot) -> None:
    """The lease begins with the claim: who waits long for a turn is not taken for dead in the call."""
    bot.subscriber("minji")
    delivery_id, began = decided(bot), bot.now

    @contextmanager
    def waited_for(_chat: str) -> Iterator[None]:
        bot.pass_by(seconds=50)
        yield

    def send(_chat: str, _html: str) -> int:
        bot.pass_by(seconds=15)
        return 1

    work(bot, delivery_id, Courier(ready=lambda: None, send=send, turn=waited_for))
    (found,) = rows(Delivery)
    assert found.sending_at == began + timedelta(seconds=50)
    assert found.finished_at == began + timedelta(seconds=65)


def test_a_delivery_whose_user_was_deleted_is_nothing(bot: Bot) -> None:
    sender, sent = courier(1)
    work(bot, UUID(int=7), sender)
    assert sent == []


def limited(monkeypatch: pytest.MonkeyPatch, bot_rate: float, chat_rate: float) -> list[float]:
    """Turns at these rates; gives the list of how long was slept, which nobody does."""
    monkeypatch.setenv("TELEGRAM_RATE_PER_S", str(bot_rate))
    monkeypatch.setenv("TELEGRAM_CHAT_RATE_PER_S", str(chat_rate))
    forget_clients()
    redis.get_client().flushall()
    return []


def test_a_chat_has_a_turn_a_second_and_waits_no_longer_than_its_patience(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = limited(monkeypatch, 1000, 1)
    manners = Manners(sleep=slept.append)
    taken = 0
    with pytest.raises(telegram_turns.MustWait) as raised:
        for _ in range(10):
            with telegram_turns.turn("42", manners=manners):
                taken += 1
    # 0, 1.2, 2.4, 3.6 and 4.8 seconds, less what passes meanwhile
    assert taken == 5
    assert raised.value.wait_s > telegram_turns.PATIENCE_S
    with telegram_turns.turn("43", manners=manners):
        taken += 1
    assert taken == 6


def test_a_turn_that_is_too_far_away_is_not_taken(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, 1000, 1)
    first = redis.reserve("k", rate_per_s=0.1, within_s=1)
    told = [redis.reserve("k", rate_per_s=0.1, within_s=1) for _ in range(3)]
    assert first == 0
    assert all(9 < wait_s <= 10 for wait_s in told)


def test_a_group_has_twenty_a_minute(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    slept = limited(monkeypatch, 1000, 1)
    manners = Manners(sleep=slept.append)
    with telegram_turns.turn("-1001", manners=manners), telegram_turns.turn("-1001", manners=manners):
        pass
    assert max(slept) > 3


def test_the_sandboxs_own_limits_are_kept_without_a_refusal(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty chats at fifty a second, and the sandbox refuses the fifty-first within any second."""
    monkeypatch.setenv("TELEGRAM_RATE_PER_S", "50")
    forget_clients()
    bot.control("PUT", "/limits", {"per_second": 50, "per_chat_second": 1})
    for number in range(60):
        bot.subscriber(f"person{number}")
    told(bot)
    seen = bot.control("GET")
    assert len(seen["sent"]) == 60
    assert seen["refused"] == {}
    assert seen["most_in_a_second"] <= 50
