"""The own account's chat in Telegram, what was sent to it, and where Telegram's updates arrive."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from api.access import problem_responses
from api.dependencies import DatabaseSession, Now, User, public
from api.paging import Cursor, Order, Page, PageSize
from api.problems import Problem
from nunchi.adapters import telegram
from nunchi.models import Chat, Delivery
from nunchi.notify import linking, updates
from nunchi.notify.repository import chats, deliveries
from nunchi.settings import get_settings

router = APIRouter(prefix="/telegram", tags=["alerts"])
DELIVERIES = Order(TypeAdapter(tuple[AwareDatetime, UUID]))
Secret = Annotated[str, Header(alias="X-Telegram-Bot-Api-Secret-Token", max_length=256)]


class Update(BaseModel):
    """An update in the Bot API's shape, of which only what is used is read: see nunchi.notify.updates."""

    model_config = ConfigDict(hide_input_in_errors=True)
    update_id: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = Field(examples=[10000])
    message: Any = Field(default=None, examples=[{"chat": {"id": 1, "type": "private"}, "text": "/status"}])
    my_chat_member: Any = Field(default=None, examples=[{"new_chat_member": {"status": "kicked"}}])


class Reply(BaseModel):
    """A call of the Bot API's, in the answer to an update; empty where there is nothing to say."""

    method: str | None = None
    chat_id: int | None = None
    text: str | None = None
    link_preview_options: dict[str, bool] | None = None


class ChatState(BaseModel):
    """Whether a chat is linked, and whether it is told."""

    linked: bool
    active: bool
    inactive_for: str = Field(examples=["stopped"], description="Why it is not told; empty where it is.")
    linked_at: AwareDatetime | None


class Link(BaseModel):
    """What links a chat when it is opened in Telegram, once."""

    url: str = Field(examples=["https://t.me/nunchi_bot?start=u3k"])
    expires_at: AwareDatetime


class DeliveryLine(BaseModel):
    id: UUID
    kind: str = Field(examples=["alert"])
    state: str = Field(
        examples=["sent"],
        description="due, sending, sent, gone (the chat can't be written to), rejected (our mistake), expired, or "
        "uncertain: the call had no answer, so that the message may have come or not; it is not sent again.",
    )
    reason: str
    story_id: UUID | None
    story_title: str | None
    stock_code: str | None
    stock_name: str | None
    made_at: AwareDatetime
    finished_at: AwareDatetime | None


@router.get("")
def get_chat(user: User, session: DatabaseSession) -> ChatState:
    """The own chat."""
    return _state(chats.chat_of_user(session, user.id))


def _state(chat: Chat | None) -> ChatState:
    if chat is None or chat.telegram_id is None:
        return ChatState(linked=False, active=False, inactive_for="", linked_at=None)
    return ChatState(
        linked=True, active=chat.active, inactive_for=chat.inactive_for, linked_at=chat.linked_at
    )


@router.post("/link", status_code=201, responses=problem_responses(503))
def make_link(user: User, session: DatabaseSession, now: Now, response: Response) -> Link:
    """A link for one use within ten minutes. Older ones are good no more."""
    bot = get_settings().telegram_bot_name
    if not bot:
        raise Problem(503, "unavailable")
    token, expires_at = linking.begin(session, user.id, now=now)
    response.headers["Cache-Control"] = "no-store"
    return Link(url=f"https://t.me/{bot}?start={token}", expires_at=expires_at)


@router.delete("/link", status_code=204)
def unlink(user: User, session: DatabaseSession) -> None:
    """Takes the chat away. Rules and preferences stay."""
    chats.unlink(session, user.id)


@router.get("/deliveries")
def list_deliveries(
    user: User, session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None
) -> Page[DeliveryLine]:
    """What was sent to the own chat, newest first, and what became of it."""
    rows = deliveries.of_user(session, user.id, limit=limit + 1, after=DELIVERIES.after(cursor))
    return DELIVERIES.page(rows, limit, lambda row: (row[0].made_at, row[0].id), lambda row: _line(*row))


def _line(delivery: Delivery, story_title: str | None, stock_name: str | None) -> DeliveryLine:
    names = ("id", "kind", "state", "reason", "story_id", "stock_code", "made_at", "finished_at")
    values: dict[str, Any] = {name: getattr(delivery, name) for name in names}
    return DeliveryLine(**values, story_title=story_title, stock_name=stock_name)


def genuine(secret: Secret = "") -> None:
    """Lets only those through who know the secret that was set with the webhook."""
    if not telegram.is_genuine(secret):
        raise Problem(403, "forbidden")


@router.post("/webhook", dependencies=[public, Depends(genuine)], response_model_exclude_none=True)
def receive(update: Update, session: DatabaseSession, now: Now) -> Reply:
    """An update of Telegram's. The answer may hold a call of the Bot API; of an update seen before it is empty."""
    return Reply(**(updates.work(session, update.model_dump(), now=now) or {}))
