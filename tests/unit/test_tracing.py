"""Traces: which parts of a run they show, and what they cost at a cold start."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from nunchi import observability
from nunchi.settings import get_settings


@dataclass
class Provider:
    """Takes the place of X-Ray's recorder."""

    parts: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def provider(self) -> "Provider":
        return self

    @contextmanager
    def in_subsegment(self, name: str) -> Iterator["Provider"]:
        self.parts.append((name, {}))
        yield self

    def put_annotation(self, key: str, value: str) -> None:
        self.parts[-1][1][key] = value


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    found = Provider()
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "false")
    monkeypatch.setattr(observability, "get_tracer", lambda: found)
    get_settings.cache_clear()
    yield found
    get_settings.cache_clear()


def test_a_part_of_a_run_is_found_by_its_story(traced: Provider) -> None:
    with observability.segment("ForecastDue", correlation_id="a-story"):
        pass
    assert traced.parts == [("## ForecastDue", {"correlation_id": "a-story"})]


def test_what_fails_in_a_part_fails_as_it_did(traced: Provider) -> None:
    with pytest.raises(ZeroDivisionError), observability.segment("model", arm="prior"):
        raise ZeroDivisionError


def test_where_tracing_is_off_nothing_is_asked_of_it(
    traced: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    get_settings.cache_clear()
    with observability.segment("model", arm="prior"):
        pass
    assert traced.parts == []


def test_the_tracer_imports_no_library_that_a_function_does_not_use() -> None:
    look = "import sys; from nunchi.observability import get_tracer; get_tracer(); print(*sys.modules)"
    in_lambda: dict[str, Any] = {
        "LAMBDA_TASK_ROOT": "/var/task",
        "AWS_LAMBDA_FUNCTION_NAME": "x",
        "PATH": "/usr/bin",
    }
    loaded = subprocess.run(
        [sys.executable, "-c", look], env=in_lambda, capture_output=True, text=True, check=True
    )
    assert not {"boto3", "sqlalchemy", "requests", "httpx", "pg8000"} & set(loaded.stdout.split())
