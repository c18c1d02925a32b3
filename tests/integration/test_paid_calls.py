"""Calls of models that cost: remembered, held back, limited, and stopped by a budget."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from infra.local import platform
from infra.local.platform import ROOT, Platform
from infra.sandbox import model_faults
from infra.sandbox.market import Market
from nunchi import clock, database, observability, outbox
from nunchi.adapters import redis
from nunchi.calls import breaker, rules
from nunchi.calls import service as calls
from nunchi.errors import UpstreamError
from nunchi.events import ForecastDue
from nunchi.models import Answer, Arm, ModelCall, OutboxRow
from nunchi.predict import service
from nunchi.queues import Postponed
from tests.conftest import forget_clients
from tests.contract.deployed import of_type
from tests.factories import NOON
from tests.integration.articles_worked import found
from tests.integration.models_asked import (
    ARMS,
    CASE,
    MARKET,
    Misbehave,
    due,
    forecasts,
    recorded,
    store_case,
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
    forget_clients()
    platform.switch_arms()
    store_case()
    with outbox.transaction() as session:
        for arm in ("gpt-4o", "deepseek-v3.2"):
            outbox.add(session, due(arm), correlation_id="c", now=NOON)
        for arm in ("prior", "neighbours"):
            free = ForecastDue(case_id=CASE, arm=arm, provider="baseline")
            outbox.add(session, free, correlation_id="c", now=NOON)
    return started


def ask(arm: str = "gpt-4o", now: datetime = NOON, lasting: timedelta = timedelta()) -> Answer:
    """Works one message; `lasting` is how long the clock says that everything took."""
    moments = iter([now])
    write = service.work(due(arm), now=now, clock=lambda: next(moments, now + lasting))
    with database.session() as session:
        write(session)
    return recorded(arm)


def made(address: str, path: str = "/openai") -> int:
    """Requests that a provider's stand-in has had."""
    return int(requests.get(f"{address}/_control/calls", timeout=10).json().get(path, 0))


def set_budget(won: int) -> None:
    with database.session() as session:
        session.execute(update(Arm).values(daily_budget_krw=won))


def lose_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    forget_clients()


# --- what a call costs


def test_each_call_is_stored_with_its_tokens_and_its_cost(asked: Misbehave) -> None:
    for arm in ARMS:
        ask(arm)
    gpt, deepseek = sorted(found(ModelCall), key=lambda row: row.provider)
    assert {gpt.outcome, deepseek.outcome} == {"ok"}
    assert (gpt.subject_id, gpt.purpose, gpt.arm, gpt.model) == (CASE, "forecast", "gpt-4o", "gpt-4o")
    answer = recorded("gpt-4o")
    assert (gpt.input_tokens, gpt.output_tokens) == (answer.input_tokens, answer.output_tokens)
    assert gpt.usd == pytest.approx((gpt.input_tokens * 2.5 + gpt.output_tokens * 10) / 1e6)
    assert gpt.krw == pytest.approx(gpt.usd * 1500)
    # what OpenRouter says that it cost, in its own prices
    told = deepseek.input_tokens * 2.7e-7 + deepseek.output_tokens * 4.1e-7
    assert deepseek.usd == pytest.approx(told, abs=1e-8)


