"""What a cold start imports, by Python's own account (`-X importtime`), and what of it only the Api does."""

import json
import os
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from infra.checks.built import ROOT
from infra.local.errors import LocalError
from tests.bench.cold import Target, health_event

LISTED = 15
RUNS = 3
LINE = re.compile(r"import time: +(\d+) \| +\d+ \| ( *)(\S+)$")
# Lambda's client first: what it imports is there before any function is
CODE = """
import awslambdaric.bootstrap, json, sys
from {module} import {attribute} as handler
assert handler(json.load(sys.stdin), None)["statusCode"] == 200
"""


@dataclass(frozen=True)
class Import:
    """A module, its depth below the module that first asked for it, and its own microseconds."""

    name: str
    depth: int
    own_us: int


@dataclass(frozen=True)
class Added:
    """A module that only the Api imports, with what only it imports below it, as a share of all its imports."""

    name: str
    ms: float
    share: float


def added(ours: Target, other: Target, environment: Mapping[str, str]) -> list[Added]:
    """The modules that cost the Api's cold start most beside a bare function's, the costliest first."""
    known = {one.name for one in _imports(other, environment)}
    runs = [_imports(ours, environment) for _ in range(RUNS)]
    total_us = median(sum(one.own_us for one in run) for run in runs)
    times = [beside(run, known) for run in runs]
    middle = Counter({name: median(run[name] for run in times) for name in times[0]})
    return [Added(name, us / 1000, us / total_us) for name, us in middle.most_common(LISTED)]


def beside(imports: Iterable[Import], known: Container[str]) -> Counter[str]:
    """Microseconds of each module that is not `known` with the unknown ones below it.

    Imports come in Python's order: a module after those that it asked for.
    """
    found: Counter[str] = Counter()
    below: defaultdict[int, int] = defaultdict(int)
    for one in imports:
        cumulative = below.pop(one.depth + 1, 0) + (0 if one.name in known else one.own_us)
        below[one.depth] += cumulative
        if one.name not in known:
            found[one.name] += cumulative
    return found


def parse(text: str) -> list[Import]:
    """The imports in what Python wrote, in its order."""
    found = (LINE.match(line) for line in text.splitlines())
    return [Import(one[3], len(one[2]) // 2, int(one[1])) for one in found if one]


def _imports(target: Target, environment: Mapping[str, str]) -> list[Import]:
    module, _, attribute = target.function.handler.rpartition(".")
    python = ROOT / ".venv" / "runtime" / "bin" / "python"
    done = _run(
        [python, "-X", "importtime", "-c", CODE.format(module=module, attribute=attribute)],
        target,
        environment,
    )
    if done.returncode:
        raise LocalError(f"{target.function.name} failed: {done.stderr.splitlines()[-1]}")
    return parse(done.stderr)


def _run(
    command: list[str | Path], target: Target, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(target.layer), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command,
        cwd=target.folder,
        env={**own, **environment},
        input=json.dumps(health_event()),
        capture_output=True,
        text=True,
        check=False,
    )
