"""Misbehaviour on demand: the next requests below a path are slowed, refused, cut, garbled or dropped."""

import asyncio
import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.sandbox.fault_presets import PRESETS

GARBAGE = b"\x00\xff<<<\xfe not what you asked for \x80\x81"
NO_WAIT = struct.pack("ii", 1, 0)  # SO_LINGER: a close is a reset


class Fault(BaseModel):
    """What happens to the next `times` requests whose path begins with `path`; a preset fills in the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    kind: Literal["latency", "status", "cut", "encoding", "garbage", "reset"] = "status"
    preset: str = ""
    times: int = Field(default=1, ge=1)
    status: int = Field(default=500, ge=200, le=599)
    seconds: float = Field(default=0.1, ge=0, le=60)
    headers: dict[str, str] = {}
    body: str = ""

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, given: Any) -> Any:
        name = given.get("preset") if isinstance(given, dict) else None
        if not name:
            return given
        if name not in PRESETS:
            raise ValueError(f"no preset {name!r}; there are {', '.join(sorted(PRESETS))}")
        status, headers, body = PRESETS[name]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        headers = {"content-type": "application/json", **headers}
        return {"kind": "status", "status": status, "headers": headers, "body": text} | given


@dataclass
class Faults:
    """The faults that are still to come, in the order in which they were asked for."""

    _left: list[tuple[Fault, int]] = field(default_factory=list)

    def replace(self, faults: Sequence[Fault]) -> None:
        """Forgets the faults that there were."""
        self._left = [(fault, fault.times) for fault in faults]

    def take(self, path: str) -> Fault | None:
        """The fault that the next request of a path meets."""
        for place, (fault, times) in enumerate(self._left):
            if path.startswith(fault.path):
                self._left[place : place + 1] = [(fault, times - 1)] if times > 1 else []
                return fault
        return None


class Misbehaving:
    """An application that meets with faults. They never touch the sandbox's own /_control."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        outside = scope["type"] == "http" and not scope["path"].startswith("/_control")
        fault = self._faults.take(scope["path"]) if outside else None
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind == "reset":
            await _reset(receive)
        elif fault.kind == "status":
            await _answer(send, fault.status, _plain(fault.headers), fault.body.encode())
        else:
            await self._changed(fault, scope, receive, send)

    async def _changed(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
            return
        status, headers, body = await _recorded(self._app, scope, receive)
        if fault.kind == "encoding":
            body = _in_the_other_encoding(body)  # the header goes on naming the right one
        elif fault.kind == "garbage":
            body = GARBAGE
        await _answer(send, status, headers, body, cut=fault.kind == "cut")


def _in_the_other_encoding(body: bytes) -> bytes:
    try:
        return body.decode().encode("cp949", "replace")
    except UnicodeDecodeError:
        return body.decode("cp949", "replace").encode()


async def _recorded(
    app: ASGIApp, scope: Scope, receive: Receive
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, keep)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], list(sent[0]["headers"]), body


def _plain(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    named = {"content-type": "text/plain; charset=utf-8"} | {name.lower(): v for name, v in headers.items()}
    return [(name.encode(), value.encode("latin-1")) for name, value in named.items()]


async def _answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, cut: bool = False
) -> None:
    kept = [pair for pair in headers if pair[0].lower() != b"content-length"]
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": kept + length})
    if cut:
        body = body[: len(body) // 2]
    # a body that promises more and does not come makes the server close the connection
    await send({"type": "http.response.body", "body": body, "more_body": cut})


async def _reset(receive: Receive) -> None:
    # ASGI has no word for it, so this reaches for uvicorn's transport behind `receive`
    transport: asyncio.Transport | None = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("a reset was asked for")
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_WAIT)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
