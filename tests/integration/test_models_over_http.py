"""The language models over HTTP: what an error means, and that one call is one request."""

from typing import Any

import pytest
import requests

from infra.sandbox.market import Market
from nunchi.adapters import openai
from nunchi.adapters.openai import Completion, Message
from nunchi.errors import UpstreamError
from nunchi.predict import answers
from tests.conftest import forget_clients
from tests.integration.models_asked import ARMS, MARKET, Misbehave, in_200


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


def ask(arm: str = "gpt-4o") -> Completion:
    messages: list[Message] = [
        {"role": "system", "content": "Forecast."},
        {"role": "user", "content": '{"title": "제목"}'},
    ]
    return openai.complete(ARMS[arm], "gpt-4o", messages, answers.SCHEMA, max_output_tokens=100)


def failure(arm: str = "gpt-4o") -> UpstreamError:
    with pytest.raises(UpstreamError) as found:
        ask(arm)
    return found.value


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(
    ("preset", "kind", "reason", "passing"),
    [
        ("rate_limit", "rate_limit", "rate_limit_exceeded", True),
        ("insufficient_quota", "quota", "insufficient_quota", False),
        ("context_length_exceeded", "overflow", "context_length_exceeded", False),
        ("invalid_api_key", "key", "invalid_api_key", False),
        ("model_not_found", "rejected", "model_not_found", False),
        ("content_policy", "moderation", "content_policy_violation", False),
        ("content_filter", "moderation", "content_filter", False),
        ("server_error", "server", "500", True),
        ("openrouter_credits", "credit", "402", False),
        ("openrouter_credits_in_200", "credit", "402", False),
        ("openrouter_moderation", "moderation", "403", False),
        ("openrouter_moderation_in_200", "moderation", "403", False),
        ("openrouter_rate_limit", "rate_limit", "429", True),
        ("openrouter_rate_limit_in_200", "rate_limit", "429", True),
        ("openrouter_timeout", "timeout", "408", True),
        ("openrouter_key", "key", "401", False),
        ("openrouter_overflow", "overflow", "400", False),
        ("openrouter_down", "server", "502", True),
        ("openrouter_down_in_200", "server", "502", True),
        ("openrouter_no_provider", "server", "503", True),
    ],
)
def test_an_error_has_its_kind_and_says_whether_it_passes(
    misbehave: Misbehave, arm: str, preset: str, kind: str, reason: str, passing: bool
) -> None:
    misbehave(arm, {"preset": preset})
    found = failure(arm)
    assert (found.system, found.kind, found.reason, found.passing) == (ARMS[arm], kind, reason, passing)


def test_a_rate_limit_tells_how_long_to_wait(misbehave: Misbehave) -> None:
    misbehave("gpt-4o", {"preset": "openrouter_rate_limit"}, {"preset": "insufficient_quota"})
    assert failure().retry_after_s == 7
    assert failure().retry_after_s is None


def test_a_slow_answer_is_a_timeout(misbehave: Misbehave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "TIMEOUT_S", 0.2)
    misbehave("gpt-4o", {"kind": "latency", "seconds": 3})
    found = failure()
    assert (found.kind, found.passing) == ("timeout", True)


def test_what_is_used_is_told(misbehave: Misbehave) -> None:
    misbehave("gpt-4o", {"preset": "wrong_sums"})  # a recorded usage, with cached tokens
    found = ask()
    assert (found.input_tokens, found.cached_tokens, found.output_tokens) == (400, 128, 16)
    assert found.cost_usd is None  # OpenAI does not say
    assert (ask("deepseek-v3.2").cost_usd or 0) > 0


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"kind": "cut"}, "connection"),
    ({"kind": "reset"}, "connection"),
    ({"kind": "garbage"}, "cut_json"),
    ({"status": 500}, "server"),
    ({"status": 503, "body": "<html>upstream connect error</html>"}, "server"),
    (in_200("<html>busy</html>", "text/html"), "upstream"),
    (in_200("<html>busy</html>"), "cut_json"),
    (in_200('{"choices": [{"index": 0, "mess'), "cut_json"),
    (in_200(""), "cut_json"),
    (in_200("{}"), "upstream"),
    (in_200('{"choices": []}'), "upstream"),
    (
        in_200('{"choices": [{"index": 0, "finish_reason": "error", "message": {"content": "x"}}]}'),
        "upstream",
    ),
    (
        in_200('{"choices": [{"finish_reason": "error", "error": {"code": 502}, "message": {}}]}'),
        "server",
    ),
    (in_200('{"choices": [{"index": 0, "finish_reason": null, "message": null}]}'), "upstream"),
    (in_200('{"choices": [{"index": 0}]}'), "upstream"),
    (in_200('{"choices": [null]}'), "upstream"),
    (in_200('{"error": {"code": 429, "message": "Rate limited"}}'), "rate_limit"),
    (in_200('{"error": "busy"}'), "upstream"),
]


@pytest.mark.parametrize(("fault", "kind"), BROKEN, ids=str)
def test_what_is_no_answer_may_pass(misbehave: Misbehave, fault: dict[str, Any], kind: str) -> None:
    misbehave("gpt-4o", fault)
    found = failure()
    assert (found.kind, found.passing) == (kind, True)


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
