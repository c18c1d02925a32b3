"""An outlet's newest articles as RSS, rendered once for each state."""

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from infra.sandbox import conditional
from infra.sandbox.entities import Article
from infra.sandbox.shelf import Shelf

FEED_ITEMS = 60
RSS_TYPE = "text/xml;charset=UTF-8"
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Feed:
    """The last items of a shelf, newest first; `frame` holds @ITEMS@ and may hold @BUILT@, the newest one's time."""

    def __init__(self, shelf: Shelf[Article], item: Callable[[Article], str], frame: str, name: str) -> None:
        self._shelf, self._item, self._frame, self._name = shelf, item, frame, name
        self._last = (-1, b"")

    def answer(self, request: Request, now: datetime) -> Response:
        """The feed at a moment, or 304."""
        count = self._shelf.count(now)
        newest = self._shelf.newest(count, 1)
        modified = newest[0].published_at if newest else NEVER
        state = f"{self._name} {count} {newest[0].no if newest else 0}"
        return conditional.answer(request, state, modified, lambda: self._render(count, modified), RSS_TYPE)

    def _render(self, count: int, modified: datetime) -> bytes:
        if self._last[0] != count:
            items = "".join(map(self._item, self._shelf.newest(count, FEED_ITEMS)))
            body = self._frame.replace("@BUILT@", rfc822(modified)).replace("@ITEMS@", items)
            self._last = (count, body.encode())
        return self._last[1]


def rfc822(moment: datetime) -> str:
    """A time as feeds write it, in the zone that it has."""
    return f"{moment:%a, %d %b %Y %H:%M:%S %z}"


def cdata(text: str) -> str:
    """Text for the inside of a CDATA section."""
    return text.replace("]]>", "]]]]><![CDATA[>")
