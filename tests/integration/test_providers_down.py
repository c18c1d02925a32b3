"""Providers that are down, slow or full, and answers that come too late."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
import requests

from infra.local.platform import Platform
from infra.sandbox.market import Market
from nunchi.adapters import redis
from nunchi.calls import breaker, rules
from nunchi.calls import service as calls
from nunchi.errors import UpstreamError
from nunchi.models import ModelCall, OutboxRow
from nunchi.queues import Postponed
from tests.conftest import forget_clients
from tests.factories import NOON
from tests.integration.articles_worked import found
from tests.integration.calls_made import (
    ask,
    drain,
    lose_redis,
    made,
    open_case_for_all,
    set_budget,
    still_open,
)
from tests.integration.models_asked import (
    MARKET,
    Misbehave,
    recorded,
)

MINUTE = timedelta(minutes=1)
CLOSE = NOON + timedelta(hours=3, minutes=30)  # of the session: the entry that follows NOON
DOWN = {"status": 503, "times": 1000}


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def running(misbehave: Misbehave, started: Platform) -> Platform:
    """The platform, and a case that every arm is due to answer."""
    open_case_for_all()
    return started


def dead(running: Platform, queue: str) -> int:
    url = running.pump._urls[queue]
    client = running.pump._client
    answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(answer["ApproximateNumberOfMessages"]) + int(answer["ApproximateNumberOfMessagesNotVisible"])


def test_messages_outlive_a_provider_that_is_down_for_two_hours(
    running: Platform, misbehave: Misbehave, address: str
) -> None:
    misbehave("gpt-4o", DOWN)
    before = made(address)
    for minute in range(120):
        drain(running, NOON + minute * MINUTE)
    assert recorded().outcome in {"upstream", "server", "circuit_open"}
    assert still_open() == ["gpt-4o"]
    assert recorded("deepseek-v3.2").outcome == recorded("prior").outcome == "ok"
    assert made(address) - before <= 30  # probes, and no call a minute
    requests.delete(f"{address}/_control/faults", timeout=10).raise_for_status()
    back = NOON + timedelta(hours=2)
    for minute in range(10):
        drain(running, back + minute * MINUTE)
    assert recorded().outcome == "ok"
    assert recorded().created_at <= back + 10 * MINUTE
    assert still_open() == []
    assert dead(running, "PredictOpenAIDeadLetterQueue") == 0
    assert all(row.given_up_at is None for row in found(OutboxRow))


def test_an_open_breaker_is_seen_by_all_and_lets_nothing_through(asked: Misbehave, address: str) -> None:
    for _ in range(rules.FAILURES):
        breaker.failed("openai", rules.CLOSED, NOON, None)
    before = made(address)
    forget_clients()  # as another function
    with pytest.raises(Postponed) as postponed:
        ask()
    assert postponed.value.until == NOON + rules.FIRST_PAUSE
    assert recorded().outcome == "circuit_open"
    assert made(address) == before
    assert found(ModelCall) == []
    assert ask("deepseek-v3.2").outcome == "ok"  # the other provider is another matter
    assert ask(now=NOON + rules.FIRST_PAUSE).outcome == "ok"
    assert breaker.wait_s("openai", NOON) is None  # closed again


def test_one_probe_goes_through_at_a_time(asked: Misbehave) -> None:
    for _ in range(rules.FAILURES):
        breaker.failed("openai", rules.CLOSED, NOON, None)
    later = NOON + rules.FIRST_PAUSE
    state = breaker.admit("openai", later)
    with pytest.raises(UpstreamError, match="left alone") as held:
        breaker.admit("openai", later)
    assert (held.value.kind, held.value.passing) == ("circuit_open", True)
    breaker.succeeded("openai", state)
    assert breaker.admit("openai", later) == rules.CLOSED


def trip(now: datetime = NOON) -> None:
    for _ in range(rules.FAILURES):
        breaker.failed("openai", rules.CLOSED, now, None)


def test_a_pause_begins_when_the_call_has_failed(asked: Misbehave) -> None:
    asked("gpt-4o", {"status": 503, "times": 3})
    for _ in range(rules.FAILURES - 1):
        with pytest.raises(UpstreamError):
            ask(lasting=MINUTE)
    with pytest.raises(Postponed) as postponed:
        ask(lasting=MINUTE)
    assert postponed.value.until == NOON + MINUTE + rules.FIRST_PAUSE


def refused(asked: Misbehave, monkeypatch: pytest.MonkeyPatch) -> str:
    asked("gpt-4o", {"preset": "content_filter"})
    return "moderation"


def busy(asked: Misbehave, monkeypatch: pytest.MonkeyPatch) -> str:
    redis.enter("places:openai", "another", places=1, lease_s=60)
    monkeypatch.setattr(calls, "PLACES", 1)
    return "busy"


def spent(asked: Misbehave, monkeypatch: pytest.MonkeyPatch) -> str:
    set_budget(1)
    return "budget"


@pytest.mark.parametrize("hinder", [refused, busy, spent])
def test_a_probe_that_tells_nothing_leaves_the_provider_to_the_next(
    asked: Misbehave, monkeypatch: pytest.MonkeyPatch, hinder: Callable[[Misbehave, pytest.MonkeyPatch], str]
) -> None:
    trip()
    later = NOON + rules.FIRST_PAUSE
    with monkeypatch.context() as patch:
        outcome = hinder(asked, patch)
        with suppress(Postponed):
            ask(now=later)
        assert recorded().outcome == outcome
    set_budget(10**6)
    assert ask(now=later + timedelta(seconds=1)).outcome == "ok"


def test_without_redis_the_breaker_is_closed(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_redis(monkeypatch)
    for _ in range(10):
        breaker.failed("openai", rules.CLOSED, NOON, 60)
    assert breaker.admit("openai", NOON) == rules.CLOSED


@pytest.mark.parametrize("stored", ["", "{}", "null", "[1]", '{"failures": "x"}', "\x00"])
def test_a_state_that_can_not_be_read_is_closed(environment: dict[str, str], stored: str) -> None:
    redis.remember("breaker:openai", stored, ttl_s=60)
    assert breaker.admit("openai", NOON) == rules.CLOSED
    breaker.failed("openai", rules.CLOSED, NOON, 60)
    assert breaker.wait_s("openai", NOON) == 60


def test_a_rate_limit_holds_back_everyone_for_as_long_as_was_asked(asked: Misbehave, address: str) -> None:
    asked("gpt-4o", {"preset": "rate_limit"})  # asks for a second
    with pytest.raises(Postponed) as first:
        ask()
    assert first.value.until == NOON + timedelta(seconds=1)
    before = made(address)
    with pytest.raises(Postponed):
        ask(now=NOON + timedelta(milliseconds=500))
    assert made(address) == before
    assert ask(now=NOON + timedelta(seconds=1)).outcome == "ok"


def test_no_more_calls_than_there_are_places(asked: Misbehave, address: str) -> None:
    for ticket in range(calls.PLACES):
        redis.enter("places:openai", str(ticket), places=calls.PLACES, lease_s=60)
    before = made(address)
    with pytest.raises(Postponed):
        ask()
    assert recorded().outcome == "busy"
    assert made(address) == before
    assert ask("deepseek-v3.2").outcome == "ok"
    redis.leave("places:openai", "0")
    assert ask().outcome == "ok"
    assert ask().outcome == "ok"


# --- too late


def test_an_answer_is_given_up_once_the_entry_that_follows_is_past(asked: Misbehave, address: str) -> None:
    before = made(address)
    answer = ask(now=CLOSE)
    assert answer.outcome == "too_late"
    assert made(address) == before
    assert ask("deepseek-v3.2", now=CLOSE - timedelta(seconds=1)).outcome == "ok"


def test_a_late_message_leaves_an_answer_that_came_in_time(asked: Misbehave) -> None:
    ask()
    assert ask(now=CLOSE + timedelta(days=3)).outcome == "ok"
    assert recorded().created_at == NOON
