"""A stand-in for n.news.naver.com: the pages of articles that Naver carries, in the shape of the real ones."""

from collections.abc import Sequence
from html import escape

from fastapi import APIRouter, Response

from infra.sandbox import naver_pages as pages
from infra.sandbox.addresses import PRESSES, address, office
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.entities import Article
from infra.sandbox.templates import filled

RELATED = 5
HTML = "text/html;charset=UTF-8"


def render_page(article: Article, before: Sequence[Article]) -> str:
    """An article's page; `before` are older articles for the list below it."""
    local, press = article.published_at, PRESSES[office(article)]
    times = {"written": f"{local:%Y-%m-%d %H:%M:%S}", "shown": f"{local:%Y.%m.%d. %H:%M}"}
    values = {
        "address": address(article),
        "title": escape(article.title),
        "summary": escape(article.paragraphs[0]),
        "office": office(article),
        "press": press,
        "author": escape(article.author),
        "desk": f"desk{article.no % 97}@press{office(article)}.example",
        "modified": pages.MODIFIED.format(**times) if article.no % 2 else "",
        "body": _body(article),
        "related": "".join(map(_related, before)),
    }
    return filled(pages.ARTICLE, values | times)


def _body(article: Article) -> str:
    text = "<br><br>".join(escape(paragraph) for paragraph in article.paragraphs)
    photo = pages.PHOTO if article.no % 2 == 0 else ""
    summary = pages.SUMMARY.format(text=escape(article.title)) if article.no % 3 == 0 else ""
    return f"{photo}{summary}{text}"


def _related(article: Article) -> str:
    return pages.RELATED.format(link=address(article), title=escape(article.title))


def router(timeline: Timeline, clock: Clock) -> APIRouter:
    """The site's routes, at the time of `clock`."""
    site, shelf = APIRouter(), timeline.outlets["naver"]

    @site.get("/mnews/article/{office}/{number}")
    async def article(office: str, number: str) -> Response:
        key = f"{office}/{number}"
        found = shelf.find(key, clock.now)
        if found is None:
            return Response(pages.NOT_FOUND, 404, media_type=HTML)
        return Response(render_page(found, shelf.before(key, RELATED)), media_type=HTML)

    return site
