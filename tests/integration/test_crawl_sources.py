"""Each of the other crawlers against its stand-in: what it takes, and what it leaves."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from traceback import format_exception
from typing import Any

import pytest
from sqlalchemy import select

from crawlers import dart, dart_names, hankyung, maekyung, naver, naver_search, reddit
from infra.sandbox.addresses import disclosure_address, post_path
from infra.sandbox.entities import Article as Truth
from infra.sandbox.entities import Disclosure, Post
from infra.sandbox.market import Market
from infra.sandbox.posts import MIN_COMMENTS, MIN_SCORE
from nunchi import database
from nunchi.crawl.source import SourceChanged
from nunchi.crawl.turns import has_turn
from nunchi.errors import UpstreamError
from nunchi.models import ListedName, Stock
from nunchi.seoul import SEOUL
from nunchi.settings import get_settings
from tests.integration.crawled import (
    MARKET,
    Handler,
    articles,
    calls,
    events,
    forget,
    on_site,
    pointed_at,
    published,
    run,
    stored,
)
from tests.integration.sandbox_client import World

EVENING = datetime.combine(MARKET.live[-1], time(20), tzinfo=SEOUL)
SEARCH, LIST, REGISTER = "/naver-api/v1/search", "/dart/api/list.json", "/dart/api/corpCode.xml"
NEW_POSTS, JSON = "/reddit-oauth/r/", "application/json"
SWITCHES = [
    (naver_search.handler, "NAVER_CLIENT_ID"),
    (reddit.handler, "REDDIT_CLIENT_ID"),
    (dart.handler, "DART_API_KEY"),
    (dart_names.handler, "DART_API_KEY"),
]


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def world(world: World, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The sites on the last evening; the market's stocks are tracked, the first by its own list, too."""
    world.set(EVENING)
    with pointed_at(world, monkeypatch) as sites, database.session() as session:
        forget()
        for place, one in enumerate(MARKET.companies):
            session.add(
                Stock(code=one.code, name=one.name, market=one.market, priority=1 if place == 0 else 2)
            )
        session.commit()
        yield sites


def crawl(handler: Handler, now: datetime = EVENING) -> dict[str, int]:
    return run(handler, now)


def read_as_written(truth: dict[str, Truth]) -> None:
    for url, one in articles().items():
        assert (one.title, one.published_at) == (truth[url].title, truth[url].published_at)
        assert one.body.split("\n") == [" ".join(text.split()) for text in truth[url].paragraphs]


# --- sites


def test_all_of_hankyungs_feed_is_read(world: World) -> None:
    assert crawl(hankyung.handler)["stored"] == len(published("hankyung", EVENING)) > 0
    read_as_written(on_site("hankyung", EVENING))


def test_navers_lists_lead_to_the_pages_of_its_presses(world: World) -> None:
    done = crawl(naver.handler)
    truth = on_site("naver", EVENING)
    assert done == {"stored": len(articles()), "revised": 0, "failed": 0}
    assert 0 < len(articles()) <= len(truth)
    read_as_written(truth)


def test_the_chief_stocks_own_list_is_read_too(world: World) -> None:
    before = calls(world)
    crawl(naver.handler)
    assert (calls(world) - before)["/naver-finance/item"] == 1
    told = {one.number for one in MARKET.stories if one.code == MARKET.companies[0].code}
    own = {url for url, one in on_site("naver", EVENING).items() if one.story in told}
    assert own <= stored().keys()


# --- the search


def test_a_search_finds_each_outlets_article_once_and_reads_its_page(world: World) -> None:
    everywhere = {**on_site("naver", EVENING), **on_site("hankyung", EVENING), **on_site("maekyung", EVENING)}
    hourly = [EVENING + timedelta(minutes=10 * n) for n in range(6)]
    counts = [crawl(naver_search.handler, now) for now in hourly]
    assert sum(each["stored"] for each in counts) == len(stored()) > 0
    assert stored().keys() <= everywhere.keys()
    assert set(events().values()) == {1}
    assert {one.source for one in articles().values()} == {"naver_search"}
    read_as_written(everywhere)


def test_what_a_site_brought_the_search_does_not_bring_again(world: World) -> None:
    for handler in (naver.handler, hankyung.handler, maekyung.handler):
        crawl(handler)
    before = len(stored())
    for n in range(6):
        crawl(naver_search.handler, EVENING + timedelta(minutes=10 * n))
    assert len(stored()) == len(on_sites())
    assert before <= len(on_sites())
    assert set(events().values()) == {1}


def on_sites() -> set[str]:
    return {url for outlet in ("naver", "hankyung", "maekyung") for url in published(outlet, EVENING)}


def test_a_day_of_searches_stays_below_the_quota_by_turns(world: World) -> None:
    before = calls(world)
    for n in range(6):
        crawl(naver_search.handler, EVENING + timedelta(minutes=10 * n))
    assert (calls(world) - before)["/naver-api/v1"] == 6 * 1 + 1 * (len(MARKET.companies) - 1)


def test_a_search_without_quota_fails_says_so_and_rests(world: World) -> None:
    before = calls(world)
    used_up = '{"errorCode":"010","errorMessage":"Query limit exceeded"}'
    world.misbehave({"path": SEARCH, "status": 429, "body": used_up, "times": 99})
    with pytest.raises(UpstreamError, match=r"openapi\.naver\.com.*HTTP 429, 010"):
        crawl(naver_search.handler)
    turns = sum(has_turn(one.code, min(place + 1, 2), EVENING) for place, one in enumerate(MARKET.companies))
    assert crawl(naver_search.handler) == {"stored": 0, "revised": 0, "failed": 0, "deferred": turns}
    assert (calls(world) - before)["/naver-api/v1"] == 1


