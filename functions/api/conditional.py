"""Reads that clients poll: each has an ETag, and one that has not changed is answered by 304 without a body."""

import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class ConditionalReads:
    """ASGI middleware for GET (RFC 9110, 8.8.3 and 13.1.2). Tags are digests of the body, so they are strong.

    What a route marks as `no-store`, and every answer but 200, passes as it is. An answer may be kept by the
    client that asked, and must be asked after again before it is used.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("if-none-match", "")
        start: Message = {}
        body = bytearray()

        async def held(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await _answer(start, bytes(body), asked, send)

        await self.app(scope, receive, held)


async def _answer(start: Message, body: bytes, asked: str, send: Send) -> None:
    headers = MutableHeaders(scope=start)
    if start["status"] == 200 and headers.get("cache-control") != "no-store":
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers["ETag"] = tag
        headers.setdefault("Cache-Control", "private, no-cache")
        if _matches(asked, tag):
            del headers["content-length"], headers["content-type"]
            start["status"], body = 304, b""
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _matches(asked: str, tag: str) -> bool:
    """Whether `If-None-Match` names the tag: weakly, as it demands, or by `*`."""
    return any(one.strip().removeprefix("W/") in {tag, "*"} for one in asked.split(","))
