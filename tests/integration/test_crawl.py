"""A crawler against a stand-in site: everything listed is stored once, and nothing else is fetched."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from infra.local.platform import Platform
from infra.sandbox.market import Market
from nunchi import clock
from nunchi.adapters import polite, redis, sqs
from nunchi.settings import get_settings
from tests.integration.crawled import (
    FEED_URL,
    MARKET,
    NOW,
    PAGES,
    Crawl,
    articles,
    calls,
    events,
    forget,
    listing,
    on_site,
    page,
    pointed_at,
    published,
    revisions,
    run,
    stored,
)
from tests.integration.sandbox_client import World

IDLE = {"stored": 0, "revised": 0, "failed": 0}


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The sites, at midnight before the first live session, faultless."""
    with pointed_at(world, monkeypatch) as sites:
        yield sites


@pytest.fixture
def crawl(world: World, environment: dict[str, str]) -> Crawl:
    """Crawls, unknown to any cache. There is no queue: what it would send stays for the Relay."""
    forget()
    return run


# --- all that is listed, once


def test_every_listed_article_is_stored_once(crawl: Crawl) -> None:
    assert crawl() == {**IDLE, "stored": len(published())}
    assert stored() == published()
    assert events() == Counter(str(one.id) for one in articles().values())


def test_its_schedule_runs_it_and_what_it_stored_is_told(world: World, started: Platform) -> None:
    forget()
    (schedule,) = started.template.functions["MaekyungCrawlerFunction"].schedules
    with clock.driven_by(lambda: NOW):
        done = started.fire(schedule, NOW)
    assert (done.error, done.counts) == (None, {**IDLE, "stored": len(published())})
    url = get_settings().queue_url("embed")
    asked: Any = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    told = sqs.get_client().get_queue_attributes(**asked)["Attributes"]["ApproximateNumberOfMessages"]
    assert int(told) == len(published())


def test_a_second_run_stores_nothing_and_fetches_no_page(crawl: Crawl, world: World) -> None:
    crawl()
    redis.get_client().flushdb()  # the feed is sent again
    before = calls(world)
    assert crawl() == IDLE
    assert calls(world) - before == Counter({"/mk": 1, "/mk/rss": 1})
    assert stored() == published()
    assert set(events().values()) == {1}


def test_a_feed_that_has_not_changed_is_not_sent_again(crawl: Crawl) -> None:
    crawl()
    assert polite.read_changed(FEED_URL) is None  # a 304
    assert crawl() == IDLE


def test_what_is_new_is_stored_by_the_next_run(crawl: Crawl, world: World) -> None:
    crawl()
    later = NOW + timedelta(days=1)
    world.set(later)
    new = published(now=later).keys() - published().keys()
    assert new
    assert crawl() == {**IDLE, "stored": len(new)}
    assert stored() == published(now=later)


def test_an_article_is_known_from_when_it_was_fetched(crawl: Crawl) -> None:
    crawl()
    for url, one in articles().items():
        true = on_site()[url]
        assert (one.known_at, one.published_at) == (NOW, true.published_at)
        assert one.body.split("\n") == [" ".join(text.split()) for text in true.paragraphs]
        assert one.author == true.author


# --- what is listed under another title


def test_a_retitled_page_gains_a_revision_and_keeps_its_first_text(crawl: Crawl, world: World) -> None:
    url, true = next(iter(on_site().items()))
    later = NOW + timedelta(minutes=10)
    crawl()
    world.misbehave(listing((url, "고친 제목")), page("고친 문장이다.", title="고친 제목"))
    assert run(now=later) == {**IDLE, "revised": 1}
    kept = articles()[url]
    assert (kept.title, kept.published_at, kept.known_at) == (true.title, true.published_at, NOW)
    (revision,) = revisions()
    assert (revision.title, revision.body, revision.known_at) == ("고친 제목", "고친 문장이다.", later)
    assert set(events().values()) == {1}


def test_a_page_that_says_the_same_under_another_title_gains_none(crawl: Crawl, world: World) -> None:
    url = next(iter(published()))
    crawl()
    for _ in range(2):
        world.misbehave(listing((url, "다른 제목")))
        before = calls(world)["/mk/news"]
        assert crawl() == IDLE
    assert calls(world)["/mk/news"] == before  # the second time, nothing is new about it
    assert revisions() == []


# --- where it never goes


def test_a_redirect_is_not_followed(crawl: Crawl, world: World) -> None:
    target = f"{world.address}/kis/oauth2/tokenP"
    world.misbehave({"path": PAGES, "status": 302, "headers": {"location": target}})
    before = calls(world)["/kis"]
    assert crawl()["failed"] == 1
    assert calls(world)["/kis"] == before


def test_foreign_links_are_not_fetched(crawl: Crawl, world: World) -> None:
    own = next(iter(published()))
    foreign = [
        f"{world.address}/mk/news/stock/1",  # where the site really is, which no page may know
        "https://www.mk.co.kr.evil.example/news/stock/1",
        "https://www.mk.co.kr@127.0.0.1/news/stock/1",
        "//127.0.0.1:1/news/stock/1",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/hostname",
        "news/stock/1",
    ]
    world.misbehave(listing(*foreign, own))
    before = calls(world)
    assert crawl() == {**IDLE, "stored": 1}
    assert calls(world) - before == Counter({"/mk": 3, "/mk/robots.txt": 1, "/mk/rss": 1, "/mk/news": 1})


def test_one_page_listed_in_several_ways_is_one_article(crawl: Crawl, world: World) -> None:
    url = next(iter(published()))
    mobile = url.replace("www.", "m.")
    world.misbehave(listing(f"{url}?utm_source=rss#top", mobile, url.replace("https", "http"), url))
    assert crawl() == {**IDLE, "stored": 1}
    assert list(stored()) == [url]


def test_nothing_is_fetched_while_nobody_can_be_reached(
    crawl: Crawl, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRAWLER_CONTACT", "")
    get_settings.cache_clear()
    before = calls(world)
    assert crawl() == {}
    assert calls(world) == before


# --- without Redis


def test_without_redis_everything_is_still_stored_once(crawl: Crawl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    redis.get_client.cache_clear()
    assert crawl()["stored"] == len(published())
    assert crawl() == IDLE
    assert set(events().values()) == {1}
