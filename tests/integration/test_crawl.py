"""The crawler against a stand-in site: everything listed is stored once, whatever goes wrong in between."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import literal, select

from crawlers.maekyung import handler
from infra.local.invocation import LambdaContext
from infra.local.platform import Platform
from infra.local.world import SITE, Sample
from infra.local.world import World as Address
from infra.sandbox.market import Market
from infra.sandbox.server import serving
from nunchi import clock, database
from nunchi.adapters import redis, sqs
from nunchi.errors import UpstreamError
from nunchi.market.calendar import xkrx
from nunchi.models import Article, OutboxRow
from nunchi.seoul import SEOUL
from nunchi.settings import get_settings
from tests.factories import article
from tests.integration.sandbox_client import World

MARKET = Sample(history=2, live=2, companies=4, stories_per_session=5).generate(xkrx())
NOW = datetime.combine(MARKET.live[0], time(), tzinfo=SEOUL)
CONTEXT = LambdaContext("MaekyungCrawlerFunction", "arn:aws:lambda:x:1:function:x", 512, 300)
FEED, PAGES = "/mk/rss/50200011/", "/mk/news/"
Crawl = Callable[[], dict[str, int]]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(MARKET) as address:
        yield address


@pytest.fixture
def world(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The site, at midnight before the first live session, faultless, and unknown to any cache."""
    for name, value in Address(address).settings().items():
        monkeypatch.setenv(name, value)
    opened = World(address)
    opened.set(NOW)
    yield opened
    requests.delete(f"{address}/_control/faults", timeout=10).raise_for_status()


@pytest.fixture
def crawl(world: World, environment: dict[str, str]) -> Crawl:
    """Runs the crawler's function; gives its counts. There is no queue: what it would send stays for the Relay."""
    redis.get_client().flushdb()

    def run() -> dict[str, int]:
        with clock.driven_by(lambda: NOW):
            return handler({"scheduled_time": NOW.isoformat()}, CONTEXT)

    return run


def published(market: Market = MARKET, now: datetime = NOW) -> dict[str, str]:
    """Address and title of what is on the site."""
    return {f"{SITE}/news/stock/{one.no}": one.title for one in market.articles if one.published_at <= now}


def stored() -> dict[str, str]:
    with database.session() as session:
        return {one.url: one.title for one in session.scalars(select(Article))}


def events() -> Counter[object]:
    """How many events tell of each article."""
    with database.session() as session:
        return Counter(row.payload["article_id"] for row in session.scalars(select(OutboxRow)))


def calls(world: World) -> Counter[str]:
    return Counter(world.get("/_control/calls").json())


def misbehave(world: World, *faults: dict[str, Any]) -> None:
    world.put("/_control/faults", list(faults))


def listing(*links: str) -> dict[str, Any]:
    """The next feed: one with these links and without an ETag."""
    items = "".join(f"<item><title>x</title><link>{link}</link></item>" for link in links)
    body = f'<rss version="2.0"><channel>{items}</channel></rss>'
    return {"path": FEED, "status": 200, "body": body}


# --- all that is listed, once


def test_every_listed_article_is_stored_once(crawl: Crawl) -> None:
    assert crawl() == {"stored": len(published()), "failed": 0}
    assert stored() == published()
    with database.session() as session:
        ids = {str(one.id) for one in session.scalars(select(Article))}
    assert events() == Counter(ids)


def test_its_schedule_runs_it_and_what_it_stored_is_told(world: World, started: Platform) -> None:
    redis.get_client().flushdb()
    (schedule,) = started.template.functions["MaekyungCrawlerFunction"].schedules
    with clock.driven_by(lambda: NOW):
        done = started.fire(schedule, NOW)
    assert (done.error, done.counts) == (None, {"stored": len(published()), "failed": 0})
    url = get_settings().queue_url("embed")
    asked: Any = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    told = sqs.get_client().get_queue_attributes(**asked)["Attributes"]["ApproximateNumberOfMessages"]
    assert int(told) == len(published())


def test_a_second_run_stores_nothing_and_fetches_no_page(crawl: Crawl, world: World) -> None:
    crawl()
    redis.get_client().flushdb()  # the feed is sent again
    before = calls(world)
    assert crawl() == {"stored": 0, "failed": 0}
    after = calls(world)
    assert (after["/mk/rss"] - before["/mk/rss"], after["/mk/news"] - before["/mk/news"]) == (1, 0)
    assert stored() == published()
    assert set(events().values()) == {1}


def test_a_feed_that_has_not_changed_is_not_sent_again(crawl: Crawl, world: World) -> None:
    crawl()
    assert redis.fetch_changed(f"{world.address}{FEED}") is None  # a 304
    assert crawl() == {"stored": 0, "failed": 0}


def test_what_is_new_is_stored_by_the_next_run(crawl: Crawl, world: World) -> None:
    crawl()
    later = NOW + timedelta(days=1)
    world.set(later)
    new = published(now=later).keys() - published().keys()
    assert new
    assert crawl() == {"stored": len(new), "failed": 0}
    assert stored() == published(now=later)


