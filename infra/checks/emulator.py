"""A built function under AWS's Runtime Interface Emulator, as Lambda would run it: no Docker, no account.

    python -m infra.checks.emulator SealFunction tests/events/SealFunction.json

https://github.com/aws/aws-lambda-runtime-interface-emulator
"""

import http.client
import json
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.checks.built import BUILD, LAYER, ROOT, functions
from infra.local.errors import LocalError
from infra.local.processes import HOST, accepts_connections, free_port, running
from infra.local.template import Function

ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}
PATH = "/2015-03-31/functions/function/invocations"
REGION = "ap-northeast-2"

Invoke = Callable[[Any], Any]


class FunctionFailed(LocalError):
    """A function answered with an error, or with nothing that Lambda would take for an answer."""


@contextmanager
def emulated(
    function: Function, environment: Mapping[str, str], log: Path, build: Path = BUILD
) -> Iterator[Invoke]:
    """Give a call that invokes a built function with an event and returns its answer; the first is a cold start.

    `environment` is what the template would set. The function's own lines are in `log`. One call at a time:
    two crash the emulator. The call raises `FunctionFailed`; entering raises LocalError.
    """
    port, runtime_port = free_port(), free_port()
    command = ["env", "-C", build / function.name, *_command(function, port, runtime_port)]
    values = {**_lambda_environment(function, build), **environment}
    # at its parent's death, too, the emulator is asked to end, so that it ends the function
    with running(
        function.name, command, log, stop_signal=signal.SIGTERM, death_signal=signal.SIGTERM, env=values
    ) as child:
        child.wait_until(lambda: accepts_connections(port))
        yield lambda event: _invoke(port, event, function)


def _command(function: Function, port: int, runtime_port: int) -> list[str | Path]:
    listen = ("--runtime-interface-emulator-address", f"{HOST}:{port}")
    runtime = ("--runtime-api-address", f"{HOST}:{runtime_port}")
    return [_emulator(), *listen, *runtime, _python(), "-m", "awslambdaric", function.handler]


def _emulator() -> Path:
    name = f"aws-lambda-rie-{ARCHITECTURE.get(platform.machine(), platform.machine())}"
    found = list((ROOT / ".venv" / "sam").glob(f"lib/python*/site-packages/samcli/local/rapid/{name}"))
    if not found:
        raise LocalError(f"{name} isn't installed; run `make build`")
    return found[0]


def _python() -> Path:
    python = ROOT / ".venv" / "runtime" / "bin" / "python"
    if not python.exists():
        raise LocalError("Lambda's runtime isn't installed; run `make build`")
    return python


def _lambda_environment(function: Function, build: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_s),
        "LAMBDA_TASK_ROOT": str(build / function.name),
        "_HANDLER": function.handler,
        "PYTHONPATH": str(build / LAYER / "python"),
        "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's disk is read-only
    }


def _invoke(port: int, event: Any, function: Function) -> Any:
    connection = http.client.HTTPConnection(HOST, port, timeout=function.timeout_s + 10)
    try:
        connection.request("POST", PATH, json.dumps(event), {"Content-Type": "application/json"})
        text = connection.getresponse().read()
        answer = json.loads(text)
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise FunctionFailed(f"{function.name} gave no answer: {type(exc).__name__}") from exc
    finally:
        connection.close()
    if isinstance(answer, dict) and "errorMessage" in answer:  # with HTTP 200, as the emulator does
        raise FunctionFailed(f"{function.name}: {answer.get('errorType', '')} {answer['errorMessage']}")
    return answer


def main(name: str, event: str) -> None:
    """Prints a function's answer to the event in a file, then its log. Its environment is this process's."""
    function = {function.name: function for function in functions()}[name]
    own = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        try:
            with emulated(function, own, log) as invoke:
                print(json.dumps(invoke(json.loads(Path(event).read_text())), ensure_ascii=False, indent=2))
        finally:
            sys.stderr.write(log.read_text(errors="replace"))


if __name__ == "__main__":
    main(*sys.argv[1:3])
