"""A stand-in for www.hankyung.com: the finance feed and the article pages, in the shape of the real ones."""

import json
from collections.abc import Sequence
from html import escape

from fastapi import APIRouter, Request, Response

from infra.sandbox import conditional
from infra.sandbox import hankyung_pages as pages
from infra.sandbox.addresses import address
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.entities import Article
from infra.sandbox.feeds import Feed, cdata, rfc822
from infra.sandbox.templates import filled

RELATED = 5


def _item(article: Article) -> str:
    return pages.ITEM.format(
        title=cdata(article.title),
        link=address(article),
        author=cdata(article.author.removesuffix(" 기자")),
        published=rfc822(article.published_at),
    )


def render_page(article: Article, before: Sequence[Article]) -> str:
    """An article's page; `before` are older articles for its list of the most read ones."""
    local = article.published_at
    values = {
        "address": address(article),
        "title": escape(article.title),
        "headline": _in_script(article.title),
        "summary": escape(article.paragraphs[0]),
        "iso": local.isoformat(),
        "written": f"{local:%Y.%m.%d %H:%M}",
        "author": escape(article.author),
        "writer": _in_script(article.author),
        "desk": f"desk{article.no % 97}@hankyung.example",
        "body": _body(article),
        "related": "".join(map(_related, before)),
    }
    return filled(pages.ARTICLE, values)


def _in_script(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("</", "<\\/")


def _body(article: Article) -> str:
    """Bare text between <br><br>, or paragraphs: the site has written both."""
    if article.no % 4 == 0:
        paragraphs = [f"<p>{escape(text)}</p>" for text in article.paragraphs]
    else:
        paragraphs = [f"{escape(text)}<br><br>\n" for text in article.paragraphs]
    if article.no % 3 == 0:
        paragraphs.insert(2, pages.AD_IN_BODY)
    figure = pages.FIGURE if article.no % 2 == 0 else ""
    return figure + "".join(paragraphs).removesuffix("<br><br>\n")


def _related(article: Article) -> str:
    return pages.RELATED.format(
        link=address(article), title=escape(article.title), published=article.published_at
    )


def router(timeline: Timeline, clock: Clock) -> APIRouter:
    """The site's routes, at the time of `clock`."""
    site, shelf = APIRouter(), timeline.outlets["hankyung"]
    feed = Feed(shelf, _item, pages.FEED, f"hankyung {timeline.market.seed}")

    @site.get("/feed/finance")
    async def listing(request: Request) -> Response:
        return feed.answer(request, clock.now)

    @site.get("/article/{key}")
    async def article(request: Request, key: str) -> Response:
        found = shelf.find(key, clock.now)
        if found is None:
            return Response(pages.NOT_FOUND, 404, media_type="text/html")

        def body() -> bytes:
            return render_page(found, shelf.before(key, RELATED)).encode()

        return conditional.answer(request, f"{key} {found.title}", found.published_at, body, "text/html")

    return site