def test_the_most_that_is_reserved_is_more_than_a_call_costs(
    asked: Misbehave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_settle", lambda *_: None)
    ask()
    (reserved,) = found(ModelCall)
    answer = recorded()
    price = rules.Price(2.5, 1.25, 10)
    assert reserved.outcome == "reserved"
    assert reserved.usd > rules.cost_usd(price, rules.Usage(answer.input_tokens, 0, answer.output_tokens))


@pytest.mark.parametrize(
    ("preset", "outcome"), [("refusal", "refused"), ("length", "cut"), ("insufficient_quota", None)]
)
def test_a_call_that_brought_no_forecast_is_stored_too(
    asked: Misbehave, preset: str, outcome: str | None
) -> None:
    asked("gpt-4o", {"preset": preset})
    answer = ask()
    (row,) = found(ModelCall)
    assert row.outcome == (outcome or answer.outcome)
    assert row.outcome != "ok"
    assert (row.usd > 0) is (outcome is not None)


WITHOUT_USAGE = {"status": 200, "headers": {"content-type": "application/json"}}


def unmetered(**changed: Any) -> dict[str, Any]:
    """A good answer that does not say how many tokens it took."""
    body = model_faults.completion({"content": json.dumps(model_faults.answer())}, **changed)
    del body["usage"]
    return {**WITHOUT_USAGE, "body": json.dumps(body)}


@pytest.mark.parametrize("changed", [{}, {"finish_reason": "content_filter"}])
def test_a_call_that_does_not_say_what_it_took_counts_as_the_most_that_it_can(
    asked: Misbehave, changed: dict[str, Any]
) -> None:
    asked("gpt-4o", unmetered(**changed))
    answer = ask()
    (row,) = found(ModelCall)
    assert row.outcome == answer.outcome == ("moderation" if changed else "ok")
    assert row.usd > 0.02  # the longest answer alone
    assert row.krw == pytest.approx(row.usd * 1500)


def test_a_failure_that_says_what_it_took_is_paid_as_that(asked: Misbehave) -> None:
    asked("gpt-4o", {"preset": "content_filter"})
    assert ask().outcome == "moderation"
    (row,) = found(ModelCall)
    assert (row.outcome, row.input_tokens, row.cached_tokens, row.output_tokens) == (
        "moderation",
        400,
        128,
        16,
    )
    assert row.usd == pytest.approx((272 * 2.5 + 128 * 1.25 + 16 * 10) / 1e6)


# --- budget


def test_when_the_budget_is_spent_the_reason_is_recorded_and_the_baselines_go_on(
    running: Platform, address: str
) -> None:
    set_budget(1)
    before = made(address), made(address, "/openrouter")
    drain(running, NOON)
    for arm in ARMS:
        assert recorded(arm).outcome == "budget"
        assert arm in recorded(arm).reason
        assert forecasts(arm) == []
    assert (made(address), made(address, "/openrouter")) == before
    assert recorded("prior").outcome == recorded("neighbours").outcome == "ok"
    assert found(ModelCall) == []
    assert still_open() == []


def test_a_spent_budget_is_counted_of_its_arm_and_of_all(
    asked: Misbehave, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_budget(1)
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    forget_clients()
    ask()
    observability.end()
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "BudgetSpent" in line]
    watched = of_type("AWS::CloudWatch::Alarm")["BudgetAlarm"]["Dimensions"]
    dimensions = [set(one["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) for one in told]
    assert {one["Name"] for one in watched} in dimensions
    assert {"arm", "service"} in dimensions


# --- what was paid for is remembered


def test_an_answer_that_was_paid_for_is_not_paid_for_again(asked: Misbehave, address: str) -> None:
    before = made(address)
    service.work(due(), now=NOON, clock=lambda: NOON)  # its write never runs
    assert ask().outcome == "ok"
    assert made(address) - before == 1
    assert [row.attempt for row in found(ModelCall)] == [1]
    assert len(forecasts()) == 3


def test_arms_prompts_and_evidence_have_answers_of_their_own(asked: Misbehave) -> None:
    ask()
    with database.session() as session:
        session.execute(update(Arm).where(Arm.name == "gpt-4o").values(model="gpt-4o-mini"))
    service.work(due(), now=NOON, clock=lambda: NOON)
    assert [row.model for row in sorted(found(ModelCall), key=lambda row: row.attempt)] == [
        "gpt-4o",
        "gpt-4o-mini",
    ]


def test_losing_redis_only_costs_money(
    asked: Misbehave, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_redis(monkeypatch)
    before = made(address)
    service.work(due(), now=NOON, clock=lambda: NOON)
    assert ask().outcome == "ok"
    assert made(address) - before == 2
    assert len(forecasts()) == 3
    assert len(found(ModelCall)) == 2


def killed(body: str) -> None:
    worker = subprocess.run(
        [sys.executable, "-m", "tests.integration.paid_worker", body], cwd=ROOT, timeout=120
    )
    assert worker.returncode == -signal.SIGKILL


@pytest.mark.parametrize("lost", [False, True])
def test_a_worker_killed_before_its_commit_costs_one_call_at_most_and_no_second_forecast(
    running: Platform, address: str, lost: bool
) -> None:
    before = made(address)
    with database.session() as session:
        rows = list(session.scalars(select(OutboxRow)))
    body = next(outbox._envelope(row).model_dump_json() for row in rows if row.payload["arm"] == "gpt-4o")
    killed(body)
    killed(body)
    assert found(Answer) == []
    if lost:
        redis.get_client().flushall()
    drain(running, NOON)
    assert made(address) - before == (2 if lost else 1)
    assert recorded().outcome == "ok"
    assert [one.horizon_sessions for one in forecasts()] == [1, 3, 5]
    assert {row.outcome for row in found(ModelCall)} == {"ok"}
    assert os.environ["REDIS_URL"]


# --- a provider that is down


def drain(running: Platform, now: datetime) -> None:
    with clock.driven_by(lambda: now):
        outbox.relay(now=now)
        running.pump.drain(now)


def still_open() -> list[Any]:
    return [row.payload["arm"] for row in found(OutboxRow) if row.closed_at is None]


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
