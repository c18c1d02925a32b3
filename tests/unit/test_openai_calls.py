"""What a call of a model sends, and what kinds of errors there are."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai as library
import pytest

from infra.sandbox import model_faults
from nunchi.adapters import openai, openai_errors
from nunchi.adapters.openai import Message
from nunchi.predict import answers

MESSAGES: list[Message] = [{"role": "system", "content": "Rules."}, {"role": "user", "content": "{}"}]


class Provider:
    """Answers with one body, and remembers what it was sent."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(json.loads(request.content))
        return httpx2.Response(200, json=model_faults.completion({"content": "{}"}))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    provider = Provider()
    with httpx2.Client(transport=httpx2.MockTransport(provider)) as client:
        made = library.OpenAI(api_key="k", base_url="https://models.example/v1", http_client=client)
        monkeypatch.setattr(openai, "get_client", lambda _provider: made)
        yield provider


def test_a_call_sends_the_messages_and_the_strict_schema(provider: Provider) -> None:
    openai.complete("openai", "gpt-4o", MESSAGES, answers.SCHEMA, max_output_tokens=900)
    (sent,) = provider.asked
    assert (sent["model"], sent["messages"]) == ("gpt-4o", MESSAGES)
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["response_format"]["json_schema"]["schema"] == answers.SCHEMA
    assert (sent["temperature"], sent["max_tokens"]) == (0, 900)
    assert "provider" not in sent


def test_openrouter_is_asked_for_the_cost_and_for_providers_that_know_the_schema(provider: Provider) -> None:
    openai.complete(
        "openrouter", "deepseek/deepseek-v3.2-exp", MESSAGES, answers.SCHEMA, max_output_tokens=900
    )
    (sent,) = provider.asked
    assert sent["usage"] == {"include": True}
    assert sent["provider"] == {"require_parameters": True}
    assert sent["transforms"] == []


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (429, {"code": "insufficient_quota", "type": "insufficient_quota"}, "quota"),
        (429, {"code": None, "type": "insufficient_quota"}, "quota"),
        (429, {"code": 429, "message": "Rate limited"}, "rate_limit"),
        (429, "slow down", "rate_limit"),
        (400, {"code": "context_length_exceeded"}, "overflow"),
        (400, {"code": 400, "message": "This endpoint's maximum context length is 8192 tokens"}, "overflow"),
        (413, {}, "overflow"),
        (400, {"code": 400, "message": "Bad request"}, "rejected"),
        (404, {}, "rejected"),
        (401, {"code": "invalid_api_key"}, "key"),
        (403, {"message": "Country not supported"}, "key"),
        (403, {"code": 403, "metadata": {"reasons": ["x"], "flagged_input": "y"}}, "moderation"),
        (403, {"code": 403, "message": "requires moderation"}, "moderation"),
        (402, {"code": 402}, "credit"),
        (200, {"code": "402"}, "credit"),
        (200, {"code": 503}, "server"),
        (200, {"message": "?"}, "upstream"),
        (200, ["?"], "upstream"),
        (502, None, "server"),
    ],
)
def test_an_error_has_a_kind_and_only_some_kinds_pass(status: int, error: object, kind: str) -> None:
    found = openai_errors.failed("openrouter", status, error)
    passing = kind in {"rate_limit", "server", "upstream"}
    assert (found.kind, found.passing) == (kind, passing)
    assert len(found.reason) <= openai_errors.REASON_MAX
