"""Every parser on spoiled pages: a result that can be stored, or `SourceChanged`, and nothing else."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nunchi.crawl.source import Link, ParsedArticle, Source, SourceChanged
from nunchi.crawl.sources import SOURCES, dart, reddit
from tests.contract.saved_pages import ARTICLES, LISTINGS, expected, page

URLS = {name: expected(name, "article")["url"] for name in ARTICLES} | {
    "naver_search": "https://n.news.naver.com/mnews/article/901/0000000017",
    "reddit": "https://www.reddit.com/r/stocks/comments/1zza01/x/",
    "dart": "https://dart.fss.or.kr/dsaf001/main.do?rcpNo=20261019900123",
}
# (source, saved page); what has no article pages is asked for one in its listing
PAGES = [(name, "article") for name in ARTICLES] + LISTINGS + [("naver_search", "listing")]

NOW = datetime(2026, 10, 19, 7, tzinfo=UTC)

TRICKY = [
    b"", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\x1e", b"<", b">", b"&", b"&#0;", b"&#xD800;", b"&#x110000;", b"<!--", b"<![CDATA[",
    b"]]>", b"<![if x", b"<!DOCTYPE [", b"<!ENTITY a 'b'>", b"</", b"<p", b"<svg><math>", b"<table>", b"<select>", b"</article>",
    b"<template>", b"<script>", b'"', b"'", b"{", b"}", b"[", b"]", b",", b":", b"null", b"-1", b"1e999", b"NaN", b'"\\ud800"',
    b"\\u0000", "가".encode(), "가".encode("cp949"), "\u2028".encode(), b"9" * 5000, b"http://[", b"//", b"2026-13-45T99:99:99",
]  # fmt: skip
pieces = st.sampled_from(TRICKY) | st.binary(max_size=12)
# (where, how much is taken out, what is put in, how often), where and how much in thousandths of the page
changes = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 80), pieces, st.sampled_from([1, 2, 60])),
    min_size=1,
    max_size=6,
)
fuzzed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def spoiled(body: bytes, made: list[tuple[int, int, bytes, int]]) -> bytes:
    for where, much, piece, times in made:
        start = len(body) * where // 1000
        body = body[:start] + piece * times + body[start + len(body) * much // 1000 :]
    return body


def check_text(*texts: str) -> None:
    for text in texts:
        assert text.encode("utf-8").decode("utf-8") == text
        assert "\x00" not in text


def check_article(article: ParsedArticle) -> None:
    check_text(article.title, article.body, article.author)
    assert article.title
    assert article.body
    assert "\n" not in article.title + article.author
    assert article.published_at.utcoffset() is not None


def check_links(links: list[Link]) -> None:
    for link in links:
        check_text(link.url, link.title, link.stock_code)
        assert link.url.startswith("https://")
        assert link.published_at is None or link.published_at.utcoffset() is not None
        if link.article:
            check_article(link.article)
    assert len({link.url for link in links}) == len(links)


def check(source: Source, body: bytes) -> None:
    ways: list[Callable[[], None]] = [
        lambda: check_links(source.parse_listing(body)),
        lambda: check_article(source.parse_article(body, URLS[source.name])),
    ]
    for way in ways:
        try:
            way()
        except SourceChanged as refused:
            check_text(refused.missing)


@pytest.mark.parametrize(("name", "saved"), PAGES)
class TestSpoiled:
    @fuzzed
    @given(changes)
    def test_a_spoiled_page_is_read_or_refused(
        self, name: str, saved: str, made: list[tuple[int, int, bytes, int]]
    ) -> None:
        check(SOURCES[name], spoiled(page(name, saved), made))

    @fuzzed
    @given(st.binary(max_size=2000))
    def test_any_bytes_are_read_or_refused(self, name: str, saved: str, body: bytes) -> None:
        check(SOURCES[name], body)

    @pytest.mark.parametrize("share", range(0, 100, 7))
    def test_a_page_cut_off_anywhere_is_read_or_refused(self, name: str, saved: str, share: int) -> None:
        body = page(name, saved)
        check(SOURCES[name], body[: len(body) * share // 100])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def rows_of(name: str, answer: Any) -> list[dict[str, Any]]:
    if name == "reddit":
        return [child["data"] for child in answer["data"]["children"]]
    found: list[dict[str, Any]] = answer["list" if name == "dart" else "items"]
    return found


@pytest.mark.parametrize("name", ["naver_search", "reddit", "dart"])
@fuzzed
@given(data=st.data())
def test_values_of_any_kind_are_read_or_refused(name: str, data: st.DataObject) -> None:
    answer = json.loads(page(name, "listing"))
    for row in rows_of(name, answer):
        for key in data.draw(st.sets(st.sampled_from(sorted(row)), max_size=3)):
            row[key] = data.draw(json_values)
    check(SOURCES[name], json.dumps(answer).encode())


@fuzzed
@given(changes)
def test_what_counts_in_a_spoiled_listing_is_told_or_refused(made: list[tuple[int, int, bytes, int]]) -> None:
    for read in (dart.of_listed, dart.pages, lambda body: list(dart.corp_names(body))):
        with suppress(SourceChanged):
            read(spoiled(page("dart", "listing"), made))
    with suppress(SourceChanged):
        check_links(reddit.worth_reading(spoiled(page("reddit", "listing"), made), NOW))
