"""The language models over HTTP: what an error means, and that one call is one request."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from infra.sandbox.market import Market
from nunchi.adapters import openai
from nunchi.errors import UpstreamError
from nunchi.predict import llm
from tests.conftest import forget_clients
from tests.integration.models_asked import ARMS, MARKET, Misbehave, in_200, misbehaving


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def misbehave(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Misbehave]:
    with misbehaving(address, monkeypatch) as order:
        yield order


def failure(arm: str = "gpt-4o") -> UpstreamError:
    with pytest.raises(UpstreamError) as found:
        openai.complete(ARMS[arm], "gpt-4o", '{"title": "제목"}', llm.SCHEMA)
    return found.value


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
