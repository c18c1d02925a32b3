"""Api: the FastAPI application behind API Gateway."""

import gc
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from api import problems
from api.app import create_app
from nunchi.accounts import keys
from nunchi.settings import get_settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_mangum: Mangum | None = None


def _under(root_path: str, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> Any:
    """The application under the gateway's stage, which is part of its addresses but not of its paths."""

    async def mounted(scope: Message, receive: Receive, send: Send) -> None:
        await app({**scope, "root_path": root_path}, receive, send)

    return mounted


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    global _mangum
    if _mangum is None:
        keys.get_ring()  # without keys to sign with, it must not start
        app = _under(get_settings().api_root_path, create_app())
        texts = [*DEFAULT_TEXT_MIME_TYPES, problems.MEDIA_TYPE]  # what is no text is sent as base64
        _mangum = Mangum(app, lifespan="off", text_mime_types=texts)
        gc.freeze()  # what the start has made stays: no later collection looks through it, which takes 0.1 s
    return dict(_mangum(event, context))
