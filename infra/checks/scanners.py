"""The scanners of `make security`, each as a process of its own environment, and their findings as lines."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.checks import accepted
from infra.checks.expand import ROOT, TEMPLATES, expand

TOOLS = ROOT / ".venv" / "audit" / "bin"
CODE = ("layers/common/nunchi", "functions", "infra")
LOCKS = ("layers/common/requirements.txt", "requirements/migrate.txt", "requirements/local.txt")
# locks are nothing but hashes; the API's document has examples that look like them
NOT_SCANNED = r"requirements[^/]*\.txt$|/openapi\.json$|^requirements/.*\.txt$"


class ScannerFailed(Exception):
    """A scanner ended without a report."""


@dataclass(frozen=True)
class Report:
    """What a scanner found that is not accepted, a line each, and what else there is to say."""

    findings: list[str]
    note: str


def checkov(templates: Iterable[str] = TEMPLATES) -> Report:
    """The expanded templates against checkov's rules for CloudFormation."""
    with TemporaryDirectory() as folder:
        for name in templates:
            text = json.dumps(expand(ROOT / name), default=str)
            (Path(folder) / f"{Path(name).stem}.json").write_text(text, encoding="utf-8")
        options = ("--framework", "cloudformation", "--compact", "--quiet", "--output", "json")
        found = _json("checkov", "--directory", folder, *options)
    used: set[tuple[str, str]] = set()
    lines = [line for each in found["results"]["failed_checks"] if (line := _checkov_line(each, used))]
    idle = [
        f"accepted, but not found: {check} {pattern}"
        for check, entries in accepted.CHECKOV.items()
        for pattern in entries
        if (check, pattern) not in used
    ]
    return Report(lines + idle, f"{found['summary']['passed']} checks passed")


def _checkov_line(found: dict[str, Any], used: set[tuple[str, str]]) -> str | None:
    resource = found["resource"].rpartition(".")[2]
    if accepted.reason(accepted.CHECKOV, found["check_id"], resource, used):
        return None
    return f"{found['check_id']} {found['file_path']} {resource}: {found['check_name']}"


def bandit() -> Report:
    """Our code against bandit's rules of medium severity and above; ruff has the lesser ones."""
    found = _json("bandit", "-ll", "--quiet", "--format", "json", "--recursive", *CODE)["results"]
    places = {(each["filename"], each["test_id"]) for each in found}
    lines = [
        f"{each['test_id']} {each['filename']}:{each['line_number']}: {each['issue_text']}"
        for each in found
        if (each["filename"], each["test_id"]) not in accepted.BANDIT
    ]
    idle = [f"accepted, but not found: {place}" for place in accepted.BANDIT if place not in places]
    return Report(lines + idle, f"{len(CODE)} folders")


def secrets() -> Report:
    """Every file that git knows, for what looks like a key, a token or a password."""
    found = _json("detect-secrets", "scan", "--exclude-files", NOT_SCANNED)["results"]
    used: set[tuple[str, str]] = set()
    lines = [
        f"{file}:{each['line_number']}: {each['type']}"
        for file, entries in found.items()
        for each in entries
        if accepted.reason(accepted.SECRETS, file, each["type"], used) is None
    ]
    idle = [
        f"accepted, but not found: {file} {kind}"
        for file, kinds in accepted.SECRETS.items()
        for kind in kinds
        if (file, kind) not in used
    ]
    return Report(lines + idle, f"{sum(map(len, found.values()))} looked at")


def vulnerabilities(locks: Iterable[str] = LOCKS) -> Report:
    """The locks against the vulnerability database of the package index, which may be out of reach."""
    files = [part for lock in locks for part in ("--requirement", lock)]
    options = (
        "--no-deps",
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    )
    try:
        found = _json("pip-audit", *options, *files)["dependencies"]
    except ScannerFailed as exc:
        return Report([], f"NOT AUDITED, no vulnerability database was reached: {exc}")
    return audited(found)


def audited(found: list[dict[str, Any]]) -> Report:
    """A report of pip-audit's answer. What its database does not know is named: it was not audited."""
    unknown = {each["name"] for each in found if "skip_reason" in each}
    known = {each["name"] for each in found} - unknown
    lines = [f"{name} {version}: {number}" for name, version, number in _vulnerable(found)]
    if not known:
        return Report(lines, "NOT AUDITED, no vulnerability database was reached")
    missing = f", NOT AUDITED: {', '.join(sorted(unknown))}" if unknown else ""
    return Report(lines, f"{len(known)} packages audited{missing}")


def _vulnerable(found: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for each in found:
        for vulnerability in each.get("vulns", []):
            if vulnerability["id"] not in accepted.VULNERABILITIES:
                yield each["name"], each["version"], vulnerability["id"]


def _json(tool: str, *arguments: str) -> Any:
    """What a tool prints, whatever its exit code: findings are no failure of the tool."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [TOOLS / tool, *arguments], cwd=ROOT, env=own, capture_output=True, text=True, check=False
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise ScannerFailed(f"{tool}: {''.join(last) or 'no report'}") from None
