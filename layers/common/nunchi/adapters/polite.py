"""Reading public pages with good manners: robots.txt, a delay for each host, patience with a busy server."""

import json
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict

from nunchi.adapters import redis, web
from nunchi.adapters.web import Page, Refused, host_of, shown
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings

if TYPE_CHECKING:
    from protego import Protego

DAY_S = 86_400
ROBOTS_IN_PROCESS_S = 3600.0
MAX_ROBOTS_BYTES = 512_000  # RFC 9309: at least 500 KiB are read
MAX_CRAWL_DELAY_S = 30.0
MAX_PATIENCE_S = 20.0
TRIES = 3
SHELVED_S = 3600


class State(TypedDict):
    """The state of a page in which it need not be read again; many servers send neither tag nor time."""

    etag: str
    last_modified: str
    digest: str


UNKNOWN = State(etag="", last_modified="", digest="")


class Forbidden(UpstreamError):
    """A site's robots.txt asks us not to read an address."""

    def __init__(self, url: str) -> None:
        super().__init__(shown(url), "robots.txt forbids it", passing=False)


class LeftAlone(UpstreamError):
    """A host has asked to be left alone for a while, and that is not over."""

    def __init__(self, url: str) -> None:
        super().__init__(shown(url), "the host asked to be left alone", passing=True)


@dataclass(frozen=True)
class Manners:
    """How to wait: `sleep` takes seconds, `random` gives 0 to 1, `monotonic` is a clock in seconds."""

    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic


MANNERS = Manners()


@dataclass
class Host:
    """What this process knows of a host: its rules, and times of the monotonic clock until which something holds."""

    robots: "Protego | None" = None
    robots_until: float = -math.inf
    alone_until: float = -math.inf


@cache
def get_hosts() -> dict[str, Host]:
    """This process's knowledge, by the address where a host is really found."""
    return {}


def has_contact() -> bool:
    """Whether somebody is named whom the sites can reach; nobody should crawl without."""
    return bool(get_settings().crawler_contact)


def read(url: str, *, manners: Manners = MANNERS) -> Page:
    """Reads a page. Raises `Forbidden`, and `UpstreamError` for what still fails after patience."""
    return _given(url, _read(url, UNKNOWN, redis.recall(_alone(url)), manners))


def read_changed(url: str, *, manners: Manners = MANNERS) -> Page | None:
    """Reads a page, or gives None when it has not changed since `remember`. Raises as `read` does."""
    kept, alone = redis.recall_all(_state(url), _alone(url))
    state: State = json.loads(kept) if kept else UNKNOWN
    page = _read(url, state, alone, manners)
    return page if page and _digest(page) != state["digest"] else None


def _given(url: str, page: Page | None) -> Page:
    if page is None:
        raise UpstreamError(shown(url), "304 to a request without a condition", passing=True)
    return page


def wait_turn(url: str, *, per_delay: float = 1.0, manners: Manners = MANNERS) -> None:
    """Waits for a turn at an API's host: of `per_delay` turns within the delay that a site is given for one."""
    delay_s = get_settings().crawl_delay_s / per_delay
    if delay_s > 0:
        manners.sleep(redis.reserve(f"turn:{host_of(url)}", rate_per_s=1 / delay_s))


def is_shelved(url: str) -> bool:
    """Whether a page was found to be of no use within the last hour."""
    return bool(redis.recall(f"shelved:{url}"))


def shelve(url: str) -> None:
    """Lets a page rest for an hour that can't be read, so that it is not asked for in every run."""
    redis.remember(f"shelved:{url}", "1", ttl_s=SHELVED_S)


def remember(page: Page) -> None:
    """Keeps the state that a page is in for a day, so that `read_changed` gives it only in another."""
    state = State(etag=page.etag, last_modified=page.last_modified, digest=_digest(page))
    redis.remember(_state(page.url), json.dumps(state), ttl_s=DAY_S)


def _digest(page: Page) -> str:
    return sha256(page.body).hexdigest()


def _state(url: str) -> str:
    return f"page:{url}"


def _alone(url: str) -> str:
    return f"alone:{host_of(url)}"


def _read(url: str, state: State, alone: str, manners: Manners) -> Page | None:
    host = _host(url)
    if alone or manners.monotonic() < host.alone_until:
        raise LeftAlone(url)
    robots = _robots(url, host, manners)
    if not robots.can_fetch(url, web.PRODUCT):
        raise Forbidden(url)
    asked_s = min(robots.crawl_delay(web.PRODUCT) or 0.0, MAX_CRAWL_DELAY_S)
    return _fetch(url, state, max(asked_s, get_settings().crawl_delay_s), manners)


def _host(url: str) -> Host:
    name = host_of(url)
    return get_hosts().setdefault(get_settings().stand_ins.get(name, name), Host())


def _robots(url: str, host: Host, manners: Manners) -> "Protego":
    """A host's rules: from this process, from Redis, or from the host."""
    from protego import Protego

    if host.robots is None or manners.monotonic() >= host.robots_until:
        host.robots = Protego.parse(_robots_text(host_of(url), manners))
        host.robots_until = manners.monotonic() + ROBOTS_IN_PROCESS_S
    return host.robots


def _robots_text(name: str, manners: Manners) -> str:
    key = f"robots:{name}"
    text = redis.recall(key)
    if not text:
        # begun by a comment, as an empty value means that there is none
        text = "#\n" + _fetch_robots(f"https://{name}/robots.txt", manners)
        redis.remember(key, text, ttl_s=DAY_S)
    return text


def _fetch_robots(url: str, manners: Manners) -> str:
    """The rules; none when the host has none. Raises while it can't tell: nothing is read then (RFC 9309)."""
    try:
        page = _given(url, _fetch(url, UNKNOWN, get_settings().crawl_delay_s, manners))
    except Refused as exc:
        if 400 <= exc.status < 500 and not exc.passing:
            return ""
        raise
    return page.body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "replace")


def _fetch(url: str, state: State, delay_s: float, manners: Manners) -> Page | None:
    """Fetches at the host's pace, and again what may pass."""
    for tried in range(1, TRIES + 1):
        if delay_s > 0:
            manners.sleep(redis.reserve(f"turn:{host_of(url)}", rate_per_s=1 / delay_s))
        try:
            return web.fetch(url, etag=state["etag"], last_modified=state["last_modified"])
        except UpstreamError as exc:
            _bear(url, exc, tried, delay_s, manners)
    raise AssertionError("the last try ends in an answer or an error")


def _bear(url: str, exc: UpstreamError, tried: int, delay_s: float, manners: Manners) -> None:
    """Waits before the next try, or raises where there is none."""
    wait_s = exc.retry_after_s if isinstance(exc, Refused) and exc.passing else None
    if wait_s:
        _leave_alone(url, wait_s, manners)
    if not exc.passing or tried == TRIES or (wait_s or 0.0) > MAX_PATIENCE_S:
        raise exc
    # full jitter, so that those who failed together don't come back together
    manners.sleep(delay_s * 2**tried * manners.random() if wait_s is None else wait_s)


def _leave_alone(url: str, wait_s: float, manners: Manners) -> None:
    """Tells all processes that a host wants to be left alone."""
    wait_s = min(wait_s, DAY_S)
    _host(url).alone_until = manners.monotonic() + wait_s
    redis.remember(_alone(url), "1", ttl_s=math.ceil(wait_s))
