"""The language models over HTTP: what each kind of answer is recorded as, and what is asked again."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from infra.local import platform
from infra.local.platform import Platform
from infra.local.world import Sample
from infra.local.world import World as Address
from infra.sandbox.fault_presets import PRESETS
from infra.sandbox.server import serving
from nunchi import clock, database, outbox
from nunchi.adapters import openai
from nunchi.errors import UpstreamError
from nunchi.events import ForecastDue
from nunchi.market.calendar import xkrx
from nunchi.models import Answer, Forecast, OutboxRow
from nunchi.predict import llm, service
from tests.conftest import forget_clients
from tests.factories import NOON, case, stock, story

MARKET = Sample(history=25, live=1, companies=4, stories_per_session=1).generate(xkrx())
ARMS = {"gpt-4o": "openai", "deepseek-v3.2": "openrouter"}
PATHS = {"gpt-4o": "/openai", "deepseek-v3.2": "/openrouter"}
CASE = case(story("a")).id
NEIGHBOUR = {
    "story_id": "00000000-0000-5000-8000-000000000001",
    "stock_code": "990020",
    "similarity": 0.91,
    "outcomes": {"1": 2},
    "adjusted_return_ratios": {"1": 0.021},
}
Misbehave = Callable[..., None]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(MARKET) as address:
        yield address


@pytest.fixture
def misbehave(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Misbehave]:
    """Orders what an arm's provider does to the next requests."""
    for name, value in Address(address).settings().items():
        monkeypatch.setenv(name, value)
    forget_clients()

    def order(arm: str, *faults: dict[str, Any]) -> None:
        wanted = [{"path": PATHS[arm], **fault} for fault in faults]
        requests.put(f"{address}/_control/faults", json=wanted, timeout=10).raise_for_status()

    yield order
    requests.delete(f"{address}/_control/faults", timeout=10).raise_for_status()
    for provider in ARMS.values():
        openai.get_client(provider).close()
    forget_clients()


@pytest.fixture
def asked(misbehave: Misbehave, environment: dict[str, str]) -> Misbehave:
    """A case that both models are asked about."""
    forget_clients()
    told = story("a")
    with database.session() as session:
        session.add_all([stock(), told])
        session.flush()
        session.add(case(told, neighbours=[NEIGHBOUR]))
    return misbehave


def due(arm: str = "gpt-4o") -> ForecastDue:
    return ForecastDue(case_id=CASE, arm=arm, provider=ARMS[arm])


def ask(arm: str = "gpt-4o", now: datetime = NOON) -> Answer:
    """Works one message as the queue does; gives what is recorded then."""
    write = service.work(due(arm), now=now)
    with database.session() as session:
        write(session)
    return recorded(arm)


def recorded(arm: str = "gpt-4o") -> Answer:
    with database.session() as session:
        return session.scalars(select(Answer).where(Answer.case_id == CASE, Answer.arm == arm)).one()


def forecasts(arm: str = "gpt-4o") -> list[Forecast]:
    with database.session() as session:
        query = select(Forecast).where(Forecast.arm == arm).order_by(Forecast.horizon_sessions)
        return list(session.scalars(query))