def test_an_article_is_known_from_when_it_was_fetched(crawl: Crawl) -> None:
    crawl()
    with database.session() as session:
        found = list(session.scalars(select(Article)))
    assert {one.known_at for one in found} == {NOW}
    true = {f"{SITE}/news/stock/{one.no}": one for one in MARKET.articles}
    for one in found:
        assert one.published_at == true[one.url].published_at
        assert one.body.split("\n") == [" ".join(text.split()) for text in true[one.url].paragraphs]
        assert one.author == true[one.url].author


# --- a page that fails

FAULTS: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 429},
    {"status": 404},
    {"status": 304},
    {"kind": "cut"},
    {"kind": "garbage"},
    {"kind": "reset"},
    {"status": 200, "body": "<html><body>점검 중입니다.</body></html>"},
]


def test_pages_that_fail_fail_alone_and_are_taken_by_the_next_run(crawl: Crawl, world: World) -> None:
    misbehave(world, *({"path": PAGES, **fault} for fault in FAULTS))
    assert crawl() == {"stored": len(published()) - len(FAULTS), "failed": len(FAULTS)}
    # the feed has not changed in between
    assert crawl() == {"stored": len(FAULTS), "failed": 0}
    assert stored() == published()
    assert set(events().values()) == {1}


def page(text: str = "첫 문장이다.", published_at: str = "2026-10-19T09:00:00+09:00") -> dict[str, Any]:
    """The next page: a whole article, with what a test puts into it."""
    body = (
        f'<meta property="article:published_time" content="{published_at}"><h2 class="news_ttl">제목</h2>'
        f'<div itemprop="articleBody"><p>{text}</p></div>'
    )
    return {"path": PAGES, "status": 200, "body": body}


def test_pages_with_strange_text_are_stored_as_text(crawl: Crawl, world: World) -> None:
    strange = ["&#0;\x00&#xD83D;첫 문장이다.", "<b>" * 3000 + "첫 문장이다.", "'); DROP TABLE articles; --"]
    misbehave(world, *map(page, strange))
    assert crawl() == {"stored": len(published()), "failed": 0}
    assert stored().keys() == published().keys()


def test_mark_up_that_the_parser_rejects_can_not_stop_a_run(crawl: Crawl, world: World) -> None:
    misbehave(world, page("<![첫 문장이다."))
    assert crawl() == {"stored": len(published()) - 1, "failed": 1}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_outside_the_calendar_can_not_stop_a_run(crawl: Crawl, world: World, moment: str) -> None:
    misbehave(world, page(published_at=moment))
    assert crawl() == {"stored": len(published()) - 1, "failed": 1}


def test_a_value_that_can_not_be_stored_spoils_no_connection(environment: dict[str, str]) -> None:
    with pytest.raises(UnicodeEncodeError), database.session() as session:
        session.add(article(title="\ud83d"))
    for number in range(3):
        with database.session() as session:
            assert session.scalar(select(literal(number))) == number


def test_a_feed_that_fails_fails_the_run_and_the_next_one_takes_all(crawl: Crawl, world: World) -> None:
    misbehave(world, {"path": FEED, "status": 503}, {"path": FEED, "kind": "cut"})
    for reason in ("HTTP 503", "IncompleteRead|ProtocolError"):
        with pytest.raises(UpstreamError, match=reason):
            crawl()
    assert stored() == {}
    assert crawl()["stored"] == len(published())


def test_a_feed_in_another_encoding_is_read(crawl: Crawl, world: World) -> None:
    misbehave(world, {"path": "/mk", "kind": "encoding", "times": 99})
    assert crawl() == {"stored": len(published()), "failed": 0}
    assert stored() == published()


# --- where it never goes


def test_a_redirect_is_not_followed(crawl: Crawl, world: World) -> None:
    target = f"{world.address}/kis/oauth2/tokenP"
    misbehave(world, {"path": PAGES, "status": 302, "headers": {"location": target}})
    before = calls(world)["/kis"]
    assert crawl()["failed"] == 1
    assert calls(world)["/kis"] == before


def test_foreign_links_are_not_fetched(crawl: Crawl, world: World) -> None:
    own = f"{world.address}/mk/news/stock/{MARKET.articles[0].no}"
    foreign = [
        f"{world.address}/kis/news/stock/1",  # the same host, but not the site
        f"{world.address}/mk.evil.example/news/stock/1",
        "//127.0.0.1:1/news/stock/1",
        "file:///etc/hostname",
        "news/stock/1",
    ]
    misbehave(world, listing(*foreign, own))
    before = calls(world)
    assert crawl() == {"stored": 1, "failed": 0}
    assert calls(world) - before == Counter({"/mk": 2, "/mk/rss": 1, "/mk/news": 1})


def test_one_page_listed_in_several_ways_is_one_article(crawl: Crawl, world: World) -> None:
    path = f"/news/stock/{MARKET.articles[0].no}"
    misbehave(world, listing(path, f"{SITE}{path}", f"{world.address}/mk{path}", path))
    assert crawl() == {"stored": 1, "failed": 0}
    assert list(stored()) == [f"{SITE}{path}"]


# --- without Redis


def test_without_redis_everything_is_still_stored_once(crawl: Crawl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    redis.get_client.cache_clear()
    assert crawl()["stored"] == len(published())
    assert crawl() == {"stored": 0, "failed": 0}
    assert set(events().values()) == {1}
