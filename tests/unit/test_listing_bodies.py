"""Answers of programming interfaces: what counts in them, and errors that name themselves."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nunchi.crawl.source import Link, SourceChanged
from nunchi.crawl.sources import SOURCES, dart, naver, reddit
from tests.contract.saved_pages import page

NOW = datetime(2026, 10, 19, 7, tzinfo=UTC)


def saved(source: str) -> Any:
    return json.loads(page(source, "listing"))


def listed(source: str, answer: Any) -> list[Link]:
    return SOURCES[source].parse_listing(json.dumps(answer).encode())


# --- Naver


def test_a_stocks_list_is_at_its_code() -> None:
    assert (
        naver.stock_listing("990010") == "https://finance.naver.com/item/news_news.naver?code=990010&page=1"
    )


def test_a_stock_without_news_has_an_empty_list() -> None:
    text = '<html><table class="type5"><tr><td class="no_data">관련 뉴스가 없습니다.</td></tr></table></html>'
    assert SOURCES["naver"].parse_listing(text.encode("euc-kr")) == []


def test_a_list_whose_rows_are_called_otherwise_has_changed() -> None:
    body = page("naver", "listing_stock").replace(b'class="title"', b'class="tit"')
    with pytest.raises(SourceChanged, match=r"no \.articleSubject and no td\.title"):
        SOURCES["naver"].parse_listing(body)


@pytest.mark.parametrize("written", ["", "방금", "2026.10.19"])
def test_a_row_without_a_time_is_still_listed(written: str) -> None:
    text = page("naver", "listing_stock").decode().replace("2026.10.19 09:12", written)
    *_, last = SOURCES["naver"].parse_listing(text.encode())
    assert (last.title, last.published_at) == ("바이오주, 금리 인하 기대에 강세", None)


@pytest.mark.parametrize(
    "mess", ["<![if x", "<![CDATA[", "<!DOCTYPE [", "\x00", "<td class=title>", "</td></table>"]
)
def test_a_broken_list_is_read_or_refused(mess: str) -> None:
    text = page("naver", "listing_stock").decode().replace("<tbody>", f"<tbody>{mess}")
    with suppress(SourceChanged):
        assert SOURCES["naver"].parse_listing(text.encode())


@pytest.mark.parametrize(
    ("code", "message"), [("024", "Authentication failed."), ("012", "Rate limit\nexceeded.")]
)
def test_an_error_of_the_search_is_named(code: str, message: str) -> None:
    with pytest.raises(SourceChanged, match=rf"errorCode {code}: {message.split()[0]}"):
        listed("naver_search", {"errorMessage": message, "errorCode": code})


def test_a_search_that_finds_nothing_is_an_empty_list() -> None:
    assert listed("naver_search", {"total": 0, "start": 1, "display": 0, "items": []}) == []


@pytest.mark.parametrize("key", ["title", "pubDate"])
def test_a_hit_that_lacks_something_is_left_out(key: str) -> None:
    answer = saved("naver_search")
    answer["items"][1][key] = None
    assert [link.url.split("/")[2] for link in listed("naver_search", answer)] == [
        "n.news.naver.com",
        "www.mk.co.kr",
    ]


def test_hits_of_which_none_can_be_read_are_a_change() -> None:
    with pytest.raises(SourceChanged, match="no item with a link and a title"):
        listed("naver_search", {"items": [{"headline": "x"}]})


def test_pages_that_the_search_finds_are_read_as_navers() -> None:
    body = page("naver", "article")
    assert SOURCES["naver_search"].parse_article(body, "x") == SOURCES["naver"].parse_article(body, "x")


# --- Reddit


def worth(**changed: Any) -> list[str]:
    """Which posts count when the first is changed."""
    answer = saved("reddit")
    answer["data"]["children"][0]["data"] |= changed
    return [link.url.split("/")[6] for link in reddit.worth_reading(json.dumps(answer).encode(), NOW)]


def test_few_posts_are_worth_reading() -> None:
    assert worth() == ["1zza01", "1zza03", "1zza09"]


@pytest.mark.parametrize(
    "change",
    [
        {"score": 9},
        {"num_comments": 1},
        {"score": None},
        {"stickied": True},
        {"removed_by_category": "deleted"},
        {"selftext": "[removed]"},
        {"selftext": "[deleted]"},
        {"title": "[deleted by user]"},
        {"created_utc": (NOW - timedelta(hours=24, seconds=1)).timestamp()},
        {"title": "Nokia, Akia and Kiasma", "selftext": "SKHynixes, LGX, Samsungs"},
        {"permalink": "/user/quiet_reader"},
        {"permalink": "/r/stocks/comments/1zza01/\ud800"},
    ],
)
def test_a_post_is_not_worth_reading_for_one_reason(change: dict[str, Any]) -> None:
    assert worth(**change) == ["1zza03", "1zza09"]


@pytest.mark.parametrize(
    "title",
    ["Kia's plan", "What about SK Hynix?", "sk hynix", "LG, and others", "KOSPI2", "(KOSDAQ)", "삼성 Samsung이", "HYUNDAI"],
)  # fmt: skip
def test_a_keyword_counts_as_a_word_in_any_case(title: str) -> None:
    assert ("1zza01" in worth(title=title, selftext="")) is (title != "KOSPI2")


@pytest.mark.parametrize(
    ("subreddit", "counts"), [("Korea_Stock", True), ("korea_stock", True), ("stocks", False)]
)
def test_korean_counts_where_everything_is_about_korea(subreddit: str, counts: bool) -> None:
    assert ("1zza01" in worth(title="다온솔전자 실적", selftext="", subreddit=subreddit)) is counts


def test_limits_are_reached_exactly() -> None:
    at = (NOW - timedelta(hours=24)).timestamp()
    assert "1zza01" in worth(score=10, num_comments=2, created_utc=at)


@pytest.mark.parametrize(
    "as_page", [lambda answer: answer, lambda answer: [answer, {"kind": "Listing", "data": {}}]]
)
def test_a_post_is_found_by_its_permalink(as_page: Any) -> None:
    answer = saved("reddit")
    body = json.dumps(as_page(answer)).encode()
    for link in listed("reddit", answer):
        assert SOURCES["reddit"].parse_article(body, link.url) == link.article


def test_a_post_that_is_not_on_the_page_is_missing() -> None:
    with pytest.raises(SourceChanged, match="the post with this permalink"):
        SOURCES["reddit"].parse_article(
            page("reddit", "listing"), "https://www.reddit.com/r/stocks/comments/zzz/x/"
        )


def test_no_posts_are_an_empty_listing() -> None:
    assert listed("reddit", {"kind": "Listing", "data": {"children": []}}) == []


# --- DART


def test_only_listed_firms_have_a_code() -> None:
    assert [link.stock_code for link in dart.of_listed(page("dart", "listing"))] == ["990010", "990030"]


@pytest.mark.parametrize(
    ("code", "kept"), [(" 990010 ", "990010"), ("0088D0", "0088D0"), (" ", ""), ("12345", ""), (None, "")]
)
def test_a_code_is_six_characters_or_none(code: str | None, kept: str) -> None:
    answer = saved("dart")
    answer["list"][0]["stock_code"] = code
    assert listed("dart", answer)[0].stock_code == kept


def test_pages_are_counted() -> None:
    answer = saved("dart") | {"page_no": 2, "total_page": 8}
    assert dart.pages(json.dumps(answer).encode()) == (2, 8)


def test_a_day_without_disclosures_is_empty() -> None:
    body = '{"status":"013","message":"조회된 데이타가 없습니다."}'.encode()
    assert (SOURCES["dart"].parse_listing(body), dart.of_listed(body), dart.pages(body)) == ([], [], (1, 0))


@pytest.mark.parametrize("status", ["010", "020", "100", "800", "900", ""])
def test_an_error_of_dart_is_named_by_its_status(status: str) -> None:
    body = json.dumps({"status": status, "message": "안내"}).encode()
    for read in (SOURCES["dart"].parse_listing, dart.of_listed, dart.pages):
        with pytest.raises(SourceChanged, match=f"status {status}: 안내"):
            read(body)


@pytest.mark.parametrize("key", ["rcept_no", "corp_name", "report_nm", "rcept_dt"])
def test_a_row_that_lacks_something_is_left_out_unless_all_do(key: str) -> None:
    answer = saved("dart")
    answer["list"][0][key] = "?" if key.startswith("rcept") else " "
    assert len(listed("dart", answer)) == 2
    for row in answer["list"]:
        row[key] = ""
    with pytest.raises(SourceChanged, match="no row with"):
        listed("dart", answer)


def test_a_disclosure_is_found_by_its_address() -> None:
    body = page("dart", "listing")
    for link in SOURCES["dart"].parse_listing(body):
        assert SOURCES["dart"].parse_article(body, link.url) == link.article


@pytest.mark.parametrize("letter", list(dart.REMARKS))
def test_each_letter_of_a_remark_is_spelled_out(letter: str) -> None:
    answer = saved("dart")
    answer["list"][0]["rm"] = f"{letter}?"
    article = listed("dart", answer)[0].article
    assert article
    assert article.body.split("\n")[-1] == f"비고: {dart.REMARKS[letter]}"