def said(text: str, **changed: Any) -> dict[str, Any]:
    """The next answer: a completion with this text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}
    return in_200(json.dumps(body | changed))


def in_200(body: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"status": 200, "headers": {"content-type": media_type}, "body": body}


def failure(arm: str = "gpt-4o") -> UpstreamError:
    with pytest.raises(UpstreamError) as found:
        openai.complete(ARMS[arm], "gpt-4o", '{"title": "제목"}', llm.SCHEMA)
    return found.value


# --- the adapter: what an error means


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(
    ("preset", "reason", "passing"),
    [
        ("rate_limit", "rate_limit_exceeded", True),
        ("insufficient_quota", "insufficient_quota", False),
        ("context_length_exceeded", "context_length_exceeded", False),
        ("invalid_api_key", "invalid_api_key", False),
        ("openrouter_credits", "402", False),
        ("openrouter_credits_in_200", "402", False),
    ],
)
def test_an_error_says_whether_it_passes(
    misbehave: Misbehave, arm: str, preset: str, reason: str, passing: bool
) -> None:
    misbehave(arm, {"preset": preset})
    found = failure(arm)
    assert (found.system, found.reason, found.passing) == (ARMS[arm], reason, passing)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "cut"},
        {"kind": "reset"},
        {"kind": "garbage"},
        {"status": 500},
        {"status": 503, "body": "<html>upstream connect error</html>"},
        in_200("<html>busy</html>", "text/html"),
        in_200("<html>busy</html>"),
        in_200(""),
        in_200("{}"),
        in_200('{"choices": []}'),
        in_200('{"choices": [{"index": 0, "finish_reason": "error", "message": {"content": "x"}}]}'),
        in_200('{"choices": [{"index": 0, "finish_reason": null, "message": null}]}'),
        in_200('{"choices": [{"index": 0}]}'),
        in_200('{"choices": [null]}'),
        in_200('{"error": {"code": 429, "message": "Rate limited"}}'),
        in_200('{"error": "busy"}'),
    ],
    ids=str,
)
def test_what_is_no_answer_may_pass(misbehave: Misbehave, fault: dict[str, Any]) -> None:
    misbehave("gpt-4o", fault)
    assert failure().passing


@pytest.mark.parametrize("body", ['{"choices": "none"}', '{"choices": [1]}'])
def test_json_of_another_shape_is_an_upstreams_error(misbehave: Misbehave, body: str) -> None:
    misbehave("gpt-4o", in_200(body))
    failure()


def test_one_call_is_one_request(misbehave: Misbehave, address: str) -> None:
    def calls() -> int:
        return int(requests.get(f"{address}/_control/calls", timeout=10).json().get("/openai", 0))

    before = calls()
    misbehave("gpt-4o", {"preset": "rate_limit"})
    failure()
    assert calls() - before == 1  # trying again is the queue's


def test_a_refused_key_is_read_again(misbehave: Misbehave, monkeypatch: pytest.MonkeyPatch) -> None:
    client = openai.get_client("openai")
    misbehave("gpt-4o", {"preset": "invalid_api_key"})
    failure()
    assert openai.get_client("openai") is not client


def test_no_error_tells_the_key(misbehave: Misbehave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hush-hush")
    forget_clients()
    misbehave("gpt-4o", {"preset": "invalid_api_key"}, {"kind": "reset"}, {"kind": "garbage"})
    for _ in range(3):
        assert "hush-hush" not in f"{failure()!r}"


def test_embeddings_come_in_order_and_their_errors_say_whether_they_pass(misbehave: Misbehave) -> None:
    one, other = openai.embed("text-embedding-3-small", ["공급계약", "임상 실패"])
    assert openai.embed("text-embedding-3-small", ["임상 실패"]) == [other]
    assert len(one) == 1536
    for fault, passing in (({"preset": "rate_limit"}, True), ({"preset": "insufficient_quota"}, False)):
        misbehave("gpt-4o", fault)
        with pytest.raises(UpstreamError) as found:
            openai.embed("text-embedding-3-small", ["공급계약"])
        assert found.value.passing is passing


# --- the service: what is recorded


def test_good_answers_are_recorded_with_their_forecasts(asked: Misbehave) -> None:
    for arm, model in (("gpt-4o", "gpt-4o"), ("deepseek-v3.2", "deepseek/deepseek-v3.2-exp")):
        answer = ask(arm)
        assert (answer.outcome, answer.reason, answer.model) == ("ok", "", model)
        assert answer.prompt_version == "forecast.v1"
        assert answer.cited == [NEIGHBOUR["story_id"]]
        assert answer.rationale
        assert answer.input_tokens > 0 < answer.output_tokens
        made = forecasts(arm)
        assert [one.horizon_sessions for one in made] == [1, 3, 5]
        for one in made:
            assert one.p_down + one.p_flat + one.p_up == pytest.approx(1, abs=1e-9)
            assert min(one.p_down, one.p_flat, one.p_up) >= 0.01


FINAL: list[tuple[dict[str, Any], str, str]] = [
    ({"preset": "insufficient_quota"}, "upstream", "insufficient_quota"),
    ({"preset": "context_length_exceeded"}, "upstream", "context_length_exceeded"),
    ({"preset": "openrouter_credits_in_200"}, "upstream", "402"),
    ({"preset": "refusal"}, "refused", "I can't help with that."),
    ({"preset": "length"}, "cut", "the answer was longer than the model may write"),
    (said("상승할 것입니다."), "invalid", "1 faults in the JSON"),
    (said('{"forecasts": [], "rationale_ko": "", "cited_article_ids": []}'), "invalid", "not one forecast"),
]


def test_a_final_failure_is_recorded_as_what_it_is_and_not_raised(asked: Misbehave) -> None:
    for fault, outcome, reason in FINAL:
        asked("gpt-4o", fault)
        answer = ask()
        assert answer.outcome == outcome
        assert answer.reason.startswith(reason)
        assert answer.model == "gpt-4o"
        assert forecasts() == []


PASSING: list[tuple[dict[str, Any], str]] = [
    ({"preset": "rate_limit"}, "rate_limit_exceeded"),
    ({"kind": "cut"}, "APIConnectionError"),
    ({"kind": "garbage"}, ""),
    (in_200("<html>busy</html>", "text/html"), "an answer without a message"),
    ({"status": 503}, "503"),
]


def test_a_passing_failure_is_recorded_and_raised_for_a_retry(asked: Misbehave) -> None:
    for fault, reason in PASSING:
        asked("gpt-4o", fault)
        with pytest.raises(UpstreamError):
            ask()
        assert recorded().outcome == "upstream"
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
    with pytest.raises(UpstreamError):
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


def answer_text(down: float, flat: float, up: float, rationale: str = "근거") -> str:
    parts = [
        {"horizon_sessions": horizon, "p_down": down, "p_flat": flat, "p_up": up} for horizon in (1, 3, 5)
    ]
    return json.dumps({"forecasts": parts, "rationale_ko": rationale, "cited_article_ids": []})


def test_certain_answers_are_floored_and_texts_cleaned(asked: Misbehave) -> None:
    asked("gpt-4o", said(answer_text(0, 0, 1, rationale="근거\x00는\n없다 <b>")))
    assert ask().rationale == "근거 는 없다 <b>"
    assert {(one.p_down, one.p_flat, one.p_up) for one in forecasts()} == {(0.01, 0.01, 0.98)}


REFUSAL: dict[str, Any] = PRESETS["refusal"][2]


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
    told = story("a")
    with database.session() as session:
        session.add_all([stock(), told])
        session.flush()
        session.add(case(told, neighbours=[NEIGHBOUR]))
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
    misbehave("gpt-4o", {"preset": "rate_limit"})
    drain(running, NOON)
    assert (recorded().outcome, recorded("deepseek-v3.2").outcome) == ("upstream", "ok")
    assert still_open() == ["gpt-4o"]
    hidden = timedelta(seconds=running.template.queues["PredictOpenAIQueue"].visibility_timeout_s)
    drain(running, NOON + hidden - timedelta(seconds=1))
    assert recorded().outcome == "upstream"
    drain(running, NOON + hidden)
    assert (recorded().outcome, recorded().created_at) == ("ok", NOON + hidden)
    assert still_open() == []
    assert len(forecasts()) == 3


def test_a_final_failure_is_not_retried(running: Platform, misbehave: Misbehave) -> None:
    misbehave("deepseek-v3.2", {"preset": "openrouter_credits_in_200"})
    drain(running, NOON)
    assert (recorded("deepseek-v3.2").outcome, recorded().outcome) == ("upstream", "ok")
    assert still_open() == []
    drain(running, NOON + timedelta(hours=3))
    assert recorded("deepseek-v3.2").created_at == NOON
