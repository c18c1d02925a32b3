"""Around every request: a correlation id, the headers of a safe answer, no foreign origin, no bare 500."""

import re
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import uuid4

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from api import problems
from nunchi.observability import get_logger

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

CORRELATION = "X-Correlation-Id"
CORRELATION_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_BODY = 2**20  # bytes
LONGEST_LENGTH = 20  # digits
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Edge:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        correlation_id = _correlation_id(Headers(scope=scope))
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        began = False

        async def guarded(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                _complete(MutableHeaders(scope=message), scope, correlation_id)
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        except Exception as exc:
            _log(exc, correlation_id)
            if began:
                raise
            failed = problems.response(Request(scope), problems.Problem(500, "internal"))
            await failed(scope, receive, guarded)


def _correlation_id(headers: Headers) -> str:
    given = headers.get(CORRELATION, "")
    return given if CORRELATION_ID.fullmatch(given) else uuid4().hex


def _complete(headers: MutableHeaders, scope: Message, correlation_id: str) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers[CORRELATION] = correlation_id
    asked = Headers(scope=scope)
    if "authorization" in asked or "cookie" in asked or "set-cookie" in headers:
        headers.setdefault("Cache-Control", "no-store")


def _log(exc: Exception, correlation_id: str) -> None:
    """The error's kind and its places in the code. Not its text, which may quote what a client sent."""
    frames = traceback.extract_tb(exc.__traceback__)[-6:]
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    said = {"error": type(exc).__name__, "places": places, "correlation_id": correlation_id}
    get_logger().error("a request failed", extra=said)


class Origins:
    """Refuses writes that a browser sends from a page of another origin (OWASP: verify Origin), login included.

    Programs send no Origin. A page of ours has the origin that it was served from, or one of the allowed.
    """

    def __init__(self, app: App, allowed: frozenset[str]) -> None:
        self.app, self.allowed = app, allowed

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_foreign(scope):
            refused = problems.response(Request(scope), problems.Problem(403, "foreign_origin"))
            await refused(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_foreign(self, scope: Message) -> bool:
        headers = Headers(scope=scope)
        if scope["method"] in SAFE_METHODS:
            return False
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") == "cross-site"
        own = headers.get("host", "")
        return origin not in self.allowed and origin not in {f"https://{own}", f"http://{own}"}


class BodyLimit:
    """Refuses bodies of more than `LARGEST_BODY` bytes, announced or not."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _announced(Headers(scope=scope)) > LARGEST_BODY:
            refused = problems.response(Request(scope), problems.Problem(413, "too_large"))
            await refused(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST_BODY:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < LONGEST_LENGTH else 0


ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")


def origins(text: str) -> frozenset[str]:
    """The allowed origins of a setting. Raises ValueError for what is no origin, such as `*`."""
    found = [one.strip() for one in text.split(",") if one.strip()]
    for one in found:
        if not ORIGIN.fullmatch(one):
            raise ValueError(f"ALLOWED_ORIGINS: {one} is no origin such as https://app.example.com")
    return frozenset(found)
