"""One request to KIS and its answer: a JSON object, whose `rt_cd` says whether the call succeeded, on any status."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nunchi.adapters import web
from nunchi.adapters.kis.errors import Failed

if TYPE_CHECKING:
    import requests

DEADLINE_S = 15  # for the whole answer
MAX_BYTES = 2_000_000  # the longest that we know has 70,000
SUCCESS = "0"
MORE = ("M", "F")
BUSY = (web.TIMED_OUT, web.TOO_MANY)

TOO_FAST = "EGW00201"  # more requests in a second than the account may send
TOKEN_TOO_OFTEN = "EGW00133"  # noqa: S105
BAD_TOKENS = ("EGW00121", "EGW00123")  # not valid, or not any more
# The request itself is wrong or not allowed: the beginnings of codes.
FINAL = ("EGW00003", "EGW00004", "EGW0010", "EGW00206", "EGW00207", "OPSQ")
_CODE = re.compile(r"[A-Z]{2,6}[A-Z0-9]{1,8}")  # what may be shown


@dataclass(frozen=True)
class Answer:
    """The body of a call that succeeded, and whether more follows on another page."""

    body: Mapping[str, Any]
    has_more: bool = False


def exchange(endpoint: str, method: str, url: str, **sent: Any) -> Answer:
    """Sends a request. Raises `Failed`; what is no answer at all passes."""
    import requests
    import urllib3

    try:
        return _exchange(endpoint, method, url, sent)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
        failed = Failed(endpoint, type(exc).__name__, passing=True, soon=True)
    raise failed  # here, so that it holds no exception that holds the request, and with it the login


def _exchange(endpoint: str, method: str, url: str, sent: Mapping[str, Any]) -> Answer:
    from nunchi.adapters.connections import deadline

    with deadline(DEADLINE_S) as given:
        with web.get_session().request(
            method, url, timeout=web.TIMEOUT_S, stream=True, allow_redirects=False, **sent
        ) as answer:
            text = answer.raw.read(MAX_BYTES + 1, decode_content=True)
        if given.passed:  # a body without a length that was cut looks whole
            raise TimeoutError
    if len(text) > MAX_BYTES:
        raise Failed(endpoint, f"more than {MAX_BYTES} bytes", passing=False, soon=False)
    return _judged(endpoint, answer, _object(text))


def _object(text: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _judged(endpoint: str, answer: "requests.Response", body: Mapping[str, Any] | None) -> Answer:
    if body is not None and _succeeded(answer.status_code, body):
        return Answer(body, answer.headers.get("tr_cont", "") in MORE)
    status, code = answer.status_code, _code(body or {})
    final = code.startswith(FINAL)
    raise Failed(
        endpoint,
        code or (f"HTTP {status}" if status >= 300 else "no answer of KIS"),
        passing=not final,
        soon=not final
        and (code == TOO_FAST or status >= 500 or status in BUSY or (status < 300 and not code)),
        retry_after_s=web.retry_after_s(answer.headers),
    )


def _succeeded(status: int, body: Mapping[str, Any]) -> bool:
    """Whether a call did. An answer without `rt_cd` is judged by what it has: a token, or an output."""
    if "rt_cd" in body:
        return bool(body["rt_cd"] == SUCCESS)
    return status == 200 and any(name.startswith(("access_token", "output")) for name in body)


def _code(body: Mapping[str, Any]) -> str:
    """KIS's code of an error; "" where it gives none, or none that can be shown."""
    code = body.get("msg_cd") or body.get("error_code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
