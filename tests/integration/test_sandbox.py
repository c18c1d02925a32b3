"""The sandbox's news over HTTP, as the production code reads it, and its own controls."""

import json
import sys
from datetime import datetime, time, timedelta
from pathlib import Path

import requests

from infra.local.processes import HOST, free_port, running
from infra.sandbox.entities import SEOUL
from infra.sandbox.market import Market, generate
from nunchi.crawl.sources.maekyung import SOURCE
from tests.integration.conftest import WEEKDAYS
from tests.integration.sandbox_client import World


def number(url: str) -> int:
    return int(url.rsplit("/", 1)[1])


def test_the_feed_lists_the_newest_articles_of_the_past_and_none_of_the_future(
    world: World, market: Market
) -> None:
    now = datetime.combine(market.live[1], time(11), tzinfo=SEOUL)
    world.set(now)
    links = SOURCE.parse_listing(world.feed().content)
    past = [article for article in market.articles if article.published_at <= now][-60:]
    assert [(number(link.url), link.title, link.published_at) for link in links] == [
        (article.no, article.title, article.published_at) for article in reversed(past)
    ]


def test_the_feed_writes_time_zones_in_both_of_the_real_ways(world: World) -> None:
    text = world.feed().text
    assert " +0900</pubDate>" in text
    assert " +09:00</pubDate>" in text


def test_an_unchanged_feed_is_not_sent_again(world: World, market: Market) -> None:
    following = next(a.published_at for a in market.articles if a.published_at.date() == market.live[0])
    world.set(following - timedelta(seconds=1))
    tag = world.feed().headers["ETag"]
    again = world.feed(**{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    world.set(following)
    changed = world.feed(**{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_every_page_reads_as_the_article_that_it_tells(world: World, market: Market) -> None:
    world.at(market.live[-1], time(23, 59))
    for link in SOURCE.parse_listing(world.feed().content):
        article = next(a for a in market.articles if a.no == number(link.url))
        parsed = SOURCE.parse_article(requests.get(link.url, timeout=10).content, link.url)
        assert parsed.title == article.title
        assert parsed.body == "\n".join(article.paragraphs)
        assert parsed.author == article.author
        assert parsed.published_at == article.published_at


def test_a_page_has_the_noise_of_real_pages(world: World, market: Market) -> None:
    article = next(a for a in reversed(market.articles[:-40]) if a.no % 6 == 0)
    page = world.get(f"/mk/news/stock/{article.no}").text
    for noise in (
        "news_sum_group",
        "figcaption",
        "ad_contents",
        "무단 전재",
        "@maekyung.example",
        '<h3 class="news_ttl">',
    ):
        assert noise in page
    assert f'<link rel="canonical" href="{world.address}/mk/news/stock/{article.no}">' in page


def test_a_page_names_no_article_that_came_after_it(world: World, market: Market) -> None:
    world.at(market.live[-1], time(23, 59))
    article = market.articles[50]
    page = world.get(f"/mk/news/stock/{article.no}").text
    linked = {other.no for other in market.articles if f"/mk/news/stock/{other.no}" in page}
    assert linked == {other.no for other in market.articles[45:51]}


def test_an_article_of_the_future_is_not_found(world: World, market: Market) -> None:
    coming = market.articles[-1]
    world.set(coming.published_at - timedelta(seconds=1))
    assert world.get(f"/mk/news/stock/{coming.no}").status_code == 404
    world.set(coming.published_at)
    assert world.get(f"/mk/news/stock/{coming.no}").status_code == 200
    assert world.get("/mk/news/stock/x").status_code == 404


# --- its own controls


def test_the_truth_counts_what_is_published(world: World, market: Market) -> None:
    now = datetime.combine(market.live[2], time(14), tzinfo=SEOUL)
    world.set(now)
    past = [article for article in market.articles if article.published_at <= now]
    truth = world.get("/_control/truth").json()
    assert truth["articles"] == len(past)
    assert truth["stories"] == len({article.story for article in past})
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


def test_feeds_follow_each_other_without_a_gap(world: World, market: Market) -> None:
    """A reader who comes every ten minutes sees every article."""
    seen: set[int] = set()
    moments = [
        datetime.combine(market.live[0], time(), tzinfo=SEOUL) + timedelta(minutes=10 * n) for n in range(145)
    ]
    for moment in moments:
        world.set(moment)
        seen |= {number(link.url) for link in SOURCE.parse_listing(world.feed().content)}
    expected = [a.no for a in market.articles if moments[0] < a.published_at <= moments[-1]]
    assert set(expected) <= seen
