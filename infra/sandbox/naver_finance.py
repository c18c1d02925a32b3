"""A stand-in for finance.naver.com: its news lists, in EUC-KR and in the shape of the real ones.

Their links are the site's own list links, which lead to the articles on n.news.naver.com.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from html import escape

from fastapi import APIRouter, Request, Response

from infra.sandbox import naver_pages as pages
from infra.sandbox.addresses import PRESSES, key, office
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.entities import Article
from infra.sandbox.shelf import Shelf
from infra.sandbox.templates import filled

MAIN_ROWS, REALTIME_ROWS, STOCK_ROWS = 40, 20, 20
STRAYS = 37  # one in so many articles is on a stock's page for no reason
SUMMARY_MAX = 90  # characters
HTML = "text/html;charset=EUC-KR"
_NAMES = {"‘": "lsquo", "’": "rsquo", "“": "ldquo", "”": "rdquo", "…": "hellip"}
_ENTITIES = {ord(char): f"&{name};" for char, name in _NAMES.items()}


def _text(text: str) -> str:
    """Text as these pages write it: some punctuation as entities."""
    return escape(text).translate(_ENTITIES)


def _list_row(article: Article, mode: str, written: str) -> str:
    where = f"article_id={article.no:010d}&office_id={office(article)}"
    return pages.ROW.format(
        link=escape(f"/news/news_read.naver?{where}&mode={mode}&date={article.published_at:%Y%m%d}&page=1"),
        title=_text(article.title),
        summary=_text(article.paragraphs[0][:SUMMARY_MAX]),
        press=PRESSES[office(article)],
        written=f"{article.published_at:{written}}",
    )


def _main(newest: Iterable[Article]) -> str:
    rows = "".join(_list_row(article, "mainnews", "%Y-%m-%d %H:%M:%S") for article in newest)
    return filled(pages.MAIN, {"rows": rows})


def _realtime(newest: Iterable[Article]) -> str:
    rows = "".join(_list_row(article, "LSS2D", "%Y-%m-%d %H:%M") for article in newest)
    return filled(pages.REALTIME, {"rows": rows})


def _stock_row(article: Article, code: str, mark: str = "") -> str:
    where = f"article_id={article.no:010d}&office_id={office(article)}&code={code}&page=1&sm={mark}"
    return pages.STOCK_ROW.format(
        link=escape(f"/item/news_read.naver?{where}"),
        title=_text(article.title),
        press=PRESSES[office(article)],
        written=f"{article.published_at:%Y.%m.%d %H:%M}",
    )


def _stock_rows(newest: Iterable[Article], code: str) -> Iterator[str]:
    """A row for each story, its reprints below it; every fourth row stands there once more."""
    stories: dict[int, list[Article]] = {}
    for article in newest:
        stories.setdefault(article.story, []).append(article)
    for head, *reprints in stories.values():
        yield _stock_row(head, code)
        below = [head, *reprints] if head.no % 4 == 0 else reprints
        if below:
            yield pages.RELATION.format(rows="".join(_stock_row(one, code, "relation") for one in below))


def _stock(newest: Sequence[Article], code: str) -> str:
    return filled(pages.STOCK, {"rows": "".join(_stock_rows(newest, code)) or pages.NO_ROWS})


class _List:
    """A list of a shelf's newest articles, each of its pages rendered once for each state."""

    def __init__(self, shelf: Shelf[Article], rows: int, render: Callable[[Sequence[Article]], str]) -> None:
        self._shelf, self._rows, self._render = shelf, rows, render
        self._kept: dict[int, tuple[int, bytes]] = {}

    def answer(self, request: Request, now: datetime) -> Response:
        """The page of the list that is asked for, as at a moment."""
        count, page = self._shelf.count(now), _page(request)
        known, body = self._kept.get(page, (-1, b""))
        if known != count:
            newest = self._shelf.newest(count, self._rows, self._rows * (page - 1))
            body = self._render(newest).encode("euc-kr", "xmlcharrefreplace")
            self._kept[page] = (count, body)
        return Response(body, media_type=HTML)


def _page(request: Request) -> int:
    asked = request.query_params.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() else 1


def _of_stocks(timeline: Timeline) -> dict[str, _List]:
    """By stock, the list of its articles, and of some of others: a stock's page lists what is not about it, too."""
    about = {story.number: story.code for story in timeline.market.stories}
    articles = timeline.outlets["naver"].items
    lists = {}
    for place, code in enumerate(company.code for company in timeline.market.companies):
        own = [one for one in articles if about.get(one.story) == code or one.no % STRAYS == place % STRAYS]
        lists[code] = _List(Shelf(own, key), STOCK_ROWS, partial(_stock, code=code))
    return lists


def router(timeline: Timeline, clock: Clock) -> APIRouter:
    """The site's routes, at the time of `clock`."""
    site, shelf, stocks = APIRouter(), timeline.outlets["naver"], _of_stocks(timeline)
    main, realtime = _List(shelf, MAIN_ROWS, _main), _List(shelf, REALTIME_ROWS, _realtime)
    nothing = _List(Shelf((), key), STOCK_ROWS, partial(_stock, code=""))

    @site.get("/news/mainnews.naver")
    async def main_news(request: Request) -> Response:
        return main.answer(request, clock.now)

    @site.get("/news/news_list.naver")
    async def news_list(request: Request) -> Response:
        return realtime.answer(request, clock.now)

    @site.get("/item/news_news.naver")
    async def stock_news(request: Request, code: str = "") -> Response:
        return stocks.get(code, nothing).answer(request, clock.now)

    return site
