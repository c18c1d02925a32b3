"""The embedded stores: reached by their own clients, outlived by their data, never outliving their parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pg8000.dbapi
import pytest
import redis
from pymilvus import MilvusClient

from infra.local import postgres, postgres_place
from infra.local.errors import LocalError
from infra.local.folders import temporary_home
from infra.local.processes import accepts_connections
from infra.local.stores import Stores, running_stores

PARENT = """
import pathlib, signal, sys
from infra.local.stores import running_stores
with running_stores(pathlib.Path(sys.argv[1])) as stores:
    print(stores.database_url, stores.redis_url, stores.milvus_uri, stores.aws_endpoint_url, flush=True)
    signal.pause()
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc and parent-death signal")
root = pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL's place is special for root only")


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


def execute(database_url: str, statement: str) -> list[list[object]]:
    port = urlsplit(database_url).port
    connection = pg8000.dbapi.connect("postgres", host="127.0.0.1", port=port, ssl_context=False)
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute(statement)
        connection.commit()
        return [list(row) for row in cursor.fetchall()] if cursor.description else []


def remember(stores: Stores) -> None:
    """Write one row and one vector."""
    execute(stores.database_url, "create table kept as select 7 as number")
    with closing(MilvusClient(stores.milvus_uri)) as client:
        client.create_collection("kept", dimension=2)
        client.insert("kept", [{"id": 7, "vector": [0.6, 0.8]}])


def recall(stores: Stores) -> tuple[object, object]:
    with closing(MilvusClient(stores.milvus_uri)) as client:
        client.load_collection("kept")
        vectors = client.get("kept", ids=[7])
    return execute(stores.database_url, "select number from kept"), [row["id"] for row in vectors]


def wait_until(fact: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 30
    while not fact():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def living_descendants(pid: int) -> set[int]:
    """The processes below `pid`, from /proc, without those that have ended and wait to be collected."""
    parents, found = all_parents(), {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def living_children(pid: int) -> set[int]:
    """The processes that `pid` itself has started."""
    return {child for child, parent in all_parents().items() if parent == pid}


def all_parents() -> dict[int, int]:
    """Process → parent, of every living process."""
    return dict(filter(None, map(parent_of, Path("/proc").glob("[0-9]*/stat"))))


def parent_of(stat: Path) -> tuple[int, int] | None:
    try:
        state, parent = stat.read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state == "Z" else (int(stat.parent.name), int(parent))


def is_alive(pid: int) -> bool:
    return parent_of(Path(f"/proc/{pid}/stat")) is not None


def test_each_store_answers_its_own_client_and_none_outlives_the_context(home: Path) -> None:
    with running_stores(home) as stores:
        assert execute(stores.database_url, "show timezone") == [["UTC"]]
        with redis.Redis.from_url(stores.redis_url) as cache:
            assert cache.ping()
        with closing(MilvusClient(stores.milvus_uri)) as client:
            assert client.list_collections() == []
        s3 = boto3.client("s3", endpoint_url=stores.aws_endpoint_url, region_name="ap-northeast-2",
                          aws_access_key_id="local", aws_secret_access_key="local")  # fmt: skip
        with closing(s3):
            assert s3.list_buckets()["Buckets"] == []
        ports = [urlsplit(url).port or 0 for url in vars(stores).values()]
        assert all(accepts_connections(port) for port in ports)
    assert not any(accepts_connections(port) for port in ports)


def test_a_home_in_use_is_refused(home: Path) -> None:
    with (
        running_stores(home),
        pytest.raises(LocalError, match="is in use by another local platform"),
        running_stores(home),
    ):
        pytest.fail("it runs twice")


def test_an_error_inside_stops_every_store(home: Path) -> None:
    with pytest.raises(ZeroDivisionError), running_stores(home) as stores:
        raise ZeroDivisionError
    assert not any(accepts_connections(urlsplit(url).port or 0) for url in vars(stores).values())


@linux
def test_killing_the_parent_ends_every_store_and_loses_no_data(home: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        stores = Stores(*parent.stdout.readline().split())
        remember(stores)
        children = living_descendants(parent.pid)
        assert len(children) > 4  # the four stores, and PostgreSQL's own
        parent.kill()
    wait_until(lambda: not any(map(is_alive, children)), "children outlive their parent")
    with running_stores(home) as again:
        assert recall(again) == ([[7]], [7])


@linux
def test_killing_the_stores_loses_no_data(home: Path) -> None:
    others = living_children(os.getpid())
    with running_stores(home) as stores:
        remember(stores)
        for server in living_children(os.getpid()) - others:
            for process in living_descendants(server) | {server}:
                with suppress(ProcessLookupError):  # some end with those killed before them
                    os.kill(process, signal.SIGKILL)
    with running_stores(home) as again:
        assert recall(again) == ([[7]], [7])


@pytest.mark.parametrize("durable", [False, True])
def test_postgres_keeps_its_data_over_a_restart(home: Path, durable: bool) -> None:
    with postgres.running(home, durable) as url:
        execute(url, "create table kept as select 7 as number")
        assert execute(url, "show fsync") == [["on" if durable else "off"]]
    with postgres.running(home, durable) as url:
        assert execute(url, "select number from kept") == [[7]]


@linux
def test_postgres_starts_though_its_old_number_belongs_to_another_process(home: Path) -> None:
    with postgres.running(home):
        pid_file = home / "data" / "postmaster.pid"
        stale = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    pid_file.chmod(0o644)
    with postgres.running(home) as url:
        assert execute(url, "select 1") == [[1]]


def test_postgres_makes_its_data_anew_after_an_interrupted_creation(home: Path) -> None:
    (home / "data.new" / "base").mkdir(parents=True)
    with postgres.running(home) as url:
        assert execute(url, "select 1") == [[1]]
    assert not (home / "data.new").exists()


@root
def test_postgres_moves_elsewhere_when_its_account_cant_reach_the_home(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(postgres_place, "ELSEWHERE", elsewhere)
    monkeypatch.setattr(postgres_place, "passable", lambda _: False)
    for _ in range(2):
        with postgres.running(home / "closed") as url:
            execute(url, "create table if not exists kept as select 7 as number")
            assert execute(url, "select number from kept") == [[7]]
    assert {path.name.rpartition("-")[0] for path in elsewhere.iterdir()} == {
        "nunchi-data",
        "nunchi-postgres",
    }
    assert (home / "closed" / "data").resolve().is_relative_to(elsewhere)


@root
def test_data_elsewhere_is_deleted_once_its_home_is_gone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_place, "ELSEWHERE", home)
    monkeypatch.setattr(postgres_place, "passable", lambda path: path.name == "postgres")
    (home / "a").mkdir()
    (home / "b").mkdir()
    first = postgres_place.place(home / "a").data
    (first / "base").mkdir(parents=True)
    assert postgres_place.place(home / "a").data == first
    (home / "a" / "data").unlink()
    postgres_place.place(home / "b")
    assert not first.parent.exists()


@root
def test_a_folder_that_another_account_prepared_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_place, "ELSEWHERE", home)
    monkeypatch.setattr(postgres_place, "passable", lambda path: path.name == "postgres")
    (home / "a").mkdir()
    folder = postgres_place.place(home / "a").data.parent
    os.chown(folder, 65534, 65534)
    with pytest.raises(LocalError, match="belongs to us alone; remove it"):
        postgres_place.place(home / "a")
