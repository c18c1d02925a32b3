"""A stand-in for mk.co.kr: the stock feed and the article pages, in the shape of the real ones."""

import re
from collections.abc import Sequence
from email.utils import format_datetime
from hashlib import blake2s
from html import escape

from fastapi import APIRouter, Request, Response

from infra.sandbox import maekyung_pages as pages
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.entities import Article

FEED_ITEMS = 60
RELATED = 5
RSS_TYPE = "text/xml;charset=UTF-8"


class Feed:
    """The newest articles as RSS, rendered once for each state."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._items = [_item(article) for article in timeline.market.articles]
        self._last: tuple[int, str, bytes] = (-1, "", b"")

    def render(self, count: int, base: str) -> bytes:
        """The feed once `count` articles are published, newest first."""
        if self._last[:2] != (count, base):
            items = "".join(reversed(self._items[max(0, count - FEED_ITEMS) : count]))
            body = pages.FEED.replace("@ITEMS@", items).replace("@BASE@", base)
            self._last = (count, base, body.encode())
        return self._last[2]


def _item(article: Article) -> str:
    zone = "+09:00" if article.no % 5 == 0 else "+0900"  # the real feed writes both
    return pages.ITEM.format(
        no=article.no,
        title=_cdata(article.title),
        published=format_datetime(article.published_at).replace("+0900", zone),
        description=_cdata(article.paragraphs[0]),
    )


def _cdata(text: str) -> str:
    return text.replace("]]>", "]]]]><![CDATA[>")


def render_page(article: Article, before: Sequence[Article], base: str) -> str:
    """An article's page; `before` are older articles for its list of related ones."""
    local = article.published_at
    values = {
        "base": base,
        "no": str(article.no),
        "title": escape(article.title),
        "summary": escape(article.paragraphs[0]),
        "iso": local.isoformat(),
        "written": f"{local:%Y-%m-%d %H:%M:%S}",
        "author": escape(article.author),
        "desk": f"desk{article.no % 97}@maekyung.example",
        "body": _body(article),
        "related": "".join(_related(other, base) for other in reversed(before)),
    }
    return re.sub(r"@(\w+)@", lambda found: values.get(found[1], found[0]), pages.ARTICLE)


def _body(article: Article) -> str:
    paragraphs = [f'<p refId="{n}">{escape(text)}</p>' for n, text in enumerate(article.paragraphs, start=2)]
    if article.no % 3 == 0:
        paragraphs.insert(2, pages.AD_IN_BODY)
    picture = pages.PICTURE if article.no % 2 == 0 else ""
    return picture + "".join(paragraphs)


def _related(article: Article, base: str) -> str:
    return pages.RELATED.format(
        base=base, no=article.no, title=escape(article.title), published=article.published_at
    )


def router(timeline: Timeline, clock: Clock) -> APIRouter:
    """The site's routes, at the time of `clock`."""
    site, feed = APIRouter(), Feed(timeline)

    @site.get("/rss/50200011/")
    async def listing(request: Request) -> Response:
        count = timeline.published(clock.now)
        etag = _etag(timeline.market.seed, count)
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        body = feed.render(count, _base(request))
        return Response(body, media_type=RSS_TYPE, headers={"ETag": etag})

    @site.get("/news/stock/{no}")
    async def article(request: Request, no: str) -> Response:
        found = timeline.article(int(no), clock.now) if no.isascii() and no.isdigit() else None
        if found is None:
            return Response(pages.NOT_FOUND, 404, media_type="text/html")
        older = timeline.published(found.published_at) - 1
        before = timeline.market.articles[max(0, older - RELATED) : older]
        return Response(render_page(found, before, _base(request)), media_type="text/html")

    return site


def _etag(seed: int, count: int) -> str:
    return f'"{blake2s(f"{seed} {count}".encode(), digest_size=8).hexdigest()}"'


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/") + "/mk"
