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
from nunchi.errors import UpstreamError
from nunchi.predict import answers

MESSAGES: list[Message] = [{"role": "system", "content": "Rules."}, {"role": "user", "content": "{}"}]


class Provider:
    """Answers with one body, and remembers what it was sent."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.body: dict[str, Any] = model_faults.completion({"content": "{}"})

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(json.loads(request.content))
        return httpx2.Response(200, json=self.body)


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


def complete() -> openai.Completion:
    return openai.complete("openai", "gpt-4o", MESSAGES, answers.SCHEMA, max_output_tokens=900)


@pytest.mark.parametrize(
    ("usage", "is_metered", "tokens"),
    [
        ({"prompt_tokens": 400, "completion_tokens": 16}, True, (400, 16)),
        ({"prompt_tokens": 400, "completion_tokens": 0}, True, (400, 0)),
        (None, False, (0, 0)),
        ({}, False, (0, 0)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, False, (0, 0)),
        ({"prompt_tokens": 400}, False, (400, 0)),
        ({"prompt_tokens": "400", "completion_tokens": 16}, False, (0, 16)),
        ({"prompt_tokens": -400, "completion_tokens": 16}, False, (0, 16)),
        ({"prompt_tokens": 10**12, "completion_tokens": 16}, False, (0, 16)),
    ],
)
def test_an_answer_that_does_not_say_what_it_took_is_not_metered(
    provider: Provider, usage: Any, is_metered: bool, tokens: tuple[int, int]
) -> None:
    provider.body |= {"usage": usage}
    answer = complete()
    assert (answer.is_metered, (answer.input_tokens, answer.output_tokens)) == (is_metered, tokens)


MESSAGE = {"content": "{}"}
UNUSABLE: list[tuple[dict[str, Any], str]] = [
    (model_faults.completion(MESSAGE, "error"), "upstream"),
    (model_faults.completion(MESSAGE, "content_filter"), "moderation"),
    (model_faults.completion(MESSAGE, choices=[]), "upstream"),
    (model_faults.completion(MESSAGE, error={"code": 502}), "server"),
]


@pytest.mark.parametrize(("body", "kind"), UNUSABLE)
def test_a_failure_in_a_200_tells_what_it_took(provider: Provider, body: dict[str, Any], kind: str) -> None:
    provider.body = body
    with pytest.raises(openai.Unusable) as raised:
        complete()
    failed = raised.value
    assert (failed.kind, failed.passing) == (kind, kind in openai_errors.PASSING)
    assert (failed.answer.input_tokens, failed.answer.output_tokens) == (400, 16)
    assert failed.answer.is_metered


def test_an_error_at_the_door_took_nothing(provider: Provider) -> None:
    provider.body = {"error": {"code": 402, "message": "more credits"}}
    with pytest.raises(UpstreamError) as raised:
        complete()
    assert not isinstance(raised.value, openai.Unusable)
    assert raised.value.kind == "credit"


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
