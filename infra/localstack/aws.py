"""LocalStack on this machine, without Docker, and the clients of it."""

import http.client
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.folders import usable
from infra.local.platform import ROOT
from infra.local.processes import HOST, Child, Starting, free_port
from infra.local.processes import running as running_process

REGION = "ap-northeast-2"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
SETTINGS = {
    "DISABLE_EVENTS": "1",  # it tells nobody of this run
    "LS_LOG": "warning",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "EAGER_SERVICE_LOADING": "0",
    "DNS_ADDRESS": "0",
    "SQS_ENDPOINT_STRATEGY": "path",
    "LAMBDA_SYNCHRONOUS_CREATE": "1",
    "LAMBDA_RETRY_BASE_DELAY": "0",  # a minute between two attempts would be that long
    "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "60",
    "LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC": "0.01",
    "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "0.01",
    "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_ERROR_SEC": "1",
}


@dataclass(frozen=True)
class Cloud:
    """A LocalStack that answers at `url`; `home` has its log, its functions' logs and the time that they see."""

    url: str
    home: Path
    pid: int = 0

    @property
    def clock(self) -> Path:
        return self.home / "clock"

    @property
    def function_logs(self) -> Path:
        return self.home / "functions"

    def environment(self) -> dict[str, str]:
        """What AWS's tools need to talk to it."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url}


@contextmanager
def running(home: Path, outside: Mapping[str, str]) -> Iterator[Cloud]:
    """Gives a LocalStack that answers, and stops it with all its functions. Raises LocalError.

    `outside` is added to the environment of every function: where the sandbox is that takes the world's place.
    """
    home, port = usable(home), free_port()
    cloud = Cloud(f"http://{HOST}:{port}", home)
    cloud.function_logs.mkdir(exist_ok=True)
    (home / "outside.json").write_text(json.dumps(dict(outside)))
    command: list[str | Path] = [_python("localstack"), "-m", "infra.localstack.server"]
    with running_process(
        "LocalStack", command, home / "localstack.log", env=_environment(cloud, port)
    ) as child:
        Starting(cloud.url, child, lambda: _answers(port)).ready()
        try:
            yield replace(cloud, pid=child.process.pid)
        finally:
            _stop(child)


def _stop(child: Child) -> None:
    """Ends it, and what it started: its own orderly end takes half a minute."""
    if child.process.poll() is None:
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _environment(cloud: Cloud, port: int) -> dict[str, str]:
    return SETTINGS | {
        "PATH": os.environ["PATH"],
        "HOME": str(cloud.home),
        "PYTHONPATH": str(ROOT),
        "FILESYSTEM_ROOT": str(cloud.home),
        "LOCALSTACK_VOLUME_DIR": str(cloud.home / "volume"),
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "LOCALSTACK_HOST": f"{HOST}:{port}",
        "NUNCHI_PYTHON": str(_python("runtime")),
        "NUNCHI_LOGS": str(cloud.function_logs),
        "NUNCHI_OUTSIDE": str(cloud.home / "outside.json"),
        "NUNCHI_CLOCK": str(cloud.clock),
    }


def _python(name: str) -> Path:
    python = ROOT / ".venv" / name / "bin" / "python"
    if not python.exists():
        raise LocalError(f"{name} isn't installed; run `make e2e`, which does so")
    return python


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/_localstack/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
