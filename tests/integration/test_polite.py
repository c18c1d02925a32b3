"""Good manners: robots.txt, turns at a host, patience, and pages that have not changed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from nunchi.adapters import polite, redis
from nunchi.adapters.polite import Forbidden, Manners
from nunchi.adapters.web import Refused
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings
from tests.integration.crawled import FEED, FEED_URL, ROBOTS, calls, forget, pointed_at
from tests.integration.sandbox_client import World

DELAY_S = 2.0
OTHER_FEED = "https://www.hankyung.com/feed/finance"


@dataclass
class Time:
    """A clock that only sleeping moves, and whose jitter is always half."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def manners(self) -> Manners:
        return Manners(sleep=self.sleep, random=lambda: 0.5, monotonic=lambda: self.now)


@pytest.fixture
def world(world: World, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with pointed_at(world, monkeypatch) as sites:
        forget()
        yield sites


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def slowly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delay of two seconds between requests to one host."""
    monkeypatch.setenv("CRAWL_DELAY_S", str(DELAY_S))
    get_settings.cache_clear()


def robots(text: str, status: int = 200) -> dict[str, object]:
    return {"path": ROBOTS, "status": status, "body": text}


# --- robots.txt


def test_the_rules_are_asked_for_once_for_all_processes(world: World, time: Time) -> None:
    before = calls(world)
    for _ in range(2):
        polite.read(FEED_URL, manners=time.manners)
        polite.get_hosts.cache_clear()  # another process
    assert calls(world) - before == Counter({"/mk": 3, "/mk/robots.txt": 1, "/mk/rss": 2})


@pytest.mark.parametrize("name", ["nunchi", "Nunchi", "*"])
def test_a_page_that_the_rules_close_to_us_is_not_asked_for(world: World, time: Time, name: str) -> None:
    world.misbehave(robots(f"User-agent: {name}\nDisallow: /rss/"))
    before = calls(world)
    for _ in range(2):
        with pytest.raises(Forbidden, match=r"www\.mk\.co\.kr/rss/50200011/: robots.txt forbids it"):
            polite.read(FEED_URL, manners=time.manners)
    assert calls(world) - before == Counter({"/mk": 1, "/mk/robots.txt": 1})


def test_rules_for_others_and_for_other_folders_do_not_bind_us(world: World, time: Time) -> None:
    world.misbehave(robots("User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /search"))
    assert polite.read(FEED_URL, manners=time.manners).body


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_host_without_rules_forbids_nothing(world: World, time: Time, status: int) -> None:
    world.misbehave(robots("Disallow: /", status))
    assert polite.read(FEED_URL, manners=time.manners).body


def test_nothing_is_read_while_the_rules_can_not_be(world: World, time: Time) -> None:
    world.misbehave({**robots("", 503), "times": polite.TRIES})
    before = calls(world)
    with pytest.raises(Refused, match="HTTP 503"):
        polite.read(FEED_URL, manners=time.manners)
    assert (calls(world) - before)["/mk/rss"] == 0
    assert polite.read(FEED_URL, manners=time.manners).body  # what failed is not remembered


def test_rules_that_are_said_to_be_unchanged_are_no_rules(world: World, time: Time) -> None:
    world.misbehave(robots("", 304))
    with pytest.raises(UpstreamError, match="304 to a request without a condition"):
        polite.read(FEED_URL, manners=time.manners)


def test_rules_that_are_no_text_forbid_nothing(world: World, time: Time) -> None:
    world.misbehave({"path": ROBOTS, "kind": "garbage"})
    assert polite.read(FEED_URL, manners=time.manners).body


# --- turns


@pytest.mark.usefixtures("slowly")
def test_requests_to_a_host_take_turns_and_hosts_do_not_wait_for_each_other(time: Time) -> None:
    for url in (FEED_URL, FEED_URL, OTHER_FEED):
        polite.read(url, manners=time.manners)
    # rules, page, page of one; rules, page of the other. No time passed but what was slept, so turns add up
    assert [round(seconds) for seconds in time.slept] == [0, 2, 4, 0, 2]


@pytest.mark.usefixtures("slowly")
def test_a_host_that_asks_for_more_time_gets_it(world: World, time: Time) -> None:
    world.misbehave(robots("User-agent: *\nCrawl-delay: 10\nAllow: /"))
    for _ in range(3):
        polite.read(FEED_URL, manners=time.manners)
    assert [round(seconds) for seconds in time.slept] == [0, 2, 12, 22]


@pytest.mark.usefixtures("slowly")
def test_without_redis_a_process_keeps_its_own_pace(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    redis.get_client.cache_clear()
    monkeypatch.setattr(redis, "_turns", {})
    for _ in range(2):
        polite.read(FEED_URL, manners=time.manners)
    assert [round(seconds) for seconds in time.slept] == [0, 2, 4]


# --- patience


@pytest.mark.usefixtures("slowly")
def test_what_passes_is_tried_again_later_and_later(world: World, time: Time) -> None:
    polite.read(FEED_URL, manners=time.manners)
    time.slept.clear()
    world.misbehave({"path": FEED, "status": 503, "times": 2})
    assert polite.read(FEED_URL, manners=time.manners).body
    waits = time.slept[1::2]  # between the turns
    assert waits == [DELAY_S * 2 * 0.5, DELAY_S * 4 * 0.5]


def test_what_lasts_is_not_tried_again(world: World, time: Time) -> None:
    world.misbehave({"path": FEED, "status": 404, "times": 2})
    before = calls(world)
    with pytest.raises(Refused, match="HTTP 404"):
        polite.read(FEED_URL, manners=time.manners)
    assert (calls(world) - before)["/mk/rss"] == 1


def test_a_short_wait_that_is_asked_for_is_waited_out(world: World, time: Time) -> None:
    world.misbehave({"path": FEED, "status": 429, "headers": {"Retry-After": "15"}})
    assert polite.read(FEED_URL, manners=time.manners).body
    assert time.slept == [15.0]


def test_a_long_wait_holds_for_all_processes_and_for_that_host_only(world: World, time: Time) -> None:
    world.misbehave({"path": FEED, "status": 429, "headers": {"Retry-After": "600"}})
    with pytest.raises(Refused, match="HTTP 429"):
        polite.read(FEED_URL, manners=time.manners)
    before = calls(world)
    for _ in range(2):
        with pytest.raises(UpstreamError, match="left alone"):
            polite.read(FEED_URL, manners=time.manners)
        polite.get_hosts.cache_clear()  # another process
    assert calls(world) == before
    assert polite.read(OTHER_FEED, manners=time.manners).body


def test_a_wait_ends(world: World, time: Time) -> None:
    world.misbehave({"path": FEED, "status": 503, "headers": {"Retry-After": "600"}})
    with pytest.raises(Refused):
        polite.read(FEED_URL, manners=time.manners)
    time.now += 600
    redis.get_client().flushdb()  # as Redis does by itself
    assert polite.read(FEED_URL, manners=time.manners).body


# --- what has not changed


def test_a_remembered_page_is_given_only_in_another_state(world: World, time: Time) -> None:
    page = polite.read_changed(FEED_URL, manners=time.manners)
    assert page
    polite.remember(page)
    assert polite.read_changed(FEED_URL, manners=time.manners) is None
    world.misbehave({"path": FEED, "status": 200, "body": "another"})
    changed = polite.read_changed(FEED_URL, manners=time.manners)
    assert changed
    assert changed.body == b"another"


def test_a_server_that_knows_no_states_is_read_and_its_page_compared(world: World, time: Time) -> None:
    world.misbehave({"path": FEED, "status": 200, "body": "the same", "times": 2})
    page = polite.read_changed(FEED_URL, manners=time.manners)
    assert page
    assert (page.etag, page.last_modified) == ("", "")
    polite.remember(page)
    assert polite.read_changed(FEED_URL, manners=time.manners) is None


def test_a_page_that_nobody_remembered_is_given_again(world: World, time: Time) -> None:
    for _ in range(2):
        assert polite.read_changed(FEED_URL, manners=time.manners)


def test_an_unchanged_page_costs_one_request_and_one_look_into_redis(world: World, time: Time) -> None:
    page = polite.read_changed(FEED_URL, manners=time.manners)
    assert page
    polite.remember(page)
    before, looked = calls(world), commands()
    assert polite.read_changed(FEED_URL, manners=time.manners) is None
    assert calls(world) - before == Counter({"/mk": 1, "/mk/rss": 1})
    assert commands() - looked == 2  # one of them is the counting itself


def commands() -> int:
    info = redis.get_client().info("stats")
    assert isinstance(info, dict)
    return int(info["total_commands_processed"])
