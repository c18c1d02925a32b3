"""OpenAI and OpenRouter: the same client library at two addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nunchi import secrets
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings

if TYPE_CHECKING:
    from openai import APIStatusError, DefaultHttpxClient, OpenAI

TIMEOUT_S = 60
# answers that no retry will change
FINAL_CODES = {"insufficient_quota", "context_length_exceeded", "invalid_api_key"}
FINAL_IN_BODY = {"400", "402", "403"}
PASSING_STATUSES = {401, 408, 409, 429}  # and whatever is the server's own fault


@dataclass(frozen=True)
class Completion:
    """A model's answer to one prompt: its text, or its refusal, and what it used."""

    text: str
    refusal: str
    cut: bool
    model: str
    input_tokens: int
    output_tokens: int


def has_key(provider: str) -> bool:
    """Whether a key is configured for `openai` or `openrouter`."""
    settings = get_settings()
    return bool(getattr(settings, f"{provider}_api_key") or getattr(settings, f"{provider}_secret_arn"))


@cache
def get_connections() -> "DefaultHttpxClient":
    """The connections that all clients share, built once; they outlast a client whose key was rotated."""
    from openai import DefaultHttpxClient

    return DefaultHttpxClient()


@cache
def get_client(provider: str) -> "OpenAI":
    """The client of `openai` or `openrouter`. Retries are the queue's, so it makes none itself."""
    from openai import OpenAI

    settings = get_settings()
    key = secrets.get(getattr(settings, f"{provider}_api_key"), getattr(settings, f"{provider}_secret_arn"))
    base_url = getattr(settings, f"{provider}_base_url")
    return OpenAI(
        api_key=key, base_url=base_url, max_retries=0, timeout=TIMEOUT_S, http_client=get_connections()
    )


def complete(provider: str, model: str, prompt: str, schema: dict[str, Any]) -> Completion:
    """Asks a model for JSON of a strict schema. Raises `UpstreamError`, saying whether it may pass."""
    import openai

    try:
        answer = get_client(provider).chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": prompt}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "forecast", "strict": True, "schema": schema},
            },
            temperature=0,
        )
    except openai.APIStatusError as exc:
        raise _status_error(provider, exc) from exc
    except (openai.OpenAIError, ValueError) as exc:  # ValueError: a body that is cut, or no JSON at all
        raise UpstreamError(provider, type(exc).__name__, passing=True) from exc
    return _completion(provider, answer)


def _status_error(provider: str, exc: "APIStatusError") -> UpstreamError:
    code = str(exc.code or exc.status_code)
    if exc.status_code in {401, 403}:
        get_client.cache_clear()  # the key may have been rotated
    passing = code not in FINAL_CODES and (exc.status_code in PASSING_STATUSES or exc.status_code >= 500)
    return UpstreamError(provider, code, passing=passing)


def _completion(provider: str, answer: Any) -> Completion:
    """What an answer says. It can be JSON of any shape, whatever the library's types promise."""
    error = getattr(answer, "error", None)  # OpenRouter reports errors inside a 200, too
    if error:
        code = str(error.get("code") if isinstance(error, dict) else error)
        raise UpstreamError(provider, code[:100], passing=code not in FINAL_IN_BODY)
    try:
        choice, usage = answer.choices[0], answer.usage
        if choice.finish_reason == "error":
            raise UpstreamError(provider, "an error in place of a message", passing=True)
        return Completion(
            text=choice.message.content or "",
            refusal=choice.message.refusal or "",
            cut=choice.finish_reason == "length",
            model=answer.model or "",
            input_tokens=usage.prompt_tokens if usage else 0,
            output_tokens=usage.completion_tokens if usage else 0,
        )
    except (AttributeError, IndexError, TypeError) as exc:
        raise UpstreamError(provider, "an answer without a message", passing=True) from exc


def embed(model: str, texts: Sequence[str]) -> list[list[float]]:
    """One vector a text, in order. Raises `UpstreamError`."""
    import openai

    try:
        answer = get_client("openai").embeddings.create(model=model, input=list(texts))
    except openai.APIStatusError as exc:
        raise _status_error("openai", exc) from exc
    except (openai.OpenAIError, ValueError) as exc:
        raise UpstreamError("openai", type(exc).__name__, passing=True) from exc
    return [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
