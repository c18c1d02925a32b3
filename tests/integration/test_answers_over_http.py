"""What each kind of answer of a language model is recorded as, and what the queue asks again."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from infra.local import platform
from infra.local.platform import Platform
from infra.sandbox import model_faults
from infra.sandbox.fault_presets import PRESETS
from infra.sandbox.market import Market
from nunchi import clock, database, outbox
from nunchi.adapters import redis
from nunchi.errors import UpstreamError
from nunchi.models import Answer, OutboxRow
from nunchi.predict import service
from nunchi.queues import Postponed
from tests.conftest import forget_clients
from tests.factories import NOON
from tests.integration.models_asked import (
    ARMS,
    FINAL,
    MARKET,
    SHOWN,
    Misbehave,
    due,
    forecasts,
    in_200,
    recorded,
    store_case,
)


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


def ask(arm: str = "gpt-4o", now: datetime = NOON) -> Answer:
    """Works one message as the queue does, nothing being remembered; gives what is recorded then."""
    redis.get_client().flushall()
    write = service.work(due(arm), now=now, clock=lambda: now)
    with database.session() as session:
        write(session)
    return recorded(arm)


def said(text: str, **changed: Any) -> dict[str, Any]:
    """The next answer: a completion with this text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}
    return in_200(json.dumps(body | changed))


# --- the service: what is recorded


def test_good_answers_are_recorded_with_their_forecasts(asked: Misbehave) -> None:
    for arm, model in (("gpt-4o", "gpt-4o"), ("deepseek-v3.2", "deepseek/deepseek-v3.2-exp")):
        answer = ask(arm)
        assert (answer.outcome, answer.reason, answer.model) == ("ok", "", model)
        assert answer.prompt_version == "forecast.v2"
        assert answer.cited == SHOWN
        assert answer.rationale
        assert answer.grounded is True
        assert answer.calls == 1
        assert answer.sentiment is not None
        assert {answer.impact, answer.urgency} <= {"low", "medium", "high"}
        assert (answer.cost_usd is None) is (arm == "gpt-4o")
        assert answer.input_tokens > 0 < answer.output_tokens
        made = forecasts(arm)
        assert [one.horizon_sessions for one in made] == [1, 3, 5]
        for one in made:
            assert one.p_down + one.p_flat + one.p_up == pytest.approx(1, abs=1e-9)
            assert min(one.p_down, one.p_flat, one.p_up) >= 0.01
            assert one.expected_move_ratio is not None


def test_a_final_failure_is_recorded_as_what_it_is_and_not_raised(asked: Misbehave) -> None:
    for preset, outcome, reason, calls in FINAL:
        asked("gpt-4o", {"preset": preset, "times": max(calls, 1)})
        answer = ask()
        assert (answer.outcome, answer.calls) == (outcome, calls), preset
        assert answer.reason.startswith(reason)
        assert answer.model == "gpt-4o"
        assert answer.input_tokens == 400 * calls
        assert forecasts() == []


def test_one_repair_makes_a_bad_answer_good(asked: Misbehave) -> None:
    asked("gpt-4o", {"preset": "wrong_sums"})
    answer = ask()
    assert (answer.outcome, answer.calls) == ("ok", 2)
    assert answer.input_tokens > 400
    assert len(forecasts()) == 3


def test_foreign_numbers_mark_an_answer_and_certainty_is_floored(asked: Misbehave) -> None:
    asked("gpt-4o", {"preset": "foreign_numbers"})
    answer = ask()
    assert (answer.outcome, answer.grounded, answer.calls) == ("ok", False, 1)
    asked("deepseek-v3.2", {"preset": "certain"})
    assert ask("deepseek-v3.2").outcome == "ok"
    assert {one.p_up for one in forecasts("deepseek-v3.2")} == {0.98}


PASSING: list[tuple[dict[str, Any], str, str]] = [
    ({"preset": "rate_limit"}, "rate_limit", "rate_limit_exceeded"),
    ({"kind": "cut"}, "connection", "APIConnectionError"),
    ({"kind": "garbage"}, "cut_json", ""),
    (in_200("<html>busy</html>", "text/html"), "upstream", "an answer without a message"),
    ({"status": 503}, "server", "503"),
    ({"preset": "openrouter_timeout"}, "timeout", "408"),
]


