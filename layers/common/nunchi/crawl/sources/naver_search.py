"""Naver's search for news (its Open API): hits in Naver's own pages, and excerpts of what is elsewhere."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from nunchi.crawl import rules
from nunchi.crawl.json_body import read_object, rows, text
from nunchi.crawl.source import Link, ParsedArticle, Source
from nunchi.crawl.sources import naver
from nunchi.crawl.sources.sites import SITES, source_of

_MARKS = re.compile(r"</?b>", re.IGNORECASE)


def read_hits(body: bytes) -> list[Link]:
    """The hits of an answer. Raises `ValueError` that names the error code of an error.

    A hit that is a page which no site source reads has its excerpt as its article.
    """
    answer = read_object(body)
    if "errorCode" in answer:
        code, message = (rules.clean(str(answer.get(key, ""))) for key in ("errorCode", "errorMessage"))
        raise ValueError(f"errorCode {code}: {message}")
    items = rows(answer.get("items"))
    links = list(_hits(items))
    if items and not links:
        raise ValueError("no item with a link and a title")
    return links


def _hits(items: list[dict[str, Any]]) -> Iterator[Link]:
    for item in items:
        try:
            yield _hit(item)
        except ValueError:
            continue  # of one item; the others may be sound


def _hit(item: dict[str, Any]) -> Link:
    url, title = _address(item), _plain(text(item, "title"))
    if not title:
        raise ValueError("no title")
    published = rules.parse_time(text(item, "pubDate"))
    if source_of(url):
        return Link(url, title, published)
    excerpt = _plain(text(item, "description")) or title
    return Link(url, title, published, ParsedArticle(title, excerpt, "", published))


def _address(item: dict[str, Any]) -> str:
    """Naver's own page where there is one, else the press's own."""
    link = text(item, "link")
    own = source_of(link)
    return rules.canonical(link if own and own.name == "naver" else text(item, "originallink") or link)


def _plain(marked: str) -> str:
    return rules.clean(unescape(_MARKS.sub("", marked)))


SOURCE = Source(
    name="naver_search",
    hosts=tuple(host for site in SITES for host in site.hosts),
    listings=(),
    read_listing=read_hits,
    read_article=naver.LAYOUT.read,
    pages=naver.ARTICLE_PAGES,
)
