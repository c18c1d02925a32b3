"""The sandbox's Naver: the finance lists, the article pages, and the search API."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from infra.sandbox.addresses import address
from infra.sandbox.entities import SEOUL, Article
from infra.sandbox.market import Market
from tests.integration.sandbox_client import NAVER_LOGIN, World

MAIN, LIST = "/naver-finance/news/mainnews.naver", "/naver-finance/news/news_list.naver"
STOCK = "/naver-finance/item/news_news.naver"
SEARCH = "/naver-api/v1/search/news.json"


@pytest.fixture
def now(world: World, market: Market) -> datetime:
    """Late in the live sessions."""
    now = datetime.combine(market.live[3], time(16), tzinfo=SEOUL)
    world.set(now)
    return now


@pytest.fixture
def carried(market: Market, now: datetime) -> list[Article]:
    """What Naver carries by then, newest first."""
    return [a for a in reversed(market.pages) if a.outlet == "naver" and a.published_at <= now]


def soup(world: World, path: str, **query: Any) -> BeautifulSoup:
    answer = world.get(path, query)
    assert answer.headers["Content-Type"] == "text/html;charset=EUC-KR"
    return BeautifulSoup(answer.content.decode("euc-kr"), "html.parser")


def led_to(link: Tag) -> str:
    """The address that one of the site's list links leads to."""
    found = re.search(
        r"^/(?:news|item)/news_read\.naver\?article_id=(\d{10})&office_id=(\d{3})&", str(link["href"])
    )
    assert found
    return f"https://n.news.naver.com/mnews/article/{found[2]}/{found[1]}"


def listed(world: World, path: str, **query: Any) -> list[tuple[str, str]]:
    """The addresses and titles of a list, in its order."""
    links = soup(world, path, **query).select(".articleSubject a, td.title a")
    return [(led_to(link), link.get_text(strip=True)) for link in links]


def as_listed(articles: Sequence[Article]) -> list[tuple[str, str]]:
    return [(address(article), article.title) for article in articles]


@pytest.mark.parametrize(
    ("path", "rows", "written"), [(MAIN, 40, "%Y-%m-%d %H:%M:%S"), (LIST, 20, "%Y-%m-%d %H:%M")]
)
def test_a_list_shows_the_newest_articles(
    world: World, carried: list[Article], path: str, rows: int, written: str
) -> None:
    assert listed(world, path) == as_listed(carried[:rows])
    assert listed(world, path, page=2) == as_listed(carried[rows : 2 * rows])
    times = [tag.get_text() for tag in soup(world, path).select("li.block1 dl .articleSummary .wdate")]
    assert times == [f"{article.published_at:{written}}" for article in carried[:rows]]


def test_a_list_changes_when_an_article_comes(world: World, market: Market, carried: list[Article]) -> None:
    world.set(carried[0].published_at - timedelta(seconds=1))
    assert listed(world, MAIN)[0] == as_listed(carried)[1]
    world.set(carried[0].published_at)
    assert listed(world, MAIN)[0] == as_listed(carried)[0]


def test_a_stocks_list_repeats_rows_and_holds_strays(
    world: World, market: Market, carried: list[Article]
) -> None:
    about = {story.number: story.code for story in market.stories}
    codes = {address(article): about.get(article.story, "") for article in carried}
    repeated = strays = own = 0
    for company in market.companies:
        seen = listed(world, STOCK, code=company.code)
        assert seen
        assert set(seen) <= set(as_listed(carried))
        repeated += len(seen) - len(set(seen))
        own += sum(codes[url] == company.code for url, _ in set(seen))
        strays += sum(codes[url] != company.code for url, _ in set(seen))
    assert repeated > 0
    assert 0 < strays < own


def test_below_a_row_of_a_stocks_list_are_its_reprints(
    world: World, market: Market, carried: list[Article]
) -> None:
    stories, below = {address(article): article.story for article in carried}, 0
    for company in market.companies:
        for group in soup(world, STOCK, code=company.code).select("tr.relation_lst"):
            head = group.find_previous_sibling("tr")
            assert isinstance(head, Tag)
            links = [head.select_one("td.title a"), *group.select("table.type5 td.title a")]
            assert len({stories[led_to(link)] for link in links if link}) == 1
            assert all(str(link["href"]).endswith("&sm=relation") for link in links[1:] if link)
            below += len({led_to(link) for link in links if link}) - 1
    assert below > 0


def test_a_stocks_rows_have_minutes_in_their_dates(
    world: World, market: Market, carried: list[Article]
) -> None:
    page = soup(world, STOCK, code=market.companies[0].code)
    found = {
        led_to(link): row.select_one("td.date")
        for row in page.select("tr")
        for link in row.select("td.title a")
    }
    dates = {address(article): f"{article.published_at:%Y.%m.%d %H:%M}" for article in carried}
    assert found
    assert all(cell and cell.get_text(strip=True) == dates[url] for url, cell in found.items())


