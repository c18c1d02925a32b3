"""Stand-ins for OpenAI and OpenRouter: chat completions with structured output, and embeddings."""

import json
import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from fastapi import APIRouter, Request, Response

from infra.sandbox import forecaster, reporter, vectors
from infra.sandbox.clock import Clock
from infra.sandbox.entities import Market

_TITLE = re.compile(r'"title"\s*:\s*("(?:[^"\\]|\\.)*")')
USD_PER_TOKEN = {"prompt": 2.7e-7, "completion": 4.1e-7}  # made up, of a usual size
MAX_TOKENS = 128_000
Body = dict[str, Any]


class Refused(Exception):
    """A request that the service answers with an error."""

    def __init__(
        self, status: int, message: str, code: str | None, kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": None, "code": code}}


def openai_router(market: Market, clock: Clock) -> APIRouter:
    """OpenAI's routes below /v1."""
    service, effects = APIRouter(), forecaster.effects_by_title(market)

    @service.post("/chat/completions")
    async def chat(request: Request) -> Response:
        return await _reply(request, lambda body: _completion(body, effects, clock))

    @service.post("/embeddings")
    async def embeddings(request: Request) -> Response:
        return await _reply(request, _embeddings)

    return service


def openrouter_router(market: Market, clock: Clock) -> APIRouter:
    """OpenRouter's routes below /api/v1."""
    service, effects = APIRouter(), forecaster.effects_by_title(market)

    @service.post("/chat/completions")
    async def chat(request: Request) -> Response:
        return await _reply(request, lambda body: _routed(_completion(body, effects, clock)))

    return service


async def _reply(request: Request, answer: Callable[[Body], Body]) -> Response:
    try:
        _require_key(request)
        status, body = 200, answer(await _body(request))
    except Refused as refused:
        status, body = refused.status, refused.body
    return Response(json.dumps(body, ensure_ascii=False), status, media_type="application/json")


def _require_key(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key.strip():
        raise Refused(401, "You didn't provide an API key.", "invalid_api_key")


async def _body(request: Request) -> Body:
    try:
        body = json.loads(await request.body())
    except ValueError as exc:
        raise Refused(400, "We could not parse the JSON body of your request.", None) from exc
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise Refused(400, "you must provide a model parameter", None)
    return body


def _completion(body: Body, effects: Mapping[str, float], clock: Clock) -> Body:
    prompt = _prompt(body)
    _require_schema(body)
    tokens = (len(prompt) + len(_said_by("system", body))) // 2 + 1
    if tokens > MAX_TOKENS:
        message = (
            f"This model's maximum context length is {MAX_TOKENS} tokens, and your messages have {tokens}."
        )
        raise Refused(400, message, "context_length_exceeded")
    said = reporter.report(body, prompt) or forecaster.forecast(
        body["model"], _title(prompt), prompt, effects
    )
    text = json.dumps(said, ensure_ascii=False)
    seal = blake2b(f"{body['model']}\n{prompt}".encode("utf-8", "replace"), digest_size=12).hexdigest()
    return {
        "id": f"chatcmpl-{seal}",
        "object": "chat.completion",
        "created": int(clock.now.timestamp()),
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": _usage(tokens, len(text) // 2),
        "system_fingerprint": "fp_sandbox",
    }


def _usage(prompt: int, completion: int) -> Body:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _routed(answer: Body) -> Body:
    usage = answer["usage"]
    cost = sum(usage[f"{kind}_tokens"] * price for kind, price in USD_PER_TOKEN.items())
    return answer | {
        "id": answer["id"].replace("chatcmpl-", "gen-"),
        "provider": "Sandbox",
        "usage": usage | {"cost": round(cost, 8)},
    }


def _prompt(body: Body) -> str:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "Missing required parameter: 'messages'.", "missing_required_parameter")
    return _said_by("user", body)


def _said_by(role: str, body: Body) -> str:
    said = [
        part.get("content")
        for part in body["messages"]
        if isinstance(part, dict) and part.get("role") == role
    ]
    return "\n".join(_text(content) for content in said)


def _text(content: Any) -> str:
    if isinstance(content, list):  # a message in parts
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _require_schema(body: Body) -> None:
    wanted = body.get("response_format")
    if not isinstance(wanted, dict) or wanted.get("type") != "json_schema":
        raise Refused(400, "The sandbox only answers with response_format json_schema.", "invalid_value")
    spec = wanted.get("json_schema")
    if not isinstance(spec, dict) or not isinstance(spec.get("schema"), dict) or not spec.get("name"):
        raise Refused(400, "Missing required parameter: 'response_format.json_schema'.", "invalid_value")
    if spec.get("strict") and spec["schema"].get("additionalProperties") is not False:
        message = (
            f"Invalid schema for response_format '{spec['name']}': In context=(), "
            "'additionalProperties' is required to be supplied and to be false."
        )
        raise Refused(400, message, None)


def _title(prompt: str) -> str:
    found = _TITLE.search(prompt)
    return str(json.loads(found[1], strict=False)) if found else ""


def _embeddings(body: Body) -> Body:
    model, encoding = body["model"], body.get("encoding_format", "float")
    texts = [body["input"]] if isinstance(body.get("input"), str) else body.get("input")
    if model not in vectors.DIMENSIONS:
        raise Refused(404, f"The model `{model}` does not exist.", "model_not_found")
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise Refused(400, "'$.input' is invalid: non-empty text is expected.", None)
    size = body.get("dimensions")
    if size is not None and not (isinstance(size, int) and 1 <= size <= vectors.DIMENSIONS[model]):
        raise Refused(400, f"Invalid value for 'dimensions' = {size}.", None)
    found = [vectors.encoded(vectors.vector(text, model, size), encoding) for text in texts]
    tokens = sum(len(text) for text in texts)
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": at, "embedding": value} for at, value in enumerate(found)],
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
