"""Stores that are killed under the running API, one at a time, and started again: what goes on, and what waits."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from infra.local import milvus, platform, postgres, valkey
from infra.local.errors import LocalError
from infra.local.folders import temporary_home
from infra.local.processes import Starting, free_port
from infra.local.stores import Stores
from nunchi.accounts.service import Grant
from nunchi.settings import Missing
from nunchi.status import stores as status
from nunchi.status.stores import Store
from operate import migrate
from tests.conftest import forget_clients
from tests.integration import api_rows
from tests.integration.accounts_played import bearing, code, grant, logged_in, opened, stored_user

READS = (
    "/api/health",
    "/api/health/live",
    "/api/stocks",
    "/api/stocks/990010",
    "/api/articles",
    "/api/forecasts",
    "/api/scoreboard",
    "/api/reports",
    "/api/ledger/days",
)
OWN_READS = ("/api/users/me", "/api/watchlists")
PATIENCE_S = 30
TRIES = 50  # to start PostgreSQL after a kill: its last processes may take a moment to notice


class Killable:
    """A store that can be killed and started again, at the same address and with the same data."""

    def __init__(self, module: ModuleType, home: Path) -> None:
        self._module, self._home, self._port = module, home, free_port()
        self._stack = ExitStack()
        self._running: Starting | None = None

    def start(self) -> str:
        """Starts it, waits until it answers, and gives its URL."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self._module, "free_port", lambda: self._port)
            entered: AbstractContextManager[Starting] = self._module.starting(self._home)
            self._running = self._stack.enter_context(entered)
        return self._running.ready()

    def kill(self) -> None:
        """Kills it as kill -9 does, and waits until its process is gone."""
        assert self._running is not None
        os.killpg(self._running.child.process.pid, signal.SIGKILL)
        self._running.child.process.wait()

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, Killable]]:
    """A set of stores of this module's own, running."""
    with temporary_home() as home:
        made = {
            "milvus": Killable(milvus, home / "milvus"),
            "redis": Killable(valkey, home / "valkey"),
            "postgres": Killable(postgres, home / "postgres"),
        }
        try:
            yield made
        finally:
            for one in made.values():
                one.close()


@pytest.fixture(scope="module")
def client(places: dict[str, Killable], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The API on these stores, with one small market in them. It is never started again."""
    urls = {name: one.start() for name, one in places.items()}
    running = Stores(urls["postgres"], urls["redis"], urls["milvus"], "http://127.0.0.1:1")
    values = platform.environment(
        running, tmp_path_factory.mktemp("lost"), {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        # a busy machine is no store that is away
        patch.setattr(status, "check", partial(status.check, timeout_s=PATIENCE_S))
        forget_clients()
        migrate.handler({}, None)
        api_rows.fill()
        with opened() as client:
            yield client
        forget_clients()


@pytest.fixture(scope="module")
def granted(client: TestClient) -> Grant:
    return grant(stored_user("minji"))


def states(answer: Any) -> dict[str, str]:
    """What an answer says of each store, after a look at their latencies."""
    found = {one["name"]: one for one in answer.json()["stores"]}
    assert all((one["latency_ms"] is not None) == (one["state"] == "up") for one in found.values())
    return {name: one["state"] for name, one in found.items()}


def is_whole(client: TestClient) -> bool:
    """Whether the API says that all is well, and it is."""
    answer = client.get("/api/health/ready")
    return (
        answer.status_code == 200
        and answer.json()["status"] == "ok"
        and set(states(answer).values()) == {"up"}
        and logged_in(client, "minji").status_code == 200
    )


def test_with_all_stores_it_is_ready_and_names_every_crawler(client: TestClient, granted: Grant) -> None:
    answer = client.get("/api/health/ready")
    assert (answer.status_code, answer.json()["ready"], answer.json()["status"]) == (200, True, "ok")
    assert states(answer) == {"postgres": "up", "redis": "up", "milvus": "up"}
    crawlers = {one["crawler"]: one["last_success_at"] for one in answer.json()["crawlers"]}
    assert crawlers.items() >= {"maekyung": None, "kis_quote": None}.items()
    assert is_whole(client)


def test_without_redis_reads_go_on_and_logins_wait(
    client: TestClient, granted: Grant, places: dict[str, Killable]
) -> None:
    places["redis"].kill()
    assert [client.get(path).status_code for path in READS] == [200] * len(READS)
    own = [client.get(path, headers=bearing(granted)) for path in OWN_READS]
    assert [one.status_code for one in own] == [200] * len(OWN_READS)
    for password in ("correct-horse-7", "wrong-horse-7"):
        refused = logged_in(client, "minji", password)
        assert (refused.status_code, code(refused)) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) > 0
    ready = client.get("/api/health/ready")
    assert (ready.status_code, ready.json()["ready"], ready.json()["status"]) == (200, True, "degraded")
    assert states(ready) == {"postgres": "up", "redis": "away", "milvus": "up"}
    places["redis"].start()
    assert is_whole(client)


def test_without_milvus_reads_and_logins_go_on(
    client: TestClient, granted: Grant, places: dict[str, Killable]
) -> None:
    places["milvus"].kill()
    assert [client.get(path).status_code for path in READS] == [200] * len(READS)
    assert logged_in(client, "minji").status_code == 200
    ready = client.get("/api/health/ready")
    assert (ready.status_code, ready.json()["ready"], ready.json()["status"]) == (200, True, "degraded")
    assert states(ready) == {"postgres": "up", "redis": "up", "milvus": "away"}
    places["milvus"].start()
    assert is_whole(client)


def test_without_postgres_everything_waits_and_goes_on_by_itself_afterwards(
    client: TestClient, granted: Grant, places: dict[str, Killable]
) -> None:
    before = [client.get(path).json() for path in READS[2:]]
    places["postgres"].kill()
    for answer in (
        *(client.get(path) for path in READS if path != "/api/health/live"),
        client.get("/api/users/me", headers=bearing(granted)),
        client.post("/api/watchlists", json={"name": "하나"}, headers=bearing(granted)),
        logged_in(client, "minji"),
    ):
        assert (answer.status_code, code(answer)) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
    assert client.get("/api/health/live").status_code == 200
    ready = client.get("/api/health/ready")
    assert (ready.status_code, code(ready), ready.json()["ready"]) == (503, "unavailable", False)
    assert states(ready) == {"postgres": "away", "redis": "up", "milvus": "up"}
    started(places["postgres"].start)
    assert is_whole(client)
    assert [client.get(path).json() for path in READS[2:]] == before
    assert client.get("/api/users/me", headers=bearing(granted)).status_code == 200


def started(start: Callable[[], str]) -> None:
    """Starts a server whose processes of before may not all have noticed its end."""
    for _ in range(TRIES):
        try:
            start()
        except LocalError:
            continue
        return
    start()


# --- each store's state, without stores


def test_a_store_that_hangs_is_away_and_holds_up_no_other() -> None:
    forever = threading.Event()
    try:
        found = status.check({"one": lambda _: None, "two": lambda _: _wait(forever)}, timeout_s=0.2)
    finally:
        forever.set()
    assert [(one.name, one.state) for one in found] == [("one", "up"), ("two", "away")]
    assert found[1].latency_ms is None


def _wait(forever: threading.Event) -> None:
    forever.wait()


def test_a_store_that_is_not_configured_is_off() -> None:
    def missing(_timeout_s: float) -> None:
        raise Missing("redis_url")

    assert status.check({"redis": missing}) == [Store("redis", "off")]
