"""A crawler against a site that misbehaves: what fails, fails alone and is taken by the next run."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import literal, select

from infra.sandbox.market import Market
from nunchi import database
from nunchi.adapters import redis
from nunchi.adapters.polite import TRIES
from nunchi.errors import UpstreamError
from nunchi.runs import repository as runs
from tests.factories import article
from tests.integration.crawled import (
    FEED,
    MARKET,
    NOW,
    PAGES,
    ROBOTS,
    Crawl,
    calls,
    events,
    forget,
    page,
    pointed_at,
    published,
    run,
    stored,
)
from tests.integration.sandbox_client import World

# one page each; what may pass is met by each of its tries
PASSING: list[dict[str, Any]] = [{"status": 500}, {"kind": "cut"}, {"kind": "reset"}]
LASTING: list[dict[str, Any]] = [
    {"status": 404},
    {"status": 403},
    {"kind": "garbage"},
    {"status": 200, "body": "<html><body>점검 중입니다.</body></html>"},
]


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


def an_hour_passes() -> None:
    """As Redis does by itself."""
    client = redis.get_client()
    client.delete(*client.keys("shelved:*"))


def counts(failed: int) -> dict[str, int]:
    return {"stored": len(published()) - failed, "revised": 0, "failed": failed}


def test_pages_that_fail_fail_alone_and_are_taken_by_the_next_run(crawl: Crawl, world: World) -> None:
    faults = [fault | {"times": TRIES} for fault in PASSING] + LASTING
    world.misbehave(*({"path": PAGES, **fault} for fault in faults))
    assert crawl() == counts(failed=len(faults))
    # the feed has not changed in between; what will not pass is not asked for again at once
    before = calls(world)
    assert crawl() == {"stored": len(PASSING), "revised": 0, "failed": 0, "resting": len(LASTING)}
    assert (calls(world) - before)["/mk/news"] == len(PASSING)
    an_hour_passes()
    assert crawl() == {"stored": len(LASTING), "revised": 0, "failed": 0}
    assert stored() == published()
    assert set(events().values()) == {1}


def test_a_run_whose_pages_all_fail_has_failed_and_so_have_those_after_it(crawl: Crawl, world: World) -> None:
    world.misbehave({"path": PAGES, "status": 404, "times": len(published())})
    for minutes, failed, resting in ((0, len(published()), 0), (10, 0, len(published()))):
        done = run(now=NOW + timedelta(minutes=minutes))
        assert (done["stored"], done["failed"], done.get("resting", 0)) == (0, failed, resting)
    with database.session() as session:
        (latest,) = runs.latest(session, ["maekyung"])
    assert (latest.outcome, latest.error, latest.last_success_at) == ("failed", "NothingRead", None)


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_borne_within_a_run(crawl: Crawl, world: World, fault: dict[str, Any]) -> None:
    world.misbehave(*({"path": path, **fault, "times": TRIES - 1} for path in (ROBOTS, FEED, PAGES)))
    assert crawl() == counts(failed=0)


def test_a_host_that_asks_for_quiet_is_left_alone(crawl: Crawl, world: World) -> None:
    world.misbehave({"path": PAGES, "status": 429, "headers": {"Retry-After": "3600"}})
    before = calls(world)
    deferred = len(published()) - 1
    assert crawl() == {"stored": 0, "revised": 0, "failed": 1, "deferred": deferred}
    assert (calls(world) - before)["/mk/news"] == 1
    assert crawl() == {
        "stored": 0,
        "revised": 0,
        "failed": 0,
        "deferred": 1,
    }  # not even its listing is asked for
    forget()
    assert crawl() == counts(failed=0)


def test_a_site_that_forbids_us_is_not_read(crawl: Crawl, world: World) -> None:
    world.misbehave({"path": ROBOTS, "status": 200, "body": "User-agent: nunchi\nDisallow: /"})
    before = calls(world)
    assert crawl() == {"stored": 0, "revised": 0, "failed": 0, "forbidden": 1}
    assert (calls(world) - before)["/mk"] == 1  # its rules
    assert stored() == {}


def test_pages_with_strange_text_are_stored_as_text(crawl: Crawl, world: World) -> None:
    strange = ["&#0;\x00&#xD83D;첫 문장이다.", "<b>" * 200 + "첫 문장이다.", "'); DROP TABLE articles; --"]
    world.misbehave(*map(page, strange))
    assert crawl() == counts(failed=0)
    assert stored().keys() == published().keys()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_outside_the_calendar_can_not_stop_a_run(crawl: Crawl, world: World, moment: str) -> None:
    world.misbehave(page(published_at=moment))
    assert crawl() == counts(failed=1)


def test_a_value_that_can_not_be_stored_spoils_no_connection(environment: dict[str, str]) -> None:
    with pytest.raises(UnicodeEncodeError), database.session() as session:
        session.add(article(title="\ud83d"))
    for number in range(3):
        with database.session() as session:
            assert session.scalar(select(literal(number))) == number


def test_a_feed_that_fails_fails_the_run_and_the_next_one_takes_all(crawl: Crawl, world: World) -> None:
    failing = {"path": FEED, "times": TRIES}
    world.misbehave({**failing, "status": 503}, {**failing, "kind": "cut"})
    for reason in ("HTTP 503", "IncompleteRead|ProtocolError"):
        with pytest.raises(UpstreamError, match=reason):
            crawl()
    assert stored() == {}
    assert crawl()["stored"] == len(published())


def test_a_feed_in_another_encoding_is_read(crawl: Crawl, world: World) -> None:
    world.misbehave({"path": "/mk", "kind": "encoding", "times": 99})
    assert crawl() == counts(failed=0)
    assert stored() == published()
