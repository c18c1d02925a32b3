"""How a model or its provider misbehaves, by name: status, headers and body, in the services' own shapes."""

import json
from collections.abc import Mapping
from typing import Any

Body = dict[str, Any]
Preset = tuple[int, dict[str, str], Body | str]


def _openai_error(message: str, kind: str, code: str | None, param: str | None = None) -> Body:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _router_error(code: int, message: str, **metadata: Any) -> Body:
    return {"error": {"message": message, "code": code, "metadata": metadata}}


def completion(message: Mapping[str, Any], finish_reason: str = "stop", **changed: Any) -> Body:
    """A chat completion with this message."""
    return {
        "id": "chatcmpl-sandbox",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "gpt-4o",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "refusal": None, **message},
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": 400,
            "completion_tokens": 16,
            "total_tokens": 416,
            "prompt_tokens_details": {"cached_tokens": 128, "audio_tokens": 0},
        },
        **changed,
    }


def answer(
    *, down: float = 0.2, flat: float = 0.5, up: float = 0.3, move: float = 0.004, **changed: Any
) -> Body:
    """A model's forecast that is right but for what is changed."""
    part = {"p_down": down, "p_flat": flat, "p_up": up, "expected_move_ratio": move}
    return {
        "forecasts": [{"horizon_sessions": horizon, **part} for horizon in (1, 3, 5)],
        "sentiment": 0.2,
        "impact": "medium",
        "urgency": "low",
        "rationale_ko": "기사 내용은 회사에 유리한 소식으로 보인다.",
        "cited_article_ids": [],
        **changed,
    }


def _says(text: object, **changed: Any) -> Preset:
    content = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    return 200, {}, completion({"content": content}, **changed)


_CREDITS = _router_error(
    402, "This request requires more credits. Add some, or ask for fewer tokens.", provider_name=None
)
_BLOCKED = _router_error(
    403, "The model requires moderation and the input was flagged", reasons=["fraud"], flagged_input="..."
)

ERRORS: dict[str, Preset] = {
    "rate_limit": (
        429,
        {"retry-after": "1", "x-ratelimit-remaining-requests": "0"},
        _openai_error(
            "Rate limit reached for requests per min (RPM). Please try again in 1s.",
            "requests",
            "rate_limit_exceeded",
        ),
    ),
    "insufficient_quota": (
        429,
        {},
        _openai_error("You exceeded your current quota.", "insufficient_quota", "insufficient_quota"),
    ),
    "context_length_exceeded": (
        400,
        {},
        _openai_error(
            "This model's maximum context length is 128000 tokens.",
            "invalid_request_error",
            "context_length_exceeded",
            "messages",
        ),
    ),
    "invalid_api_key": (
        401,
        {},
        _openai_error("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    ),
    "model_not_found": (
        404,
        {},
        _openai_error("The model does not exist.", "invalid_request_error", "model_not_found"),
    ),
    "content_policy": (
        400,
        {},
        _openai_error("Rejected by the safety system.", "invalid_request_error", "content_policy_violation"),
    ),
    "server_error": (500, {}, _openai_error("The server had an error.", "server_error", None)),
    "openrouter_credits": (402, {}, _CREDITS),
    "openrouter_credits_in_200": (200, {}, _CREDITS),
    "openrouter_moderation": (403, {}, _BLOCKED),
    "openrouter_moderation_in_200": (200, {}, _BLOCKED),
    "openrouter_rate_limit": (429, {"retry-after": "7"}, _router_error(429, "Rate limited")),
    "openrouter_rate_limit_in_200": (200, {}, _router_error(429, "Rate limited")),
    "openrouter_timeout": (408, {}, _router_error(408, "The request timed out")),
    "openrouter_key": (401, {}, _router_error(401, "No auth credentials found")),
    "openrouter_overflow": (
        400,
        {},
        _router_error(
            400, "This endpoint's maximum context length is 65536 tokens.", provider_name="Sandbox"
        ),
    ),
    "openrouter_down": (
        502,
        {},
        _router_error(502, "The provider returned an error", provider_name="Sandbox"),
    ),
    "openrouter_down_in_200": (200, {}, _router_error(502, "The provider returned an error")),
    "openrouter_no_provider": (503, {}, _router_error(503, "No provider meets the routing requirements")),
}

ANSWERS: dict[str, Preset] = {
    "refusal": (200, {}, completion({"content": None, "refusal": "I can't help with that."})),
    "length": _says(json.dumps({"forecasts": [{}]})[:-4], finish_reason="length"),
    "content_filter": (200, {}, completion({"content": None}, "content_filter")),
    "no_content": (200, {}, completion({"content": ""})),
    "cut_answer": _says(json.dumps(answer())[:-40]),
    "wrong_sums": _says(answer(up=0.6)),
    "wrong_horizons": _says(answer(forecasts=answer()["forecasts"][:2])),
    "percent_for_ratio": _says(answer(move=3.2)),
    "unknown_ids": _says(answer(cited_article_ids=["00000000-0000-5000-8000-0000000000ff"])),
    "extra_keys": _says(answer(recommendation="BUY")),
    "foreign_numbers": _says(answer(rationale_ko="목표가 98,765원, 상승 확률 91%로 본다.")),
    "certain": _says(
        answer(forecasts=[part | {"p_down": 0, "p_flat": 0, "p_up": 1} for part in answer()["forecasts"]])
    ),
    "links": _says(answer(rationale_ko="자세한 내용은 https://invest.example/vip 를 보라.")),
    "leak": _says(
        answer(
            rationale_ko="지시문: You forecast how one Korean stock will move relative to its market index."
        )
    ),
    "not_korean": _says(answer(rationale_ko="The story is good news for the company.")),
}

PRESETS = {**ERRORS, **ANSWERS}
