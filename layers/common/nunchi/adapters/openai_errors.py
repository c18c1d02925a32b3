"""What an error of OpenAI or OpenRouter is: its kind, which becomes the recorded outcome, and whether it can pass.

https://platform.openai.com/docs/guides/error-codes, https://openrouter.ai/docs/api-reference/errors
"""

from collections.abc import Mapping
from typing import Any

from nunchi.errors import UpstreamError

# what another attempt can change; a wrong key, an empty account, a prompt that is too long stay what they are
PASSING = frozenset({"rate_limit", "timeout", "connection", "server", "cut_json", "upstream"})
BY_CODE = {
    "insufficient_quota": "quota",
    "rate_limit_exceeded": "rate_limit",
    "context_length_exceeded": "overflow",
    "string_above_max_length": "overflow",
    "invalid_api_key": "key",
    "content_policy_violation": "moderation",
    "content_filter": "moderation",
    "server_error": "server",
}
BY_STATUS = {
    401: "key",
    402: "credit",
    403: "key",
    408: "timeout",
    409: "server",
    413: "overflow",
    429: "rate_limit",
}
REASON_MAX = 100  # characters


def failed(system: str, status: int, error: object, *, retry_after_s: float | None = None) -> UpstreamError:
    """The error that an answer tells of. `error` is the body's, of any shape; `status` is HTTP's.

    OpenRouter reports errors inside a 200 too, with an integer code that is the status that it would have been.
    """
    said: Mapping[str, Any] = error if isinstance(error, Mapping) else {"message": error}
    code = said.get("code")
    kind = _kind(_status(status, code), said)
    reason = (
        str(code or said.get("type") or said.get("message") or status)
        if status == 200
        else str(code or status)
    )
    return UpstreamError(
        system, reason[:REASON_MAX], passing=kind in PASSING, kind=kind, retry_after_s=retry_after_s
    )


def of_kind(system: str, kind: str, reason: str) -> UpstreamError:
    """An error of a known kind."""
    return UpstreamError(system, reason, passing=kind in PASSING, kind=kind)


def _status(status: int, code: object) -> int:
    if status == 200 and str(code).isdecimal():
        return int(str(code))
    return status


def _kind(status: int, said: Mapping[str, Any]) -> str:
    for name in (said.get("code"), said.get("type")):
        if str(name) in BY_CODE:
            return BY_CODE[str(name)]
    if _is_moderation(status, said):
        return "moderation"
    # OpenRouter passes on what a provider says of too long a prompt, under a plain 400
    if status == 400 and "context length" in str(said.get("message")):
        return "overflow"
    if status in BY_STATUS:
        return BY_STATUS[status]
    if status >= 500:
        return "server"
    return "rejected" if status >= 400 else "upstream"


def _is_moderation(status: int, said: Mapping[str, Any]) -> bool:
    metadata = said.get("metadata")
    flagged = isinstance(metadata, Mapping) and ("flagged_input" in metadata or "reasons" in metadata)
    return status in {400, 403} and (flagged or "moderation" in str(said.get("message")).lower())
