"""The sandbox's sites over HTTP: feeds, pages, robots.txt; and its own controls."""

import json
import sys
from datetime import datetime, time, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests
from protego import Protego

from infra.local.processes import HOST, free_port, running
from infra.local.world import STAND_INS
from infra.sandbox.addresses import OUTLETS, address
from infra.sandbox.entities import SEOUL, Article
from infra.sandbox.market import Market, generate
from nunchi.crawl.sources.maekyung import SOURCE
from tests.integration.conftest import WEEKDAYS
from tests.integration.sandbox_client import World


@pytest.fixture
def pages(market: Market) -> tuple[Article, ...]:
    """The articles of the site."""
    return tuple(article for article in market.pages if article.outlet == "maekyung")


def test_the_feed_lists_the_newest_articles_of_the_past_and_none_of_the_future(
    world: World, market: Market, pages: tuple[Article, ...]
) -> None:
    now = datetime.combine(market.live[1], time(11), tzinfo=SEOUL)
    world.set(now)
    links = SOURCE.parse_listing(world.feed().content)
    past = [article for article in pages if article.published_at <= now][-60:]
    assert [(link.url, link.title, link.published_at) for link in links] == [
        (address(article), article.title, article.published_at) for article in reversed(past)
    ]


def test_the_feed_writes_time_zones_in_both_of_the_real_ways(world: World) -> None:
    text = world.feed().text
    assert " +0900</pubDate>" in text
    assert " +09:00</pubDate>" in text


