"""OpenAI and OpenRouter: the same client library at two addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from nunchi import secrets
from nunchi.adapters import openai_errors
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings

if TYPE_CHECKING:
    from openai import APIStatusError, DefaultHttpxClient, OpenAI

TIMEOUT_S = 60
MOST_TOKENS = 10**8  # of one call, in any sane count
# OpenRouter: tell the cost, go only to providers that know the schema, and never shorten a prompt silently
ROUTING: dict[str, Any] = {
    "usage": {"include": True},
    "provider": {"require_parameters": True},
    "transforms": [],
}


class Message(TypedDict):
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Completion:
    """A model's answer: its text, or its refusal, and what it used. `cost_usd` is None where that is not said.

    Where the answer does not say how many tokens it took, it is not metered, and they are 0.
    """

    text: str
    refusal: str
    cut: bool
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0  # of the input's
    cost_usd: float | None = None  # where the provider says it
    is_metered: bool = True


class Unusable(UpstreamError):
    """A failure in place of an answer, in a 200; `answer` is what came all the same, which may have to be paid for."""

    def __init__(self, error: UpstreamError, answer: Completion) -> None:
        super().__init__(error.system, error.reason, passing=error.passing, kind=error.kind)
        self.answer = answer


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


def complete(
    provider: str, model: str, messages: Sequence[Message], schema: dict[str, Any], *, max_output_tokens: int
) -> Completion:
    """Asks a model for JSON of a strict schema, once. Raises `UpstreamError` with its kind: see `openai_errors`."""
    import openai

    try:
        answer = get_client(provider).chat.completions.create(
            model=model,
            messages=cast(Any, list(messages)),
            response_format={
                "type": "json_schema",
                "json_schema": {"name": schema.get("title", "forecast"), "strict": True, "schema": schema},
            },
            temperature=0,
            max_tokens=max_output_tokens,
            extra_body=ROUTING if provider == "openrouter" else None,
        )
    except (openai.OpenAIError, ValueError) as exc:
        raise _failure(provider, exc) from exc
    return _completion(provider, answer)


def _failure(provider: str, exc: Exception) -> UpstreamError:
    import openai

    if isinstance(exc, openai.APIStatusError):
        return _status_error(provider, exc)
    kind = "upstream"
    if isinstance(exc, openai.APITimeoutError):
        kind = "timeout"
    elif isinstance(exc, openai.APIConnectionError):
        kind = "connection"
    elif isinstance(exc, openai.APIResponseValidationError | ValueError):
        kind = "cut_json"  # a body that is cut, or no JSON at all
    return openai_errors.of_kind(provider, kind, type(exc).__name__)


def _status_error(provider: str, exc: "APIStatusError") -> UpstreamError:
    if exc.status_code in {401, 403}:
        get_client.cache_clear()  # the key may have been rotated
    body = exc.body if isinstance(exc.body, dict) else {}
    wait = exc.response.headers.get("retry-after", "")
    return openai_errors.failed(
        provider,
        exc.status_code,
        body.get("error", body),
        retry_after_s=float(wait) if wait.isdecimal() else None,
    )


def _completion(provider: str, answer: Any) -> Completion:
    """What an answer says. It can be JSON of any shape, whatever the library's types promise."""
    used = _used(getattr(answer, "usage", None))
    error = getattr(answer, "error", None)  # OpenRouter reports errors inside a 200, too
    if error:
        failure = openai_errors.failed(provider, 200, error)
        # refused at the door it costs nothing, and nothing is said of what it used
        raise Unusable(failure, _nothing(used)) if "usage" in answer.model_fields_set else failure
    try:
        choice = answer.choices[0]
        if failed := _failure_of(provider, choice):
            raise Unusable(failed, _nothing(used))
        return Completion(
            text=choice.message.content or "",
            refusal=choice.message.refusal or "",
            cut=choice.finish_reason == "length",
            model=answer.model or "",
            **used,
        )
    except (AttributeError, IndexError, TypeError) as exc:
        failure = openai_errors.of_kind(provider, "upstream", "an answer without a message")
        raise Unusable(failure, _nothing(used)) from exc


def _nothing(used: dict[str, Any]) -> Completion:
    return Completion(text="", refusal="", cut=False, model="", **used)


def _failure_of(provider: str, choice: Any) -> UpstreamError | None:
    if choice.finish_reason == "error":
        said = getattr(choice, "error", None) or "an error in place of a message"
        return openai_errors.failed(provider, 200, said)
    if choice.finish_reason == "content_filter":
        return openai_errors.of_kind(provider, "moderation", "content_filter")
    return None


def _used(usage: Any) -> dict[str, Any]:
    details = getattr(usage, "prompt_tokens_details", None)
    sent, written = _tokens(usage, "prompt_tokens"), _tokens(usage, "completion_tokens")
    is_metered = bool(sent) and written is not None  # no answer is made of no input
    return {
        "input_tokens": sent or 0,
        "output_tokens": written or 0,
        "cached_tokens": _tokens(details, "cached_tokens") or 0,
        "cost_usd": _cost_usd(usage),
        "is_metered": is_metered,
    }


def _tokens(counted: Any, name: str) -> int | None:
    found = getattr(counted, name, None)
    return found if type(found) is int and 0 <= found < MOST_TOKENS else None


def _cost_usd(usage: Any) -> float | None:
    cost = getattr(usage, "cost", None)
    return float(cost) if isinstance(cost, int | float) and 0 <= cost < float("inf") else None


def embed(model: str, texts: Sequence[str]) -> list[list[float]]:
    """One vector a text, in order. Raises `UpstreamError`."""
    import openai

    try:
        answer = get_client("openai").embeddings.create(model=model, input=list(texts))
    except (openai.OpenAIError, ValueError) as exc:
        raise _failure("openai", exc) from exc
    return [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
