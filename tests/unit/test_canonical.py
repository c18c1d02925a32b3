"""One address for a page, however it was linked to."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.crawl.rules import canonical
from nunchi.crawl.sources import SOURCES, source_of

NAVER = "https://n.news.naver.com/mnews/article/015/0005320819"
HANKYUNG = "https://www.hankyung.com/article/2026051954246"
MAEKYUNG = "https://www.mk.co.kr/news/stock/12051747"

words = st.text("abcxyz0189-_", min_size=1, max_size=8)
paths = st.lists(words, max_size=4).map(lambda parts: "/" + "/".join(parts))
names = st.sampled_from(
    ["id", "idxno", "no", "page", "utm_source", "utm_x", "ref", "sid", "from", "fbclid", "REF"]
)
queries = st.lists(st.tuples(names, words), max_size=5).map(lambda pairs: "&".join(map("=".join, pairs)))
hosts = st.sampled_from(
    ["press.example", "www.press.example", "n.news.naver.com", "www.mk.co.kr", "m.hankyung.com"]
)


@pytest.mark.parametrize(
    "url",
    [
        NAVER,
        f"{NAVER}?sid=101",
        f"{NAVER}?ntype=RANKING&sid=001#comment",
        "http://n.news.naver.com/article/015/0005320819",
        "https://n.news.naver.com/article/comment/015/0005320819",
        "https://n.news.naver.com/mnews/ranking/article/015/0005320819?ntype=RANKING",
        "https://news.naver.com/main/read.nhn?mode=LSD&mid=sec&sid1=101&oid=015&aid=0005320819",
        "https://news.naver.com/main/read.naver?aid=0005320819&oid=015",
        "https://finance.naver.com/item/news_read.naver?article_id=0005320819&office_id=015&code=181710&page=1&sm=",
        "https://finance.naver.com/item/news_read.naver?article_id=5320819&office_id=15&sm=relation",
        "https://finance.naver.com/news/news_read.naver?article_id=0005320819&office_id=015&mode=mainnews&date=20260814",
        "https://FINANCE.naver.com:443/news/news_read.nhn?office_id=015&article_id=0005320819",
    ],
)
def test_every_link_to_an_article_of_navers_is_one_address(url: str) -> None:
    assert canonical(url) == NAVER


@pytest.mark.parametrize(
    "url",
    [
        HANKYUNG,
        "http://hankyung.com/article/2026051954246",
        "https://m.hankyung.com/article/2026051954246?utm_source=x",
        "https://www.hankyung.com/amp/2026051954246",
        "https://www.hankyung.com/article/amp/2026051954246/",
        "https://www.hankyung.com/finance/article/2026051954246?page=2",
    ],
)
def test_every_link_to_an_article_of_hankyungs_is_one_address(url: str) -> None:
    assert canonical(url) == HANKYUNG


@pytest.mark.parametrize(
    "url",
    [
        MAEKYUNG,
        "http://mk.co.kr/news/stock/12051747/",
        "https://m.mk.co.kr/news/stock/12051747?ref=naver#top",
        "https://www.mk.co.kr/amp/news/stock/12051747",
        "https://www.mk.co.kr/news/stock/12051747?page=1",
    ],
)
def test_every_link_to_an_article_of_maekyungs_is_one_address(url: str) -> None:
    assert canonical(url) == MAEKYUNG


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("HTTP://Press.Example:80/a?id=1&utm_source=x&id=2#c", "https://press.example/a?id=1&id=2"),
        ("https://press.example", "https://press.example/"),
        ("https://press.example:8443/a", "https://press.example:8443/a"),
        ("https://user:word@press.example./a", "https://press.example/a"),
        ("https://press.example/기사?제목=가 나", "https://press.example/%EA%B8%B0%EC%82%AC?%EC%A0%9C%EB%AA%A9=%EA%B0%80%20%EB%82%98"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        ("https://dart.fss.or.kr/dsaf001/main.do?rcpNo=20240131000326", "https://dart.fss.or.kr/dsaf001/main.do?rcpNo=20240131000326"),
        ("https://press.example/view?sid=123&from=7", "https://press.example/view?sid=123&from=7"),
        ("https://www.mk.co.kr/rss/50200011/", "https://www.mk.co.kr/rss/50200011/"),
        ("https://evil.example/n.news.naver.com/article/015/0005320819", "https://evil.example/n.news.naver.com/article/015/0005320819"),
    ],
)  # fmt: skip
def test_any_other_address_loses_only_what_names_no_page(url: str, address: str) -> None:
    assert canonical(url) == address


@pytest.mark.parametrize(
    "url",
    ["", "press.example/a", "/news/1", "ftp://press.example/a", "javascript:alert(1)", "file:///etc/passwd", "https://",
     "https://press.example:port/", "https://[::1", "https://a b/", "https://a\x00b/", f"https://a.example/{'b' * 2000}", "https://\ud800.example/\ud800", "mailto:a@b.example"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical(url)


@given(hosts, paths, queries)
def test_it_is_idempotent_and_keeps_no_tracking(host: str, path: str, query: str) -> None:
    once = canonical(f"http://{host}{path}?{query}#part")
    assert canonical(once) == once
    assert once.startswith("https://")
    assert "#" not in once
    names = {part.partition("=")[0].lower() for part in urlsplit(once).query.split("&")}
    assert not {name for name in names if name.startswith("utm_")} | names & {"fbclid", "gclid"}


@given(hosts, paths, queries)
def test_tracking_never_makes_another_page(host: str, path: str, query: str) -> None:
    assert canonical(f"https://{host}{path}?{query}") == canonical(
        f"https://{host}{path}?utm_a=1&{query}&fbclid=b"
    )


@given(
    st.text(max_size=60),
    st.sampled_from(["", "http://", "https://", "https://n.news.naver.com/", "https://["]),
)
def test_any_text_is_an_address_that_stays_or_refused(text: str, before: str) -> None:
    try:
        address = canonical(before + text)
    except ValueError:
        return
    assert canonical(address) == address
    assert address.isascii() or urlsplit(address).hostname


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://finance.naver.com/item/news_read.naver?article_id=0005320819&office_id=015", "naver"),
        ("https://m.hankyung.com/article/2026051954246", "hankyung"),
        (MAEKYUNG, "maekyung"),
    ],
)
def test_an_article_page_is_known_as_its_sites(url: str, name: str) -> None:
    assert source_of(url) is SOURCES[name]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.hankyung.com/feed/finance",
        "https://www.mk.co.kr/rss/50200011/",
        "https://finance.naver.com/news/mainnews.naver",
        "https://www.reddit.com/r/stocks/comments/1zza01/x/",
        "https://press.example/article/2026051954246",
        "https://www.hankyung.com.evil.example/article/2026051954246",
        "not an address",
    ],
)
def test_any_other_address_is_no_sites_article(url: str) -> None:
    assert source_of(url) is None
