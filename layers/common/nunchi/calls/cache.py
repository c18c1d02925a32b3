"""Answers of models, kept for a while in Redis, so that what was paid for is not paid for again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from nunchi.adapters import redis
from nunchi.adapters.openai import Completion

TTL_S = 24 * 3600  # longer than any forecast is still wanted


@dataclass(frozen=True)
class Kept:
    """An answer, and the call that brought it."""

    call_id: UUID
    completion: Completion


def key_of(
    provider: str,
    model: str,
    prompt_version: str,
    messages: Sequence[Mapping[str, Any]],
    schema: Mapping[str, Any],
) -> str:
    """The key of an answer: all that was sent, so the story, its evidence and the prompt, and to which model."""
    sent = json.dumps([provider, model, prompt_version, list(messages), schema], sort_keys=True)
    return f"answer:{sha256(sent.encode('utf-8', 'replace')).hexdigest()}"


def recall(key: str) -> Kept | None:
    """The answer that was kept, or None."""
    stored = redis.recall(key)
    try:
        parts = json.loads(stored) if stored else None
        return Kept(UUID(parts["call_id"]), Completion(**parts["completion"])) if parts else None
    except (TypeError, KeyError, ValueError):  # of another version
        return None


def remember(key: str, call_id: UUID, completion: Completion) -> None:
    """Keeps an answer."""
    # in ASCII: a model's text may hold half a letter, which no UTF-8 can write
    redis.remember(key, json.dumps({"call_id": str(call_id), "completion": asdict(completion)}), ttl_s=TTL_S)
