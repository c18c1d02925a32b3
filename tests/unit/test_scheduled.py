"""A scheduled run: its counts, and what Lambda is told of one that fails."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from nunchi.schedules import Counts, RunFailed, scheduled

CONTEXT: Any = SimpleNamespace(function_name="nunchi-seal", aws_request_id="1")
EVENT = {"scheduled_time": "2026-10-19T06:40:00Z"}
WORD = "correct-horse-1"


@pytest.fixture(autouse=True)
def untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")


def test_a_run_answers_its_counts() -> None:
    assert scheduled(lambda _now, _scheduled_time: {"stored": 3})(EVENT, CONTEXT) == {"stored": 3}


def test_of_a_run_that_fails_lambda_learns_the_errors_name_and_not_its_text() -> None:
    def work(_now: datetime, _scheduled_time: datetime) -> Counts:
        raise ConnectionError(f"no answer from https://me:{WORD}@example.com")

    with pytest.raises(RunFailed) as failed:
        scheduled(work)(EVENT, CONTEXT)
    assert str(failed.value) == "ConnectionError"
    assert failed.value.__suppress_context__
