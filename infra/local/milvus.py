"""Milvus for the local platform: `milvus-lite` as a server process of its own."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.folders import usable
from infra.local.packages import script
from infra.local.processes import HOST, Starting, accepts_connections, free_port
from infra.local.processes import running as running_process


@contextmanager
def starting(home: Path, port: int = 0) -> Iterator[Starting]:
    """Start Milvus Lite on a port, a free one when not given, without waiting for it. Raises LocalError."""
    home, port = usable(home), port or free_port()
    command: list[str | Path] = [
        script("milvus-lite"), "server", "--data-dir", home / "data", "--host", HOST, "--port", str(port),
    ]  # fmt: skip
    # SIGINT, because only that makes it close its files; kill -9 loses nothing either, but recovers at start.
    with running_process("Milvus Lite", command, home / "milvus.log", stop_signal=signal.SIGINT) as child:
        yield Starting(f"http://{HOST}:{port}", child, lambda: accepts_connections(port))


@contextmanager
def running(home: Path) -> Iterator[str]:
    """Give the URI of a Milvus server that answers. Its collections stay in `home`. Raises LocalError."""
    with starting(home) as store:
        yield store.ready()
