"""The crawler against a stand-in site: everything listed is stored once, and nothing else is fetched."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from infra.local.platform import Platform
from infra.local.world import SITE
from infra.sandbox.market import Market
from nunchi import clock, database
from nunchi.adapters import redis, sqs
from nunchi.models import Article
from nunchi.settings import get_settings
from tests.integration.crawled import (
    FEED,
    MARKET,
    NOW,
    PAGES,
    Crawl,
    calls,
    events,
    misbehave,
    pointed_at,
    published,
    run,
    stored,
)
from tests.integration.sandbox_client import World


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The site, at midnight before the first live session, faultless."""
    with pointed_at(world, monkeypatch) as site:
        yield site


@pytest.fixture
def crawl(world: World, environment: dict[str, str]) -> Crawl:
    """Crawls, unknown to any cache. There is no queue: what it would send stays for the Relay."""
    redis.get_client().flushdb()
    return run


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
