"""Calls of models that cost: stored, stopped by a budget, and remembered."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from infra.local.platform import ROOT, Platform
from infra.sandbox import model_faults
from infra.sandbox.market import Market
from nunchi import database, observability, outbox
from nunchi.adapters import redis
from nunchi.calls import rules
from nunchi.calls import service as calls
from nunchi.errors import UpstreamError
from nunchi.models import Answer, Arm, ModelCall, OutboxRow, Story, StoryFounder
from nunchi.predict import service
from tests.conftest import forget_clients
from tests.contract.deployed import of_type
from tests.factories import NOON, article
from tests.integration.api_rows import store
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
    ARMS,
    CASE,
    MARKET,
    Misbehave,
    due,
    forecasts,
    recorded,
)


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def running(misbehave: Misbehave, started: Platform) -> Platform:
    """The platform, and a case that every arm is due to answer."""
    open_case_for_all()
    return started


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


def test_an_answer_is_dated_to_the_end_of_its_call(
    asked: Misbehave, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    forget_clients()
    ends, told = NOON + timedelta(minutes=1), article(published_at=NOON - timedelta(minutes=4))
    store(told, StoryFounder(story_id=found(Story)[0].id, article_id=told.id, companies=[]))
    answer = ask(lasting=ends - NOON)
    assert {answer.created_at, *(one.created_at for one in forecasts())} == {ends}
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "ForecastLag" in one]
    assert json.loads(line)["ForecastLag"] == [300]


def test_a_failure_is_dated_to_the_end_of_its_call(asked: Misbehave) -> None:
    asked("gpt-4o", {"preset": "server_error"})
    with pytest.raises(UpstreamError):
        ask(lasting=timedelta(minutes=1))
    assert recorded("gpt-4o").created_at == NOON + timedelta(minutes=1)


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
