"""`make sam-local`: built functions under `sam local`, in AWS's own images; needs Docker.

    python -m infra.checks.sam_local [FUNCTION]

With a function's name it is invoked with its event in tests/events/, else the Api is served. The stores are those of a
running `make run`, whose containers share this machine's network to reach them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.checks.built import BUILD, ROOT, functions
from infra.local import signing
from infra.local.cloudformation import load
from infra.local.errors import LocalError

RUN = ROOT / ".local" / "run"
# what would be read from Secrets Manager, of an account
SECRETS = ("DATABASE_SECRET_ARN", "AUTH_SECRET_ARN")


def template(text: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """A built template whose functions have a local environment in the place of secrets of an account."""
    tree = load(text)
    for resource in (tree["Globals"]["Function"], *(one["Properties"] for one in tree["Resources"].values())):
        variables = resource.get("Environment", {}).get("Variables", {})
        for name in SECRETS:
            variables.pop(name, None)
    tree["Globals"]["Function"]["Environment"]["Variables"] |= environment
    return tree


def environment(home: Path) -> dict[str, str]:
    """The variables that lead to a running `make run`. Raises LocalError when none runs."""
    try:
        database, vectors = ((home / name).read_text() for name in ("address", "milvus_address"))
    except FileNotFoundError as exc:
        raise LocalError("start `make run` first, in another terminal: its stores are used") from exc
    return {
        "DATABASE_URL": database,
        "MILVUS_URI": vectors,
        "AUTH_KEYS": signing.keys(home),
        "POWERTOOLS_TRACE_DISABLED": "true",
    }


def command(written: Path, function: str) -> list[str]:
    """What is run for a function, or for the Api."""
    sam = [str(ROOT / ".venv" / "sam" / "bin" / "sam"), "local"]
    options = ["--template", str(written), "--docker-network", "host"]
    if not function:
        return [*sam, "start-api", *options]
    return [
        *sam,
        "invoke",
        function,
        *options,
        "--event",
        str(ROOT / "tests" / "events" / f"{function}.json"),
    ]


def main(function: str = "") -> None:
    """Runs `sam local`, and gives its exit code on. Raises LocalError for a function that there isn't."""
    names = [one.name for one in functions()]
    if function and function not in names:
        raise LocalError(f"there is no {function}; there are {', '.join(names)}")
    written = BUILD / "sam-local.json"  # beside the folders that it names
    tree = template((BUILD / "template.yaml").read_text(), environment(RUN))
    written.write_text(json.dumps(tree, default=str))
    # with credentials, `sam local` asks AWS about them
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    settings = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "ap-northeast-2"}
    sys.exit(subprocess.run(command(written, function), env=own | settings, check=False).returncode)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2])
    except LocalError as exc:
        sys.exit(f"sam-local: {exc}")
