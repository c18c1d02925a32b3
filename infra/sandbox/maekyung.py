"""A stand-in for www.mk.co.kr: the stock feed and the article pages, in the shape of the real ones."""

from collections.abc import Sequence
from html import escape

from fastapi import APIRouter, Request, Response

from infra.sandbox import maekyung_pages as pages
from infra.sandbox.addresses import address
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.entities import Article
from infra.sandbox.feeds import Feed, cdata, rfc822
from infra.sandbox.templates import filled

RELATED = 5


def _item(article: Article) -> str:
    zone = "+09:00" if article.no % 5 == 0 else "+0900"  # the real feed writes both
    return pages.ITEM.format(
        no=article.no,
        link=address(article),
        title=cdata(article.title),
        published=rfc822(article.published_at).replace("+0900", zone),
        description=cdata(article.paragraphs[0]),
    )


def render_page(article: Article, before: Sequence[Article]) -> str:
    """An article's page; `before` are older articles for its list of related ones, newest first."""
    local = article.published_at
    values = {
        "address": address(article),
        "no": str(article.no),
        "title": escape(article.title),
        "summary": escape(article.paragraphs[0]),
        "iso": local.isoformat(),
        "written": f"{local:%Y-%m-%d %H:%M:%S}",
        "author": escape(article.author),
        "desk": f"desk{article.no % 97}@maekyung.example",
        "body": _body(article),
        "related": "".join(map(_related, before)),
    }
    return filled(pages.ARTICLE, values)


def _body(article: Article) -> str:
    paragraphs = [f'<p refId="{n}">{escape(text)}</p>' for n, text in enumerate(article.paragraphs, start=2)]
    if article.no % 3 == 0:
        paragraphs.insert(2, pages.AD_IN_BODY)
    picture = pages.PICTURE if article.no % 2 == 0 else ""
    return picture + "".join(paragraphs)


def _related(article: Article) -> str:
    return pages.RELATED.format(
        link=address(article), title=escape(article.title), published=article.published_at
    )


def router(timeline: Timeline, clock: Clock) -> APIRouter:
    """The site's routes, at the time of `clock`."""
    site, shelf = APIRouter(), timeline.outlets["maekyung"]
    feed = Feed(shelf, _item, pages.FEED, f"maekyung {timeline.market.seed}")

    @site.get("/rss/50200011/")
    async def listing(request: Request) -> Response:
        return feed.answer(request, clock.now)

    @site.get("/news/stock/{no}")
    async def article(no: str) -> Response:
        found = shelf.find(no, clock.now)
        if found is None:
            return Response(pages.NOT_FOUND, 404, media_type="text/html")
        return Response(render_page(found, shelf.before(no, RELATED)), media_type="text/html")

    return site
