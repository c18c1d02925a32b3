"""The crawler against a site that misbehaves: what fails, fails alone and is taken by the next run."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import literal, select

from infra.sandbox.market import Market
from nunchi import database
from nunchi.adapters import redis
from nunchi.errors import UpstreamError
from tests.factories import article
from tests.integration.crawled import (
    FEED,
    MARKET,
    PAGES,
    Crawl,
    events,
    misbehave,
    pointed_at,
    published,
    run,
    stored,
)
from tests.integration.sandbox_client import World

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
