"""Naver (네이버 뉴스): the lists of its finance pages, then the article pages of the presses that it carries."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urljoin

from bs4 import BeautifulSoup, ParserRejectedMarkup, Tag
from bs4.filter import SoupStrainer

from nunchi.crawl import rules
from nunchi.crawl.layout import LD_HEADLINE, LD_PUBLISHED, META_PUBLISHED, OG_TITLE, Layout, Place
from nunchi.crawl.source import Link, Source

FINANCE = "https://finance.naver.com"
NO_NEWS = "뉴스가 없습니다"
LONGEST_LIST, MOST_TAGS = 1_000_000, 20_000  # characters, tags
MOST_LINKS = 4  # of a headline: its own, and those of pictures
ARTICLE_PAGES = r"https://n\.news\.naver\.com/mnews/article/\d{3}/\d{10}"

# of a list only these are parsed: a headline's cell, then the one with its time
_HEADLINES = {"articleSubject", "title"}
_TIMES = {"articleSummary", "date"}
_CELLS = SoupStrainer(["dd", "dt", "td"], class_=list(_HEADLINES | _TIMES))

LAYOUT = Layout(
    title=(Place("#title_area"), Place(".media_end_head_headline"), OG_TITLE, LD_HEADLINE),
    suffix=r"\s*[:|-]\s*네이버\s?뉴스$",
    body=("#dic_area", "#newsct_article", "#articeBody", "#newsEndContents"),
    published=(
        Place("span._ARTICLE_DATE_TIME", "data-date-time"),
        META_PUBLISHED,
        LD_PUBLISHED,
        Place("span._ARTICLE_DATE_TIME"),
    ),
    author=(Place(".media_end_head_journalist_name"), Place(".byline_s")),
    noise=(
        ".media_end_summary",
        ".end_photo_org",
        ".img_desc",
        ".nbd_im_w",
        ".vod_player_wrap",
        ".vod_area",
        "._VOD_PLAYER_WRAP",
        ".byline",
        ".copyright",
        ".media_end_linked_more",
        ".ofhe_list",
        ".link_news",
    ),
)


def stock_listing(code: str) -> str:
    """The address of the list of a stock's news."""
    return f"{FINANCE}/item/news_news.naver?code={code}&page=1"


def read_lists(body: bytes) -> list[Link]:
    """The entries of any of the lists, reprints included. Raises `ValueError` for what is no list.

    A stock of which there is no news has an empty list.
    """
    text = rules.decode(body)
    if len(text) > LONGEST_LIST or text.count("<") > MOST_TAGS:
        raise ValueError("a list of usual length")
    try:
        cells = BeautifulSoup(text, "html.parser", parse_only=_CELLS)
    except ParserRejectedMarkup as exc:
        raise ValueError("no mark-up") from exc
    links = list(_entries(cells))
    if not links and NO_NEWS not in text:
        raise ValueError("no .articleSubject and no td.title")
    return links


def _entries(cells: BeautifulSoup) -> Iterator[Link]:
    waiting: Link | None = None
    for cell in cells.find_all(["dd", "dt", "td"], recursive=False):
        if _HEADLINES & set(cell["class"]):
            if waiting:
                yield waiting
            waiting = _headline(cell)
        elif waiting:
            yield replace(waiting, published_at=_time(cell))
            waiting = None
    if waiting:
        yield waiting


def _headline(cell: Tag) -> Link | None:
    """The link in a headline's cell that leads to an article, if one does."""
    for link in cell.find_all("a", href=True, limit=MOST_LINKS):
        try:
            url = rules.canonical(urljoin(FINANCE, str(link["href"])))
        except ValueError:
            continue
        # the link's text may be cut, its title is whole
        title = rules.clean(str(link.get("title", ""))) or rules.clean(link.get_text())
        if title and url.startswith("https://n.news.naver.com/"):
            return Link(url, title, None)
    return None


def _time(cell: Tag) -> datetime | None:
    written = cell.find(class_="wdate") or cell
    try:
        return rules.parse_time(rules.clean(written.get_text()))
    except ValueError:
        return None  # the page itself says when it was published


SOURCE = Source(
    name="naver",
    hosts=("n.news.naver.com", "finance.naver.com"),
    listings=(
        f"{FINANCE}/news/mainnews.naver",
        f"{FINANCE}/news/news_list.naver?mode=LSS2D&section_id=101&section_id2=258",
    ),
    read_listing=read_lists,
    read_article=LAYOUT.read,
    pages=ARTICLE_PAGES,
)
