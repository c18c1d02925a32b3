"""What the security checks make of their scanners' reports."""

from typing import Any

import pytest

from infra.checks import accepted, scanners, security
from infra.checks.sbom import listed, locked
from infra.checks.scanners import Report, ScannerFailed, audited

SKIPPED = {"name": "mangum", "skip_reason": "Dependency not found"}
CLEAN = {"name": "redis", "version": "8.0.1", "vulns": []}
HIT = {"name": "praw", "version": "8.0.2", "vulns": [{"id": "PYSEC-2026-1"}]}


def test_locks_that_no_database_knows_are_said_not_to_be_audited() -> None:
    assert audited([SKIPPED]) == Report([], "NOT AUDITED, no vulnerability database was reached")


def test_a_package_that_the_database_does_not_know_is_named() -> None:
    assert audited([SKIPPED, CLEAN]).note == "1 packages audited, NOT AUDITED: mangum"


def test_a_known_vulnerability_is_a_finding_until_it_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert audited([HIT]).findings == ["praw 8.0.2: PYSEC-2026-1"]
    monkeypatch.setitem(accepted.VULNERABILITIES, "PYSEC-2026-1", "We send no such request.")
    assert audited([HIT]).findings == []


def test_an_auditor_that_reaches_nothing_fails_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_arguments: str) -> Any:
        raise ScannerFailed("pip-audit: no route to host")

    monkeypatch.setattr(scanners, "_json", unreachable)
    report = scanners.vulnerabilities()
    assert report.findings == []
    assert report.note.startswith("NOT AUDITED")


def test_any_other_scanner_without_a_report_is_a_finding() -> None:
    def broken() -> Report:
        raise ScannerFailed("checkov: no report")

    assert security.run(broken).findings == ["checkov: no report"]


def answers(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    monkeypatch.setattr(scanners, "_json", lambda *_arguments: answer)


def test_a_secret_in_a_file_of_no_exception_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"functions/api/app.py": [{"type": "AWS Access Key", "line_number": 7}]}
    answers(monkeypatch, {"results": found})
    assert "functions/api/app.py:7: AWS Access Key" in scanners.secrets().findings


def test_an_exception_is_for_its_kind_of_secret_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "tests/unit/test_x.py": [
            {"type": kind, "line_number": 1} for kind in ("Private Key", "Secret Keyword")
        ]
    }
    answers(monkeypatch, {"results": found})
    assert [line for line in scanners.secrets().findings if line.startswith("tests/")] == [
        "tests/unit/test_x.py:1: Private Key"
    ]


def test_an_exception_that_nothing_needs_any_more_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, {"results": {}})
    assert "accepted, but not found: infra/stores.yaml Secret Keyword" in scanners.secrets().findings


def checkov_answer(*found: tuple[str, str]) -> dict[str, Any]:
    failed = [
        {
            "check_id": check,
            "resource": f"AWS::SQS::Queue.{name}",
            "file_path": "/t",
            "check_name": "encrypted",
        }
        for check, name in found
    ]
    return {"results": {"failed_checks": failed}, "summary": {"passed": 3}}


def test_checkov_is_answered_for_the_resources_of_an_exception_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, checkov_answer(("CKV_AWS_27", "EmbedQueue"), ("CKV_AWS_18", "OtherBucket")))
    findings = scanners.checkov().findings
    assert "CKV_AWS_18 /t OtherBucket: encrypted" in findings
    assert not any("EmbedQueue" in line for line in findings)
    assert "accepted, but not found: CKV_AWS_120 ApiStage" in findings


def test_every_exception_says_why() -> None:
    tables = [*accepted.CHECKOV.values(), *accepted.SECRETS.values()]
    reasons = [why for table in tables for why in table.values()]
    reasons += [*accepted.BANDIT.values(), *accepted.VULNERABILITIES.values()]
    assert all(len(why) > 20 and why.endswith(".") for why in reasons)


def test_a_bill_lists_what_a_lock_pins() -> None:
    lock = "redis==8.0.1 \\\n    --hash=sha256:00\nmoto[s3]==5.2.1 \\\n    --hash=sha256:01\n    # via -r local.in\n"
    bill = '{"components": [{"name": "redis", "version": "8.0.1"}, {"name": "moto", "version": "5.2.1"}]}'
    assert locked(lock) == listed(bill) == {("redis", "8.0.1"), ("moto", "5.2.1")}
