"""Cold starts under AWS's Runtime Interface Emulator: the built Api and a bare function, in turn."""

import compileall
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.client import OK
from operator import truediv
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import quantiles
from typing import Any

import boto3

from infra.checks.built import BUILD, LAYER, functions
from infra.checks.emulator import FunctionFailed, emulated
from infra.checks.invoke_all import event
from infra.local.template import Function

API = "ApiFunction"
BARE = Path(__file__).with_name("bare.py")
REPETITIONS = 9


@dataclass(frozen=True)
class Target:
    """A function in a folder of built ones."""

    function: Function
    build: Path

    @property
    def folder(self) -> Path:
        return self.build / self.function.name

    @property
    def layer(self) -> Path:
        return self.build / LAYER / "python"


@dataclass(frozen=True)
class ColdStarts:
    """Seconds from the first event to its answer, of each pair that was started one after the other."""

    ours_s: tuple[float, ...]
    bare_s: tuple[float, ...]

    def ratios(self) -> tuple[float, float, float]:
        """The quartiles of the pairs' ratios: what else the machine does slows both of a pair."""
        first, middle, third = quantiles(map(truediv, self.ours_s, self.bare_s), n=4)
        return first, middle, third


def api() -> Target:
    """The built Api. Raises LocalError when something isn't built."""
    return Target(next(one for one in functions() if one.name == API), BUILD)


def bare(beside: Target, build: Path) -> Target:
    """Builds the bare function into a folder: its bytecode as the real ones have it, the layer the real one."""
    function = replace(beside.function, name="BareFunction", handler=f"{BARE.stem}.handler")
    target = Target(function, build)
    target.folder.mkdir(parents=True)
    shutil.copy(BARE, target.folder)
    compileall.compile_dir(target.folder, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    (build / LAYER).symlink_to(beside.build / LAYER)
    return target


def health_event() -> dict[str, Any]:
    """API Gateway's event of GET /health."""
    other = event(API)
    context = other["requestContext"] | {"path": "/dev/api/health"}
    return other | {
        "path": "/api/health",
        "pathParameters": {"proxy": "api/health"},
        "requestContext": context,
    }


def with_login(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a deployment, whose database login is a secret; the secret is created."""
    client = boto3.client(
        "secretsmanager",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    login = json.dumps({"username": "postgres", "password": "not asked for"})
    arn = client.create_secret(Name="bench", SecretString=login)["ARN"]
    return {**environment, "DATABASE_SECRET_ARN": arn}


def measure(ours: Target, other: Target, environment: Mapping[str, str], logs: Path) -> ColdStarts:
    """Starts both by turns, after once unmeasured to fill the page cache. Raises LocalError."""

    def start(first: Target, second: Target) -> dict[str, float]:
        return {one.function.name: _cold_start(one, environment, logs) for one in (first, second)}

    start(ours, other)
    pairs = [start(ours, other) if number % 2 else start(other, ours) for number in range(REPETITIONS)]
    return ColdStarts(*(tuple(pair[one.function.name] for pair in pairs) for one in (ours, other)))


def _cold_start(target: Target, environment: Mapping[str, str], logs: Path) -> float:
    name = target.function.name
    with emulated(target.function, environment, logs / name, target.build) as invoke:
        began = time.perf_counter()
        answer = invoke(health_event())
        taken = time.perf_counter() - began
    if answer["statusCode"] != OK:
        raise FunctionFailed(f"{name}: {answer}")
    return taken
