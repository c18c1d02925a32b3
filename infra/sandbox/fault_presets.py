"""Errors of the outside world by name: status, headers and body, in the services' own shapes. JSON unless a text."""

import json
from collections.abc import Mapping
from typing import Any

from infra.sandbox import dart


def _openai_error(message: str, kind: str, code: str, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _completion(message: Mapping[str, Any], finish_reason: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-sandbox",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "gpt-4o",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", **message},
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": {"prompt_tokens": 400, "completion_tokens": 16, "total_tokens": 416},
    }


def _naver(code: str, message: str) -> dict[str, str]:
    return {"errorMessage": message, "errorCode": code}


def _dart(status: str) -> dict[str, str]:
    return {"status": status, "message": dart.MESSAGES[status]}


_XML = {"content-type": "application/xml;charset=UTF-8"}


def _kis(code: str, message: str) -> dict[str, str]:
    return {"rt_cd": "1", "msg_cd": code, "msg1": message}


_CREDITS = {
    "error": {
        "message": "This request requires more credits. Add credits, or ask for fewer tokens.",
        "code": 402,
        "metadata": {"provider_name": None},
    }
}

# name → status, headers, body
PRESETS: dict[str, tuple[int, dict[str, str], dict[str, Any] | str]] = {
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
    "refusal": (200, {}, _completion({"content": None, "refusal": "I can't help with that."}, "stop")),
    "length": (
        200,
        {},
        _completion({"content": json.dumps({"forecasts": [{}]})[:-4], "refusal": None}, "length"),
    ),
    "openrouter_credits": (402, {}, _CREDITS),
    "openrouter_credits_in_200": (200, {}, _CREDITS),
    "kis_rate_limit": (500, {}, _kis("EGW00201", "초당 거래건수를 초과하였습니다.")),
    "kis_rate_limit_in_200": (200, {}, _kis("EGW00201", "초당 거래건수를 초과하였습니다.")),
    "kis_token_expired": (500, {}, _kis("EGW00123", "기간이 만료된 token 입니다.")),
    "kis_token_expired_in_200": (200, {}, _kis("EGW00123", "기간이 만료된 token 입니다.")),
    "kis_token_too_often": (
        403,
        {},
        {
            "error_description": "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)",
            "error_code": "EGW00133",
        },
    ),
    "naver_daily_quota": (429, {}, _naver("010", "Query limit exceeded.")),
    "naver_rate_limit": (429, {}, _naver("012", "Rate limit exceeded. (속도 제한을 초과했습니다.)")),
    "dart_limit": (200, {}, _dart("020")),
    "dart_maintenance": (200, {}, _dart("800")),
    "dart_limit_xml": (200, _XML, dart.xml_failure("020")),
    "dart_maintenance_xml": (200, _XML, dart.xml_failure("800")),
    "reddit_rate_limit": (
        429,
        {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "1000", "x-ratelimit-reset": "1"},
        {"message": "Too Many Requests", "error": 429},
    ),
    "reddit_bad_request_html": (
        400,
        {"content-type": "text/html"},
        "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n",
    ),
    "robots_forbid": (200, {"content-type": "text/plain"}, "User-agent: *\nDisallow: /\n"),
}
