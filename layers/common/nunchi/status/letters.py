"""What lies in the dead-letter queues: told by ids, and sent back to be worked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from nunchi.adapters import dead_letters
from nunchi.adapters.dead_letters import Letter
from nunchi.errors import NotFound, NunchiError
from nunchi.outbox import Envelope
from nunchi.settings import Settings, get_settings

SUFFIX = "_dead_letter_queue_url"
FAILURES = "async_failure"  # records of scheduled runs that failed for good: nothing that a queue could take
MOST_AT_ONCE = 200  # messages moved in one request
MOST_LOOKED_THROUGH = 2000  # to find one


class NotRedrivable(NunchiError):
    """What lies in this queue did not come from another one."""


@dataclass(frozen=True)
class Told:
    """A message by its ids. `event` is None for what is no message of ours; `function` is that of a failed run."""

    message_id: str
    sent_at: datetime
    receives: int
    event: str | None = None
    outbox_id: int | None = None
    correlation_id: str | None = None
    function: str | None = None


def queues() -> dict[str, str]:
    """The URLs of the dead-letter queues that are configured, by the short name of the queue that feeds each."""
    settings = get_settings()
    named = {name.removesuffix(SUFFIX): getattr(settings, name) for name in _names()}
    return {name: url for name, url in named.items() if url}


def _names() -> list[str]:
    return [name for name in Settings.model_fields if name.endswith(SUFFIX)]


def depths() -> dict[str, int]:
    """About how many messages lie in each dead-letter queue. Raises `UpstreamError`."""
    return {name: dead_letters.depth(url) for name, url in queues().items()}


def peek(queue: str, limit: int) -> list[Told]:
    """Some of the messages of a dead-letter queue, the oldest first. Raises `NotFound` and `UpstreamError`.

    Nothing is lost, and all are there again afterwards; only the number of their receives grows.
    """
    url, found = _url(queue), list[Letter]()
    try:
        for batch in dead_letters.held(url):
            found += batch
            if len(found) >= limit:
                break
    finally:
        dead_letters.show(url, found)
    return sorted(map(told, found), key=lambda one: (one.sent_at, one.message_id))[:limit]


def redrive(queue: str) -> int:
    """Sends what lies in a dead-letter queue back, at most `MOST_AT_ONCE`. Returns how many messages.

    Raises `NotFound`, `NotRedrivable` and `UpstreamError`; what was sent before stays sent.
    """
    source, target = _both(queue)
    moved = 0
    for batch in dead_letters.held(source):
        moved += dead_letters.move(batch, source, target)
        if moved >= MOST_AT_ONCE:
            break
    return moved


def redrive_one(queue: str, message_id: str) -> None:
    """Sends one message back. Raises `NotFound`, `NotRedrivable` and `UpstreamError`."""
    source, target = _both(queue)
    others, wanted = list[Letter](), list[Letter]()
    try:
        for batch in dead_letters.held(source):
            wanted = [one for one in batch if one.message_id == message_id]
            others += [one for one in batch if one.message_id != message_id]
            if wanted or len(others) >= MOST_LOOKED_THROUGH:
                break
    finally:
        dead_letters.show(source, others)
    if not dead_letters.move(wanted, source, target):
        raise NotFound("message", message_id)


def _both(queue: str) -> tuple[str, str]:
    source = _url(queue)
    if queue == FAILURES:
        raise NotRedrivable(queue)
    return source, get_settings().queue_url(queue)


def _url(queue: str) -> str:
    url = queues().get(queue)
    if url is None:
        raise NotFound("queue", queue)
    return url


def told(letter: Letter) -> Told:
    """A message without its body."""
    known = letter.message_id, letter.sent_at, letter.receives
    try:
        envelope = Envelope.model_validate_json(letter.body)
    except ValidationError:
        return Told(*known, function=_function(letter.body))
    return Told(*known, envelope.name, envelope.outbox_id, envelope.correlation_id)


def _function(body: str) -> str | None:
    """The function whose run a record of Lambda's tells of; None where the body is no such record."""
    try:
        record: Any = json.loads(body)
    except ValueError:
        return None
    context = record.get("requestContext") if isinstance(record, Mapping) else None
    arn = context.get("functionArn") if isinstance(context, Mapping) else None
    # arn:aws:lambda:<region>:<account>:function:<name>[:<version>]
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[6] if len(parts) > 6 else None
