"""KIS as its callers see it: the sandbox's, on an evening when bars are known, and a stand-in that obeys."""

import json
import threading
import time as clock
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from infra.local.world import Sample
from infra.local.world import World as Address
from nunchi.adapters import kis, redis
from nunchi.adapters.kis import KisClient
from nunchi.adapters.polite import Manners
from nunchi.errors import UpstreamError
from nunchi.market.calendar import xkrx
from nunchi.seoul import SEOUL
from tests.conftest import forget_clients
from tests.integration.sandbox_client import World
from tests.kis_bodies import TOO_OFTEN, Body, refused

MARKET = Sample(history=30, live=2, companies=4, stories_per_session=1).generate(xkrx())
STOCK = MARKET.companies[0].code
FIRST, LAST = MARKET.sessions[10], MARKET.sessions[29]
EVENING = datetime.combine(LAST, time(20), tzinfo=SEOUL)
DATA, TOKEN = "/kis/uapi", "/kis/oauth2"
KEY, SECRET = "an-app-key-of-nobody", "a-secret-of-nobody"
Misbehave = Callable[..., None]
Query = dict[str, str]
Shown = tuple[int, bytes, dict[str, str]]


@contextmanager
def evening(world: World, redis_url: str, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """KIS on the evening of the last session before the live ones; no token is remembered."""
    login = {"KIS_APP_KEY": KEY, "KIS_APP_SECRET": SECRET, "KIS_SECRET_ARN": ""}
    settings = Address(world.address).settings() | login | {"REDIS_URL": redis_url}
    for name, value in settings.items():
        patch.setenv(name, value)
    forget_clients()
    redis.get_client().flushdb()
    world.set(EVENING)
    yield world
    requests.delete(f"{world.address}/_control/faults", timeout=10).raise_for_status()
    forget_clients()


def failed(client: KisClient | None = None) -> UpstreamError:
    """The error with which a call for daily bars ends: the configured client's, or this one's."""
    with pytest.raises(UpstreamError) as found:
        if client:
            client.daily_bars(STOCK, FIRST, LAST)
        else:
            kis.get_client().daily_bars(STOCK, FIRST, LAST)
    return found.value


def hasty(sleep: Callable[[float], None] = lambda _: None) -> Manners:
    """Manners that make a long wait a very short one, and tell `sleep` of each."""

    def briefly(seconds: float) -> None:
        sleep(seconds)
        clock.sleep(min(seconds, 0.002))

    return Manners(sleep=briefly, random=lambda: 0.5)


class StandIn:
    """A KIS that answers each TR with what `answers` has for it: a body, the bodies of its pages, or what makes one.

    `next` are answers that come first; `plan` is what happens with the data call of a number. It knows its tokens, and
    sees when and what it is asked.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Body | list[Body] | Callable[[Query], Body]] = {}
        self.next: list[Shown | None] = []
        self.next_tokens: list[Shown | None] = []
        self.plan: dict[int, Callable[[], None]] = {}
        self.asked: list[tuple[str, Query, dict[str, str]]] = []
        self.at: list[float] = []
        self.tokens: list[str] = []
        self.good = ""
        self.url = ""
        self._lock = threading.RLock()

    def revoke(self) -> None:
        """Makes the token bad; the next login gives another."""
        with self._lock:
            self.good = ""

    def most_in_a_second(self) -> int:
        """The most requests that any second saw, as they came in."""
        times = sorted(self.at)
        return max(bisect_left(times, at + 1) - place for place, at in enumerate(times))

    def login(self) -> Shown | None:
        with self._lock:
            self.at.append(clock.monotonic())
            if self.next_tokens:
                return self.next_tokens.pop(0)
            if not self.good:
                self.good = f"token-{len(self.tokens)}"
                self.tokens.append(self.good)
            return shown({"access_token": self.good, "token_type": "Bearer", "expires_in": 86_400})

    def answer(self, url: str, headers: dict[str, str]) -> Shown | None:
        with self._lock:
            self.at.append(clock.monotonic())
            parts = urlsplit(url)
            self.asked.append((parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers))
            self.plan.get(len(self.asked), lambda: None)()
            if headers["authorization"] != f"Bearer {self.good}" or not self.good:
                return shown(refused("EGW00123"), 500)
            if self.next:
                return self.next.pop(0)
            found = self.answers[headers["tr_id"]]
            if callable(found):
                return shown(found(self.asked[-1][1]))
            if isinstance(found, dict):
                return shown(found)
            return shown(found.pop(0), tr_cont="M" if found else "D")


def shown(body: Any, status: int = 200, **headers: str) -> Shown:
    """A body as it is sent."""
    return status, json.dumps(body, ensure_ascii=False).encode(), headers


CUT: Shown | None = None  # an answer that ends too early
TOO_OFTEN_SHOWN = shown(TOO_OFTEN, 403)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in that is served until the end."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._show(stand_in.answer(self.path, headers))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._show(stand_in.login())

        def _show(self, told: Shown | None) -> None:
            status, body, headers = told or (200, b'{"rt_cd": "0", "out', {"content-length": "900"})
            self.send_response(status)
            for name, value in ({"content-length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = told is None

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        yield stand_in
        server.shutdown()
        serving.join()
