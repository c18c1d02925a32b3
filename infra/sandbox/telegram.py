"""A stand-in for Telegram's Bot API: sendMessage, webhooks, and people who write to the bot.

https://core.telegram.org/bots/api. A token is good if it has the shape of one.
"""

import itertools
import re
import zlib
from typing import Any, Literal

import requests
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from infra.sandbox.clock import Clock
from infra.sandbox.telegram_chats import Chats, Limits, Refused, State

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
ANSWER_S = 10  # how long a webhook's answer is waited for
_updates = itertools.count(1)


class Hook:
    """The webhook that was set."""

    def __init__(self) -> None:
        self.url, self.secret = "", ""


class Described(BaseModel):
    """The state of a chat from now on."""

    model_config = ConfigDict(extra="forbid")
    state: State
    migrated_to: int = 0


class Limited(BaseModel):
    """The limits from now on."""

    model_config = ConfigDict(extra="forbid")
    per_second: float | None = Field(default=None, gt=0)
    per_chat_second: float | None = Field(default=None, gt=0)
    per_group_minute: float | None = Field(default=None, gt=0)


class Written(BaseModel):
    """What a person writes to the bot in a chat; with an `update_id` of before, Telegram sends that update again."""

    model_config = ConfigDict(extra="forbid")
    chat: int
    text: str
    sender: int | None = None
    kind: Literal["private", "group", "supergroup"] = "private"
    language_code: str = "ko"
    update_id: int | None = None


def router(chats: Chats, clock: Clock, hook: Hook) -> APIRouter:
    """The routes of api.telegram.org."""
    api = APIRouter()

    @api.post("/bot{token}/{method}")
    async def call(token: str, method: str, request: Request) -> Response:
        try:
            if not TOKEN.fullmatch(token):
                raise Refused(401, "Unauthorized")
            body = await _body(request)
            result = _called(method, body, chats, clock, hook)
        except Refused as exc:
            return JSONResponse(exc.body(), exc.code)
        return JSONResponse({"ok": True, "result": result})

    return api


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise Refused(400, "Bad Request: message text is empty") from None
    return body if isinstance(body, dict) else {}


def _called(method: str, body: dict[str, Any], chats: Chats, clock: Clock, hook: Hook) -> Any:
    match method:
        case "sendMessage":
            return chats.send(_number(body.get("chat_id")), body, int(clock.now.timestamp()))
        case "setWebhook":
            if not SECRET.fullmatch(str(body.get("secret_token", ""))):
                raise Refused(400, "Bad Request: secret token contains unallowed characters")
            hook.url, hook.secret = str(body.get("url", "")), str(body["secret_token"])
            return True
        case "deleteWebhook":
            hook.url, hook.secret = "", ""
            return True
        case "getWebhookInfo":
            return {"url": hook.url, "has_custom_certificate": False, "pending_update_count": 0}
        case "getUpdates" if hook.url:
            told = "Conflict: can't use getUpdates method while webhook is active"
            raise Refused(409, told)
        case "getMe":
            return {"id": 1, "is_bot": True, "first_name": "nunchi", "username": "nunchi_sandbox_bot"}
    raise Refused(404, "Not Found")


def _number(given: object) -> int:
    """A chat's number; a public channel's @name gets one that follows from it."""
    if isinstance(given, int):
        return given
    if isinstance(given, str) and given.lstrip("-").isdecimal():
        return int(given)
    if isinstance(given, str) and given.startswith("@"):
        return -(10**12) - zlib.crc32(given.encode())
    raise Refused(400, "Bad Request: chat_id is empty")


def control(chats: Chats, hook: Hook) -> APIRouter:
    """The routes below /_control/telegram."""
    own = APIRouter()

    @own.get("")
    async def read() -> dict[str, Any]:
        sent = {str(chat.id): len(chat.messages) for chat in chats.all() if chat.messages}
        return {
            "sent": sent,
            "most_in_a_second": chats.most_in_a_second,
            "refused": {str(code): times for code, times in chats.refused.items()},
            "webhook": hook.url,
        }

    @own.delete("")
    async def forget() -> dict[str, Any]:
        chats.forget()
        return {}

    @own.put("/limits")
    async def limit(limits: Limited) -> dict[str, Any]:
        chats.limits = Limits(**limits.model_dump())
        return limits.model_dump()

    @own.put("/chats/{number}")
    async def describe(number: int, described: Described) -> dict[str, Any]:
        chat = chats.chat(number)
        chat.state, chat.migrated_to = described.state, described.migrated_to
        return described.model_dump()

    @own.get("/chats/{number}")
    async def messages(number: int) -> list[dict[str, Any]]:
        return chats.chat(number).messages

    @own.post("/write")
    async def write(written: Written) -> dict[str, Any]:
        return await run_in_threadpool(_write, written, chats, hook)

    return own


def update_of(written: Written) -> dict[str, Any]:
    """What a person wrote, as an update."""
    sender = written.sender or abs(written.chat)
    number = written.update_id or next(_updates)
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "from": {
                "id": sender,
                "is_bot": False,
                "first_name": "표본",
                "language_code": written.language_code,
            },
            "chat": {"id": written.chat, "type": written.kind},
            "date": 1_760_000_000 + number,
            "text": written.text,
        },
    }


def _write(written: Written, chats: Chats, hook: Hook) -> dict[str, Any]:
    """Sends an update to the webhook, and does what its answer calls for."""
    update = update_of(written)
    headers = {SECRET_HEADER: hook.secret}
    answer = requests.post(hook.url, json=update, headers=headers, timeout=ANSWER_S)
    told = answer.json() if answer.ok and answer.content else None
    if isinstance(told, dict) and told.get("method") == "sendMessage":
        chats.send(_number(told.get("chat_id")), told, update["message"]["date"])
    return {"update_id": update["update_id"], "status": answer.status_code, "answer": told}