# --- the community


def noticed(post: Post) -> bool:
    return post.score >= MIN_SCORE and post.comments >= MIN_COMMENTS


def test_posts_that_were_noticed_within_a_day_are_stored(world: World) -> None:
    noon = EVENING - timedelta(hours=8)
    today = [one for one in MARKET.posts if noon - timedelta(hours=24) <= one.published_at <= noon]
    expected = {f"https://www.reddit.com{post_path(one)}": one for one in today if noticed(one)}
    assert len(today) > len(expected) > 0
    assert crawl(reddit.handler)["stored"] == 0  # by the evening, it was more than a day ago
    world.set(noon)
    assert crawl(reddit.handler, noon)["stored"] == len(expected)
    for url, one in articles().items():
        assert (one.source, one.title, one.author) == ("reddit", expected[url].title, expected[url].author)
        assert one.published_at == expected[url].published_at.replace(microsecond=0)


def test_posts_are_read_page_by_page_as_far_back_as_a_day(world: World) -> None:
    def page(after: str, hours: int) -> dict[str, Any]:
        post = {"title": f"KOSPI {after}", "selftext": "x", "author": "a", "subreddit": "stocks", "score": 50}
        moment = (EVENING - timedelta(hours=hours)).timestamp()
        data = {
            **post,
            "num_comments": 9,
            "created_utc": moment,
            "permalink": f"/r/stocks/comments/a{hours}/x/",
        }
        body = {"kind": "Listing", "data": {"after": after, "children": [{"kind": "t3", "data": data}]}}
        return {"path": NEW_POSTS, "status": 200, "body": json.dumps(body), "headers": {"content-type": JSON}}

    world.misbehave(page("t3_b", 1), page("t3_c", 20), page("t3_d", 30), page("t3_e", 31))
    before = calls(world)
    assert crawl(reddit.handler)["stored"] == 2
    assert (calls(world) - before)["/reddit-oauth/r"] == 3


def test_reddit_away_fails_the_run(world: World) -> None:
    world.misbehave({"path": NEW_POSTS, "status": 403, "times": 9})
    with pytest.raises(UpstreamError, match="Reddit: Forbidden, HTTP 403"):
        crawl(reddit.handler)


# --- disclosures


def filed() -> dict[str, Disclosure]:
    day = EVENING.date()
    return {disclosure_address(d): d for d in MARKET.disclosures if d.code and d.published_at.date() == day}


def test_the_days_disclosures_of_listed_firms_are_stored_with_their_stocks(world: World) -> None:
    assert crawl(dart.handler)["stored"] == len(filed()) > 0
    for url, one in articles().items():
        true = filed()[url]
        assert (one.source, one.stock_code) == ("dart", true.code)
        assert one.title == f"{true.corp_name} {true.report.strip()}"
        assert one.known_at == EVENING.astimezone(UTC)  # DART tells the day only
    assert crawl(dart.handler)["stored"] == 0


def test_disclosures_of_a_weekend_are_read_on_the_day_after(world: World) -> None:
    first, last = (datetime.combine(day, time(20), tzinfo=SEOUL) for day in MARKET.live)
    world.set(first)
    assert crawl(dart.handler, first)["stored"] > 0
    world.set(last + timedelta(days=3))
    crawl(dart.handler, last + timedelta(days=3))  # three days on, nothing was filed since
    assert stored().keys() == {disclosure_address(d) for d in MARKET.disclosures if d.code}


def test_a_status_of_dart_that_is_an_error_fails_the_run(world: World) -> None:
    body = '{"status":"020","message":"요청 제한을 초과하였습니다."}'
    world.misbehave({"path": LIST, "status": 200, "body": body})
    with pytest.raises(SourceChanged, match="020"):
        crawl(dart.handler)


def test_the_register_brings_listed_names_once(world: World) -> None:
    done = crawl(dart_names.handler)
    with database.session() as session:
        names = dict(session.execute(select(ListedName.code, ListedName.name)).all())
    assert done == {"names": len(names)}
    assert names.keys() >= {one.code for one in MARKET.companies}
    assert crawl(dart_names.handler) == {"names": 0}


def test_a_register_that_is_no_archive_changes_nothing(world: World) -> None:
    world.misbehave({"path": REGISTER, "kind": "garbage"})
    with pytest.raises(SourceChanged, match="dart"):
        crawl(dart_names.handler)


# --- what nobody may read


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 404}, {"kind": "cut"}])
@pytest.mark.parametrize(("handler", "switch"), SWITCHES)
def test_no_error_tells_a_key(world: World, handler: Handler, switch: str, fault: dict[str, Any]) -> None:
    world.misbehave(*({"path": path, "times": 99, **fault} for path in (SEARCH, NEW_POSTS, "/dart")))
    with pytest.raises(UpstreamError) as found:
        crawl(handler)
    assert "sandbox" not in "".join(format_exception(found.value)).replace("infra/sandbox", "")


# --- what is switched off


@pytest.mark.parametrize(("handler", "switch"), SWITCHES)
def test_a_source_without_a_key_is_off(
    world: World, monkeypatch: pytest.MonkeyPatch, handler: Handler, switch: str
) -> None:
    monkeypatch.setenv(switch, "")
    get_settings.cache_clear()
    before = calls(world)
    assert crawl(handler) == {}
    assert calls(world) == before
