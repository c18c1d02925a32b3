"""AWS (SQS, S3, Secrets Manager) for the local platform: the moto server as a process of its own."""

import http.client
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.folders import usable
from infra.local.processes import HOST, Starting, free_port
from infra.local.processes import running as running_process

# Run by its path (-P: its folder, whose modules are named like others', stays off the import path).
_SERVER = Path(__file__).with_name("moto_server.py")


@contextmanager
def starting(home: Path) -> Iterator[Starting]:
    """Start the moto server on a free port without waiting for it. Raises LocalError."""
    home, port = usable(home), free_port()
    command: list[str | Path] = [sys.executable, "-P", _SERVER, "--host", HOST, "--port", str(port)]
    with running_process("moto", command, home / "moto.log") as child:
        yield Starting(f"http://{HOST}:{port}", child, lambda: _answers(port))


@contextmanager
def running(home: Path) -> Iterator[str]:
    """Give the endpoint URL of an AWS that answers. It forgets all when it stops. Raises LocalError."""
    with starting(home) as store:
        yield store.ready()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/moto-api/data.json")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
