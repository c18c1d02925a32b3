"""Bills of materials (CycloneDX) of what is shipped: the layer, and Migrate's own packages."""

import json
import re
import subprocess
import sys
from pathlib import Path

from infra.checks.expand import ROOT
from infra.checks.scanners import TOOLS

SHIPPED = {"layer": "layers/common/requirements.txt", "migrate": "requirements/migrate.txt"}
FOLDER = ROOT / "build" / "sbom"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)


def locked(lock: str) -> set[tuple[str, str]]:
    """The packages and versions that a lock's text pins."""
    return {(name, version) for name, version in _PINNED.findall(lock)}


def listed(bill: str) -> set[tuple[str, str]]:
    """The packages and versions that a bill lists."""
    return {(each["name"], each["version"]) for each in json.loads(bill)["components"]}


def build(name: str, lock: Path, folder: Path = FOLDER) -> Path:
    """Writes a lock's bill, the same for the same lock. Raises CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.cdx.json"
    command: list[str | Path] = [
        TOOLS / "cyclonedx-py",
        "requirements",
        lock,
        "--output-reproducible",
        "--outfile",
        target,
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    return target


def main() -> None:
    """Writes a bill for each lock that is shipped; exits 1 when one lacks a package of its lock."""
    wrong = False
    for name, path in SHIPPED.items():
        bill = build(name, ROOT / path)
        missing = locked((ROOT / path).read_text()) ^ listed(bill.read_text())
        print(f"{bill.relative_to(ROOT)}: {len(listed(bill.read_text()))} packages")
        for package, version in sorted(missing):
            print(f"    in one of lock and bill only: {package} {version}", file=sys.stderr)
        wrong = wrong or bool(missing)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
