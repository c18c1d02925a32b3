"""Every source against its saved pages: an article and a listing, and what is read from them.

A site's redesign is a new page here and new selectors in the source's file.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nunchi.articles.rules import lead
from nunchi.crawl.source import Link, ParsedArticle, Source, SourceChanged
from nunchi.crawl.sources import SOURCES

PAGES = Path(__file__).parent / "pages"
URL = "https://maekyung.example/news/stock/99000017"

sources = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def page(source: Source, name: str = "article.html") -> bytes:
    return (PAGES / source.name / name).read_bytes()


def expected(source: Source, name: str) -> Any:
    return json.loads((PAGES / source.name / name).read_text(encoding="utf-8"))


def utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def read(source: Source, body: bytes) -> dict[str, Any]:
    """What a page is read as, in the form of the saved JSON."""
    found: ParsedArticle = source.parse_article(body, URL)
    return {
        "title": found.title,
        "author": found.author,
        "published_at": utc(found.published_at),
        "body": found.body.split("\n"),
    }


def listed(links: list[Link]) -> list[dict[str, Any]]:
    return [{"url": one.url, "title": one.title, "published_at": utc(one.published_at)} for one in links]


def without(source: Source, *parts: str) -> bytes:
    """The saved page with some of its text taken out, each of which must be there."""
    text = page(source).decode()
    for part in parts:
        assert part in text
        text = text.replace(part, "")
    return text.encode()


def changed(source: Source, body: bytes) -> SourceChanged:
    with pytest.raises(SourceChanged) as found:
        source.parse_article(body, URL)
    return found.value


@sources
class TestSource:
    def test_an_article_is_read_as_expected(self, source: Source) -> None:
        assert read(source, page(source)) == expected(source, "article.json")

    def test_a_listing_is_read_as_expected(self, source: Source) -> None:
        found = source.parse_listing(page(source, "listing.xml"))
        assert listed(found) == expected(source, "listing.json")

    @pytest.mark.parametrize("encoding", ["euc-kr", "cp949", "utf-8-sig"])
    def test_another_encoding_below_the_same_claim_is_read_the_same(
        self, source: Source, encoding: str
    ) -> None:
        # EUC-KR lacks the copyright sign, which sites then write as an entity
        text = page(source).decode().replace("ⓒ", "&#9426;")
        assert read(source, text.encode(encoding)) == read(source, page(source))

    @pytest.mark.parametrize("encoding", ["euc-kr", "utf-8-sig"])
    def test_a_listing_in_another_encoding_is_read_the_same(self, source: Source, encoding: str) -> None:
        body = page(source, "listing.xml").decode().encode(encoding)
        assert listed(source.parse_listing(body)) == expected(source, "listing.json")

    def test_the_first_sentence_is_whole_whatever_is_marked_up_in_it(self, source: Source) -> None:
        first = expected(source, "article.json")["body"][0]
        assert lead(source.parse_article(page(source), URL).body) == first

    @pytest.mark.parametrize(
        "body", [b"", b"<html></html>", b"\x00\xff<<<\xfe not what you asked for \x80\x81"]
    )
    def test_what_is_no_article_names_what_is_missing_and_where(self, source: Source, body: bytes) -> None:
        found = changed(source, body)
        assert str(found) == f"{source.name}: {source.body} not found at {URL}"
        assert (found.source, found.url, found.missing) == (source.name, URL, source.body)

    @pytest.mark.parametrize("body", [b"", b"<html>not a feed</html>", b"<rss><channel><item>", b"\xff\x00"])
    def test_what_is_no_listing_is_refused(self, source: Source, body: bytes) -> None:
        with pytest.raises(SourceChanged, match=f"^{source.name}: a readable entry"):
            source.parse_listing(body)


# --- Maekyung

MAEKYUNG = SOURCES["maekyung"]
TITLE = '<h2 class="news_ttl">\n다온솔전자, 300억원 규모\n&lsquo;유리기판&rsquo;&nbsp;공급계약\n</h2>'
TIME = '<meta property="article:published_time" content="2026-10-19T09:28:11+09:00">'


def test_a_page_without_a_title_names_its_selector() -> None:
    found = changed(MAEKYUNG, without(MAEKYUNG, TITLE))
    assert (found.missing, found.url) == ("h2.news_ttl", URL)


def test_a_title_without_text_is_a_missing_title() -> None:
    text = page(MAEKYUNG).decode().replace(TITLE, '<h2 class="news_ttl"> &nbsp; </h2>')
    assert "h2.news_ttl" in changed(MAEKYUNG, text.encode()).missing


def test_a_page_without_a_body_names_its_selector() -> None:
    found = changed(MAEKYUNG, without(MAEKYUNG, ' itemprop="articleBody"'))
    assert (found.missing, found.url) == ("[itemprop=articleBody]", URL)


def test_a_body_of_noise_only_is_a_missing_body() -> None:
    text = page(MAEKYUNG).decode()
    start, end = text.index('<p refId="2">'), text.index('<p refId="6">')
    found = changed(MAEKYUNG, (text[:start] + text[end:]).encode())
    assert found.missing == "text in [itemprop=articleBody]"


def test_a_page_without_a_time_names_its_selector() -> None:
    found = changed(MAEKYUNG, without(MAEKYUNG, TIME))
    assert found.missing == 'meta[property="article:published_time"]'


@pytest.mark.parametrize("content", ['content="방금 전"', 'content=""', ""])
def test_a_time_that_is_none_names_its_attribute(content: str) -> None:
    text = page(MAEKYUNG).decode().replace('content="2026-10-19T09:28:11+09:00"', content, 1)
    found = changed(MAEKYUNG, text.encode())
    assert found.missing == 'a time in meta[property="article:published_time"][content]'


def test_an_article_without_a_reporter_is_still_an_article() -> None:
    text = page(MAEKYUNG).decode().replace('class="name"', "")
    assert read(MAEKYUNG, text.encode())["author"] == ""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_a_line_break_in_the_pages_source_is_a_space(end: str) -> None:
    text = page(MAEKYUNG).decode().replace("납품은 내년 3월", f"납품은{end}내년{end}  3월")
    assert "납품은 내년 3월 시작된다." in read(MAEKYUNG, text.encode())["body"][1]


@pytest.mark.parametrize(
    "mess",
    [
        "<![if x",
        "<!-- never closed",
        "<p",
        "&#xD800;&#0;",
        "<!DOCTYPE [",
        "</",
        "<![",
    ],
)
def test_broken_mark_up_is_read_or_refused_and_nothing_else(mess: str) -> None:
    text = page(MAEKYUNG).decode().replace('<p refId="3">', f'<p refId="3">{mess}')
    try:
        found = MAEKYUNG.parse_article(text.encode(), URL)
    except SourceChanged:
        return
    assert found.body.encode("utf-8")  # what can't be written as UTF-8 can't be stored
    assert "\x00" not in found.body


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_entities_of_a_feed_are_never_expanded(declared: str) -> None:
    text = page(MAEKYUNG, "listing.xml").decode()
    text = text.replace("<rss", f"{declared}<rss").replace("미르바이오", "&a;")
    with pytest.raises(SourceChanged):
        MAEKYUNG.parse_listing(text.encode())


def test_an_entry_without_a_link_is_a_changed_listing() -> None:
    text = page(MAEKYUNG, "listing.xml").decode()
    gone = text.replace("<link>https://maekyung.example/news/stock/99000011</link>", "")
    with pytest.raises(SourceChanged, match="an item has no link"):
        MAEKYUNG.parse_listing(gone.encode())
