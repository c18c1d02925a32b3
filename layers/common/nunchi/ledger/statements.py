"""What the archive keeps of a seal, read as something that anybody may have written. Pure."""

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, TypeAdapter

from nunchi.ledger import rules

UNREADABLE: dict[str, Any] = {"root": "", "leaves": []}


def _root(text: str) -> str:
    if len(text) != len(rules.GENESIS) or bytes.fromhex(text).hex() != text:
        raise ValueError("not 64 hexadecimal digits")
    return text


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("without an offset")
    return text


def _id(text: str) -> str:
    if str(UUID(text)) != text:
        raise ValueError("not a UUID as it is written")
    return text


Root = Annotated[str, AfterValidator(_root)]
Moment = Annotated[str, AfterValidator(_moment)]


class _Header(BaseModel, strict=True):
    previous_root: Root
    previous_sealed_at: Moment | None = None
    sealed_at: Moment
    forecasts: int
    tree_root: Root


class _Content(BaseModel, strict=True):
    forecast_id: Annotated[str, AfterValidator(_id)]


class _Statement(BaseModel, strict=True):
    root: Root
    header: _Header
    contents: list[_Content]


class _First(BaseModel, strict=True):
    """Of the first format, whose contents are nowhere kept."""

    root: Root
    leaves: list[Root]


def read(body: bytes | None) -> dict[str, Any] | None:
    """A kept statement with `root`, `header`, `contents` and `leaves`, the hashes of those very contents.

    Of the first format there are `root` and `leaves`. One that can't be read is `UNREADABLE`; None stays None.
    """
    if body is None:
        return None
    try:
        found = json.loads(body)
        if not isinstance(found, dict) or "header" not in found:
            return TypeAdapter(_First).validate_python(found).model_dump()
        TypeAdapter(_Statement).validate_python(found)
        rules.canonical(found)
        leaves = [rules.content_hash(one) for one in found["contents"]]
    except (ValueError, RecursionError):
        return dict(UNREADABLE)
    return {name: found[name] for name in ("root", "header", "contents")} | {"leaves": leaves}


def is_readable(statement: dict[str, Any]) -> bool:
    """Whether a statement that was read says anything."""
    return bool(statement["root"])
