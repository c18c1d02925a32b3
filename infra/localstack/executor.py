"""LocalStack's Lambda without containers: an environment is a process that runs AWS's runtime client."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from infra.localstack.runtime_api import HOST, Answer, RuntimeApi

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
POLL_S = 0.05
# what `infra.localstack.aws` tells this process
PYTHON, LOGS, OUTSIDE, CLOCK = "NUNCHI_PYTHON", "NUNCHI_LOGS", "NUNCHI_OUTSIDE", "NUNCHI_CLOCK"


class ProcessExecutor(RuntimeExecutor):  # type: ignore[misc] # LocalStack is not in this environment
    """One execution environment: a process, started again when it has died, as Lambda does."""

    def __init__(self, id: str, function_version: Any) -> None:
        super().__init__(id=id, function_version=function_version)
        self._config = function_version.config
        self._name: str = function_version.id.function_name
        self._api = RuntimeApi(int(self._config.timeout))
        self._environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, env_vars: Mapping[str, Any]) -> None:
        values = {name: str(value) for name, value in env_vars.items()}
        self._environment = values | _outside() | self._own()
        self._spawn()

    def stop(self) -> None:
        self._kill()
        self._api.close()

    def get_address(self) -> str:
        return HOST

    def get_endpoint_from_executor(self) -> str:
        return HOST

    def get_runtime_endpoint(self) -> str:
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}"

    def get_logs(self) -> str:
        return ""

    def invoke(self, payload: Mapping[str, str]) -> Any:
        """Runs one invocation to its answer, its timeout, or the process's death."""
        if self._process is None or self._process.poll() is not None:
            self._spawn()
        request_id, offset = payload["invoke-id"], self._log.stat().st_size
        self._api.give(payload)
        answer = self._answer(request_id)
        return InvocationResult(request_id, answer.body, is_error=answer.is_error, logs=self._lines(offset))

    def _answer(self, request_id: str) -> Answer:
        end = time.monotonic() + self._api.timeout_s
        while time.monotonic() < end:
            answer = self._api.take(POLL_S)
            if answer and answer.request_id in ("", request_id):  # else late, of one that had timed out
                return answer
            if answer is None and self._process and self._process.poll() is not None:
                return self._api.take(0.001) or _failed("Runtime.ExitError", request_id, "the process ended")
        self._kill()
        return _failed("Sandbox.Timedout", request_id, f"timed out after {self._api.timeout_s} s")

    @property
    def _log(self) -> Path:
        return Path(os.environ[LOGS]) / f"{self._name}.{self.id[:8]}.log"

    def _lines(self, offset: int) -> str:
        with self._log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def _spawn(self) -> None:
        # a new address: a thread of the old one may still wait to give a dead process the next invocation
        self._api.close()
        self._api = RuntimeApi(self._api.timeout_s)
        own = {"AWS_LAMBDA_RUNTIME_API": self._api.address}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [os.environ[PYTHON], "-P", BOOTSTRAP, self._environment["_HANDLER"]],
                cwd=self._environment["LAMBDA_TASK_ROOT"],
                env=self._environment | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def _own(self) -> dict[str, str]:
        """What Lambda sets, and its layers' place."""
        code = str(self._config.code.get_unzipped_code_location())
        return {
            "PATH": os.environ["PATH"],
            "HOME": "/tmp",  # noqa: S108 - as in Lambda
            "LANG": "en_US.UTF-8",
            "PYTHONPATH": ":".join(map(str, self._layers())),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": code,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
            CLOCK: os.environ[CLOCK],
        }

    def _layers(self) -> Iterator[Path]:
        for layer in reversed(self._config.layers or []):
            yield Path(layer.code.get_unzipped_code_location()) / "python"

    @classmethod
    def prepare_version(cls, function_version: Any) -> None:
        function_version.config.code.prepare_for_execution()
        for layer in function_version.config.layers or []:
            layer.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: Any) -> None:
        """Nothing was prepared that LocalStack does not clean up."""


def _outside() -> dict[str, str]:
    """Where the world outside is: no parameter of the template, for in AWS it is at its public addresses."""
    found: dict[str, str] = json.loads(Path(os.environ[OUTSIDE]).read_text())
    return found


def _failed(kind: str, request_id: str, what: str) -> Answer:
    message = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {what}"}
    return Answer(request_id, json.dumps(message).encode(), is_error=True)