@pytest.mark.parametrize("path", ["/mk/rss/50200011/", "/hankyung/feed/finance"])
def test_an_unchanged_feed_is_not_sent_again(world: World, market: Market, path: str) -> None:
    outlet = {"mk": "maekyung"}.get(path.split("/")[1], path.split("/")[1])
    times = [a.published_at for a in market.pages if a.outlet == outlet]
    following = next(moment for moment in times if moment.date() == market.live[1])
    world.set(following - timedelta(seconds=1))
    first = world.get(path).headers
    conditions = {"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}
    for condition in conditions:
        again = world.get(path, None, **condition)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first["ETag"]
    world.set(following)
    for condition in conditions:
        changed = world.get(path, None, **condition)
        assert changed.status_code == 200
        assert changed.headers["ETag"] != first["ETag"]
        assert parsedate_to_datetime(changed.headers["Last-Modified"]) == following


def test_a_tag_outweighs_a_date_and_nonsense_is_no_condition(world: World) -> None:
    dated = {"If-Modified-Since": world.feed().headers["Last-Modified"]}
    assert world.feed(**dated).status_code == 304
    assert world.feed(**dated, **{"If-None-Match": '"another"'}).status_code == 200
    assert world.feed(**{"If-Modified-Since": "yesterday"}).status_code == 200


def test_an_outlets_feed_does_not_change_with_anothers_news(world: World, market: Market) -> None:
    other = next(
        a for a in market.pages if a.outlet != "maekyung" and a.published_at.date() == market.live[1]
    )
    world.set(other.published_at - timedelta(seconds=1))
    tag = world.feed().headers["ETag"]
    world.set(other.published_at)
    assert world.feed().headers["ETag"] == tag


def test_every_page_reads_as_the_article_that_it_tells(world: World, market: Market) -> None:
    world.at(market.live[-1], time(23, 59))
    known = {address(article): article for article in market.pages}
    for link in SOURCE.parse_listing(world.feed().content):
        article, parsed = known[link.url], SOURCE.parse_article(world.read(link.url).content, link.url)
        assert parsed.title == article.title
        assert parsed.body == "\n".join(article.paragraphs)
        assert parsed.author == article.author
        assert parsed.published_at == article.published_at


def test_a_page_has_the_noise_of_real_pages(world: World, pages: tuple[Article, ...]) -> None:
    article = next(a for a in reversed(pages[:-40]) if a.no % 6 == 0)
    page = world.read(address(article)).text
    for noise in (
        "news_sum_group",
        "figcaption",
        "ad_contents",
        "무단 전재",
        "@maekyung.example",
        '<h3 class="news_ttl">',
    ):
        assert noise in page
    assert f'<link rel="canonical" href="{address(article)}">' in page


def test_a_page_names_no_article_that_came_after_it(
    world: World, market: Market, pages: tuple[Article, ...]
) -> None:
    world.at(market.live[-1], time(23, 59))
    page = world.read(address(pages[50])).text
    linked = {other.no for other in pages if address(other) in page}
    assert linked == {other.no for other in pages[45:51]}


@pytest.mark.parametrize("outlet", OUTLETS)
def test_an_article_of_the_future_is_not_found(world: World, market: Market, outlet: str) -> None:
    coming = [article for article in market.pages if article.outlet == outlet][-1]
    world.set(coming.published_at - timedelta(seconds=1))
    assert world.read(address(coming)).status_code == 404
    world.set(coming.published_at)
    assert world.read(address(coming)).status_code == 200
    assert world.read(address(coming) + "9").status_code == 404


def test_nobody_serves_another_outlets_article(world: World, market: Market) -> None:
    theirs = next(article for article in market.pages if article.outlet != "maekyung")
    assert world.get(f"/mk/news/stock/{theirs.no}").status_code == 404


@pytest.mark.parametrize("host", sorted(STAND_INS))
def test_every_host_lets_us_in_until_it_is_told_not_to(world: World, host: str) -> None:
    def allows() -> bool:
        answer = world.read(f"https://{host}/robots.txt")
        assert answer.headers["Content-Type"].startswith("text/plain")
        rules = Protego.parse(answer.text)
        return bool(rules.can_fetch(f"https://{host}/news/stock/1", "nunchi"))

    world.misbehave({"path": f"{STAND_INS[host]}/robots.txt", "preset": "robots_forbid"})
    assert [allows(), allows()] == [False, True]


# --- its own controls


def test_the_truth_counts_what_is_published(world: World, market: Market) -> None:
    now = datetime.combine(market.live[2], time(14), tzinfo=SEOUL)
    world.set(now)
    past = [article for article in market.pages if article.published_at <= now]
    truth = world.get("/_control/truth").json()
    filed = [one for one in market.disclosures if one.code and one.published_at <= now]
    posted = [p for p in market.posts if p.published_at <= now and p.score >= 10 and p.comments >= 2]
    assert truth["articles"] == len(past)
    assert truth["disclosures"] == len(filed)
    assert truth["posts"] == len(posted)
    assert truth["stories"] == len({article.story for article in past}) + len(filed) + len(posted)
    assert filed
    assert posted
    assert datetime.fromisoformat(truth["now"]) == now


def test_a_time_without_a_zone_is_refused(world: World) -> None:
    answer = requests.put(f"{world.address}/_control/clock", json={"now": "2026-10-19T06:40:00"}, timeout=10)
    assert answer.status_code == 422


def test_calls_are_counted_by_path(world: World) -> None:
    before = world.get("/_control/calls").json()
    world.feed()
    world.get("/mk/news/stock/1")
    after = world.get("/_control/calls").json()
    grown = {
        path: count - before.get(path, 0) for path, count in after.items() if count != before.get(path, 0)
    }
    assert grown == {"/mk": 2, "/mk/rss": 1, "/mk/news": 1}


def test_the_command_serves_the_market_of_a_file(tmp_path: Path) -> None:
    file, port = tmp_path / "market.json", free_port()
    days = [day.isoformat() for day in WEEKDAYS[:12]]
    file.write_text(
        json.dumps({"seed": 3, "sessions": days, "live": 2, "companies": 4, "stories_per_session": 2})
    )
    command = [sys.executable, "-m", "infra.sandbox", "--port", str(port), "--market", str(file)]
    expected = generate(3, WEEKDAYS[:12], live=2, companies=4, stories_per_session=2)
    truth = f"http://{HOST}:{port}/_control/truth"

    def answers() -> bool:
        try:
            return requests.get(truth, timeout=1).ok
        except requests.ConnectionError:
            return False

    with running("the sandbox", command, tmp_path / "log") as child:
        child.wait_until(answers)
        midnight = datetime.combine(expected.live[0], time(), tzinfo=SEOUL)
        past = sum(article.published_at <= midnight for article in expected.articles)
        assert requests.get(truth, timeout=5).json()["articles"] == past


def test_feeds_follow_each_other_without_a_gap(
    world: World, market: Market, pages: tuple[Article, ...]
) -> None:
    """A reader who comes every ten minutes sees every article."""
    seen: set[str] = set()
    moments = [
        datetime.combine(market.live[0], time(), tzinfo=SEOUL) + timedelta(minutes=10 * n) for n in range(145)
    ]
    for moment in moments:
        world.set(moment)
        seen |= {link.url for link in SOURCE.parse_listing(world.feed().content)}
    expected = [address(a) for a in pages if moments[0] < a.published_at <= moments[-1]]
    assert expected
    assert set(expected) <= seen
