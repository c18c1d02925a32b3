"""The probe of the real sites, tried on their stand-ins."""

from collections.abc import Iterator
from datetime import datetime, time

import pytest

from infra.checks import sources_live
from infra.checks.sources_live import Row, places, probe
from infra.sandbox.market import Market
from nunchi.crawl.sources import SOURCES
from nunchi.seoul import SEOUL
from tests.integration.crawled import FEED, MARKET, PAGES, forget, pointed_at
from tests.integration.sandbox_client import World

EVENING = datetime.combine(MARKET.live[-1], time(20), tzinfo=SEOUL)


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def world(world: World, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world.set(EVENING)
    with pointed_at(world, monkeypatch) as sites:
        forget()
        yield sites


def found() -> dict[str, Row]:
    return {row.place: row for row in (probe(*place) for place in places(EVENING))}


@pytest.mark.usefixtures("world")
def test_every_source_is_asked_and_read() -> None:
    rows = found()
    assert {row.source for row in rows.values()} == SOURCES.keys()
    for row in rows.values():
        if row.place != sources_live.SEARCHED:  # no company of the sample has that name
            assert (row.trouble, row.pages) == ("", min(row.entries, sources_live.PAGES))
            assert row.shortest_body > 0


def test_a_place_that_changed_is_named_and_the_others_are_still_read(world: World) -> None:
    world.misbehave(
        {"path": FEED, "status": 200, "body": "<html>점검 중</html>"},
        {"path": "/naver-finance/news/mainnews", "status": 404},
    )
    troubles = {place: row.trouble for place, row in found().items() if row.trouble}
    assert troubles.pop(sources_live.SEARCHED) == "no entries"
    assert troubles.keys() == {"www.mk.co.kr/rss/50200011/", "finance.naver.com/news/mainnews.naver"}
    assert "maekyung" in troubles["www.mk.co.kr/rss/50200011/"]
    assert "HTTP 404" in troubles["finance.naver.com/news/mainnews.naver"]


def test_a_page_that_changed_is_named(world: World) -> None:
    world.misbehave({"path": PAGES, "status": 200, "body": "<html><p>새 단장</p></html>"})
    row = found()["www.mk.co.kr/rss/50200011/"]
    assert row.entries > 0
    assert "[itemprop=articleBody] not found at https://www.mk.co.kr/news/stock/" in row.trouble


def test_nobody_is_asked_without_a_contact(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    monkeypatch.setenv("CRAWLER_CONTACT", "")
    with pytest.raises(SystemExit, match="CRAWLER_CONTACT"):
        sources_live.main()
