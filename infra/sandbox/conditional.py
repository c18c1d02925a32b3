"""Answers that a client need not fetch again: an ETag and Last-Modified, and 304 for whoever has the state already."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2s

from starlette.requests import Request
from starlette.responses import Response


def answer(
    request: Request, state: str, modified: datetime, body: Callable[[], bytes], media_type: str
) -> Response:
    """The body, or 304 without it for a client that has this state. `state` names it within the sandbox."""
    etag = f'"{blake2s(state.encode(), digest_size=8).hexdigest()}"'
    headers = {"ETag": etag, "Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True)}
    if _has(request, etag, modified):
        return Response(status_code=304, headers=headers)
    return Response(body(), media_type=media_type, headers=headers)


def _has(request: Request, etag: str, modified: datetime) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:  # the date counts only where there is no tag
        return etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    return _is_since(request.headers.get("if-modified-since", ""), modified)


def _is_since(date: str, modified: datetime) -> bool:
    try:
        since = parsedate_to_datetime(date)
    except ValueError:
        return False
    return since.tzinfo is not None and modified.replace(microsecond=0) <= since
