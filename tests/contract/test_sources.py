"""Every source against its saved pages: articles and listings, and what is read from them.

A site's redesign is a new page here and new selectors in the source's file.
"""

from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

import pytest

from nunchi.articles.rules import lead
from nunchi.crawl.rules import canonical
from nunchi.crawl.source import Source, SourceChanged
from nunchi.crawl.sources import SOURCES, source_of
from tests.contract.saved_pages import ARTICLES, LISTINGS, PAGES, as_listed, as_saved, expected, page

sources = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
articles = pytest.mark.parametrize("name", ARTICLES)
listings = pytest.mark.parametrize(("name", "listing"), LISTINGS)
NOTHING = [
    b"",
    b"<html></html>",
    b"\x00\xff<<<\xfe not what you asked for \x80\x81",
    b"[]",
    b"null",
    b"[" * 100_000,
]


def url_of(name: str) -> str:
    return str(expected(name, "article")["url"])


def read(name: str, body: bytes) -> dict[str, Any]:
    return {"url": url_of(name), **as_saved(SOURCES[name].parse_article(body, url_of(name)))}


def test_the_sources_are_known_by_name() -> None:
    assert set(SOURCES) == {"naver", "naver_search", "hankyung", "maekyung", "reddit", "dart"}
    assert all(source.name == name for name, source in SOURCES.items())


def test_every_source_has_saved_pages() -> None:
    assert {path.name for path in PAGES.iterdir()} == set(SOURCES)
    assert {name for name, _ in LISTINGS} == set(SOURCES)


@sources
class TestSource:
    def test_its_listings_are_canonical_public_addresses_on_its_own_hosts(self, source: Source) -> None:
        assert all(canonical(address) == address for address in source.listings)
        assert {urlsplit(address).hostname for address in source.listings} <= set(source.hosts)

    def test_it_is_data(self, source: Source) -> None:
        with pytest.raises(AttributeError):
            setattr(source, fields(source)[0].name, "another")

    @pytest.mark.usefixtures("no_collection")
    @pytest.mark.parametrize("body", NOTHING)
    def test_what_is_no_article_is_refused_with_its_address(self, source: Source, body: bytes) -> None:
        with pytest.raises(SourceChanged) as refused:
            source.parse_article(body, "https://site.example/1")
        assert (refused.value.source, refused.value.url) == (source.name, "https://site.example/1")
        assert refused.value.missing

    @pytest.mark.usefixtures("no_collection")
    @pytest.mark.parametrize(
        "body", [*NOTHING, b"<rss><channel><item>", b"{}", b'{"list": 1, "data": 1, "items": 1}']
    )
    def test_what_is_no_listing_is_refused(self, source: Source, body: bytes) -> None:
        with pytest.raises(SourceChanged, match=f"^{source.name}: a readable entry"):
            source.parse_listing(body)


@articles
class TestArticle:
    def test_it_is_read_as_expected(self, name: str) -> None:
        assert read(name, page(name, "article")) == expected(name, "article")

    def test_its_address_is_known_as_the_sources(self, name: str) -> None:
        assert source_of(url_of(name)) is SOURCES[name]

    @pytest.mark.parametrize("encoding", ["euc-kr", "cp949", "utf-8-sig"])
    def test_another_encoding_below_the_same_claim_is_read_the_same(self, name: str, encoding: str) -> None:
        # what EUC-KR lacks sites write as an entity
        text = page(name, "article").decode()
        assert read(name, text.encode(encoding, "xmlcharrefreplace")) == read(name, text.encode())

    def test_broken_bytes_lose_only_themselves(self, name: str) -> None:
        body = page(name, "article").replace(b"<body>", b"<body>\xff\xfe\xff")
        assert read(name, body) == expected(name, "article")

    def test_the_first_sentence_is_whole_whatever_is_marked_up_in_it(self, name: str) -> None:
        first = expected(name, "article")["body"][0]
        body = SOURCES[name].parse_article(page(name, "article"), url_of(name)).body
        assert lead(body) == first.split(". ")[0] + ("." if ". " in first else "")

    def test_a_line_break_in_the_pages_source_is_a_space(self, name: str) -> None:
        text = page(name, "article").decode()
        for end in ("\n", "\r\n", "\r", "\x85", "\u2028"):
            assert read(name, text.replace(" 분기", f"{end}분기").encode()) == read(name, text.encode())


@listings
class TestListing:
    def test_it_is_read_as_expected(self, name: str, listing: str) -> None:
        found = SOURCES[name].parse_listing(page(name, listing))
        assert as_listed(found) == expected(name, listing)

    @pytest.mark.parametrize("encoding", ["euc-kr", "utf-8-sig"])
    def test_another_encoding_is_read_the_same(self, name: str, listing: str, encoding: str) -> None:
        body = page(name, listing).decode().encode(encoding)
        assert as_listed(SOURCES[name].parse_listing(body)) == expected(name, listing)

    def test_each_address_is_canonical_and_listed_once(self, name: str, listing: str) -> None:
        urls = [link.url for link in SOURCES[name].parse_listing(page(name, listing))]
        assert urls == [canonical(url) for url in urls]
        assert len(urls) == len(set(urls))

    def test_what_must_be_fetched_is_on_its_own_hosts(self, name: str, listing: str) -> None:
        source = SOURCES[name]
        links = source.parse_listing(page(name, listing))
        assert all(link.article or urlsplit(link.url).netloc in source.hosts for link in links)

    def test_its_times_are_aware(self, name: str, listing: str) -> None:
        links = SOURCES[name].parse_listing(page(name, listing))
        times = [link.published_at for link in links] + [
            link.article.published_at for link in links if link.article
        ]
        assert all(at.utcoffset() is not None for at in times if at)