def test_a_passing_failure_is_recorded_and_raised_for_a_retry(asked: Misbehave) -> None:
    for fault, kind, reason in PASSING:
        asked("gpt-4o", fault)
        with pytest.raises((UpstreamError, Postponed)):
            ask()
        assert recorded().outcome == kind
        assert recorded().reason.startswith(reason)
        assert forecasts() == []
    answer = ask(now=NOON + timedelta(hours=1))
    assert (answer.outcome, answer.created_at) == ("ok", NOON + timedelta(hours=1))
    assert {one.created_at for one in forecasts()} == {NOON + timedelta(hours=1)}


def test_a_good_answer_is_never_overwritten_by_a_late_failure(asked: Misbehave) -> None:
    ask()
    kept, made = recorded(), forecasts()
    later = NOON + timedelta(minutes=5)
    for preset in ("refusal", "insufficient_quota"):
        asked("gpt-4o", {"preset": preset})
        assert ask(now=later).outcome == "ok"
    asked("gpt-4o", {"preset": "rate_limit"})
    with pytest.raises(Postponed):
        ask(now=later)
    assert (recorded().outcome, recorded().created_at) == ("ok", kept.created_at)
    assert [one.id for one in forecasts()] == [one.id for one in made]


def test_a_second_good_answer_changes_nothing(asked: Misbehave) -> None:
    ask()
    asked("gpt-4o", said(answer_text(0.1, 0.1, 0.8)))
    ask(now=NOON + timedelta(minutes=5))
    assert recorded().created_at == NOON
    assert 0.8 not in {one.p_up for one in forecasts()}
    assert len(forecasts()) == 3


def answer_text(down: float, flat: float, up: float, rationale: str = "근거가 있다.") -> str:
    return json.dumps(model_faults.answer(down=down, flat=flat, up=up, rationale_ko=rationale))


def test_certain_answers_are_floored_and_texts_cleaned(asked: Misbehave) -> None:
    asked("gpt-4o", said(answer_text(0, 0, 1, rationale="근거\x00는\n없다 ")))
    assert ask().rationale == "근거 는 없다"
    assert {(one.p_down, one.p_flat, one.p_up) for one in forecasts()} == {(0.01, 0.01, 0.98)}


REFUSAL: Any = PRESETS["refusal"][2]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(REFUSAL).replace("I can't", "\\ud83d I can't"),  # half an emoji, as cut texts have
        said(answer_text(0.2, 0.5, 0.3), model="gpt\x00")["body"],
    ],
    ids=["half a letter", "a NUL in the model"],
)
def test_an_answer_with_broken_text_is_recorded_all_the_same(asked: Misbehave, body: str) -> None:
    asked("gpt-4o", in_200(body))
    assert ask().outcome in {"ok", "refused", "invalid"}


# --- the queue


@pytest.fixture
def running(misbehave: Misbehave, started: Platform) -> Platform:
    """The platform with both models on, and a case that every arm is due to answer."""
    forget_clients()
    assert platform.switch_arms() == []
    store_case()
    with outbox.transaction() as session:
        for arm in ARMS:
            outbox.add(session, due(arm), correlation_id="c", now=NOON)
    return started


def drain(running: Platform, now: datetime) -> None:
    with clock.driven_by(lambda: now):
        running.pump.drain(now)


def still_open() -> list[UUID]:
    with database.session() as session:
        return [row.payload["arm"] for row in session.scalars(select(OutboxRow)) if row.closed_at is None]  # type: ignore[misc]


def test_a_passing_failure_is_retried_by_the_queue_and_replaced(
    running: Platform, misbehave: Misbehave
) -> None:
    misbehave("gpt-4o", {"status": 503})
    drain(running, NOON)
    assert (recorded().outcome, recorded("deepseek-v3.2").outcome) == ("server", "ok")
    assert still_open() == ["gpt-4o"]
    hidden = timedelta(seconds=running.template.queues["PredictOpenAIQueue"].visibility_timeout_s)
    drain(running, NOON + hidden - timedelta(seconds=1))
    assert recorded().outcome == "server"
    drain(running, NOON + hidden)
    assert (recorded().outcome, recorded().created_at) == ("ok", NOON + hidden)
    assert still_open() == []
    assert len(forecasts()) == 3


def test_a_final_failure_is_not_retried(running: Platform, misbehave: Misbehave) -> None:
    misbehave("deepseek-v3.2", {"preset": "openrouter_credits_in_200"})
    drain(running, NOON)
    assert (recorded("deepseek-v3.2").outcome, recorded().outcome) == ("credit", "ok")
    assert still_open() == []
    drain(running, NOON + timedelta(hours=3))
    assert recorded("deepseek-v3.2").created_at == NOON