def test_an_unknown_stock_has_an_empty_list(world: World) -> None:
    assert listed(world, STOCK, code="000000") == []


def test_titles_have_entities_as_there(world: World, carried: list[Article]) -> None:
    text = world.get(MAIN).content.decode("euc-kr")
    assert any("…" in article.title for article in carried[:40])
    assert "&hellip;" in text
    assert "&amp;office_id=" in text


def test_an_articles_page_has_its_text_between_the_noise(world: World, carried: list[Article]) -> None:
    article = next(article for article in carried if article.no % 6 == 0)
    answer = world.read(address(article))
    assert answer.headers["Content-Type"] == "text/html;charset=UTF-8"
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.select_one("#title_area").get_text(strip=True) == article.title  # type: ignore[union-attr]
    published = page.select_one("span._ARTICLE_DATE_TIME")
    assert published
    assert published["data-date-time"] == f"{article.published_at:%Y-%m-%d %H:%M:%S}"
    body = page.select_one("article#dic_area")
    assert body
    for noise in (".media_end_summary", ".end_photo_org", ".img_desc"):
        assert body.select_one(noise)
    for tag in body.select(".media_end_summary, .end_photo_org"):
        tag.decompose()
    *paragraphs, byline = body.get_text("\n", strip=True).split("\n")
    assert tuple(paragraphs) == article.paragraphs
    assert byline.startswith(article.author)
    assert "@" in byline


# --- the search API


def test_a_search_finds_what_names_the_query_in_every_outlet_newest_first(
    world: World, market: Market, now: datetime
) -> None:
    name = market.companies[2].name
    naming = [
        a for a in market.pages if a.published_at <= now and name in "\n".join((a.title, *a.paragraphs))
    ]
    found = world.search(name, display=100)
    links = [item["link"].removesuffix("?sid=101") for item in found["items"]]
    assert links == [address(article) for article in reversed(naming)][:100]
    assert found["total"] == len(naming)
    assert {article.outlet for article in naming[-100:]} == {"maekyung", "hankyung", "naver"}
    assert parsedate_to_datetime(found["lastBuildDate"]) == now


def test_pages_of_a_search_follow_each_other(world: World, market: Market, now: datetime) -> None:
    name = market.companies[0].name
    whole = world.search(name, display=20)["items"]
    assert len(whole) == 20
    parts = [item for start in (1, 8, 15) for item in world.search(name, display=7, start=start)["items"]]
    assert parts[:20] == whole
    assert world.search(name, display=10, start=1000)["items"] == []


def test_a_hit_marks_the_query_and_escapes_the_rest(world: World, market: Market, now: datetime) -> None:
    name = market.companies[1].name
    titles = {address(article): article for article in market.pages}
    for item in world.search(name)["items"]:
        article = titles[item["link"].removesuffix("?sid=101")]
        assert f"<b>{name}</b>" in item["title"] + item["description"]
        assert unescape(re.sub("</?b>", "", item["title"])) == article.title
        assert parsedate_to_datetime(item["pubDate"]) == article.published_at.replace(second=0)
        assert (item["link"] == item["originallink"]) is (article.outlet != "naver")


def test_what_nobody_names_is_not_found_and_the_future_neither(world: World, market: Market) -> None:
    first = market.pages[0]
    name = next(c.name for c in market.companies if c.name in first.title)
    world.set(first.published_at - timedelta(seconds=1))
    assert world.search(name)["total"] == 0
    world.set(first.published_at)
    assert world.search(name)["total"] == 1
    assert world.search(name + "아님")["items"] == []


@pytest.mark.parametrize(
    ("query", "headers", "status", "code"),
    [
        ({"query": "가"}, {}, 401, "024"),
        ({"query": "가"}, {"X-Naver-Client-Id": "id"}, 401, "024"),
        ({}, NAVER_LOGIN, 400, "SE01"),
        ({"query": "가", "display": "101"}, NAVER_LOGIN, 400, "SE02"),
        ({"query": "가", "start": "0"}, NAVER_LOGIN, 400, "SE03"),
        ({"query": "가", "sort": "new"}, NAVER_LOGIN, 400, "SE04"),
    ],
)
def test_a_wrong_request_is_refused(
    world: World, query: dict[str, str], headers: dict[str, str], status: int, code: str
) -> None:
    answer = world.get(SEARCH, query, **headers)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)
    assert answer.json()["errorMessage"]


@pytest.mark.parametrize(("preset", "code"), [("naver_daily_quota", "010"), ("naver_rate_limit", "012")])
def test_quota_and_rate_end_once(world: World, preset: str, code: str) -> None:
    world.misbehave({"path": "/naver-api", "preset": preset})
    answer = world.get(SEARCH, {"query": "가"}, **NAVER_LOGIN)
    assert (answer.status_code, answer.json()["errorCode"]) == (429, code)
    assert world.get(SEARCH, {"query": "가"}, **NAVER_LOGIN).status_code == 200
