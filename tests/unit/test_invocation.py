"""Handlers, their context and asynchronous invocation."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.errors import LocalError
from infra.local.invocation import context, invoke_async, load_handler
from infra.local.template import Function, Template

NOW = datetime(2026, 10, 19, 6, 40, tzinfo=UTC)


def function(name: str, handler: str = "a.b", retries: int = 2, failure_queue: str | None = None) -> Function:
    return Function(name, handler, "functions/", {}, (), (), retries, failure_queue, 9, 512)


TEMPLATE = Template(
    {
        "FirstFunction": function("FirstFunction", failure_queue="FailedQueue"),
        "SecondFunction": function("SecondFunction", retries=0),
    },
    {},
)


def failing(times: int) -> tuple[list[dict[str, Any]], Callable[[str, dict[str, Any]], object]]:
    calls: list[dict[str, Any]] = []

    def invoke(function: str, event: dict[str, Any]) -> object:
        calls.append(event)
        if len(calls) <= times:
            raise ValueError(f"attempt {len(calls)}")
        return {"stored": 1}

    return calls, invoke


def test_an_asynchronous_invocation_is_tried_again() -> None:
    calls, invoke = failing(times=2)
    sent: list[tuple[str, str]] = []
    outcome = invoke_async(TEMPLATE, invoke, "FirstFunction", {"x": 1}, lambda *args: sent.append(args), NOW)
    assert (outcome.response, outcome.error, outcome.attempts) == ({"stored": 1}, None, 3)
    assert calls == [{"x": 1}] * 3
    assert sent == []


def test_an_asynchronous_invocation_that_keeps_failing_leaves_a_record() -> None:
    calls, invoke = failing(times=99)
    sent: list[tuple[str, str]] = []
    outcome = invoke_async(TEMPLATE, invoke, "FirstFunction", {"x": 1}, lambda *args: sent.append(args), NOW)
    assert (outcome.response, str(outcome.error), len(calls)) == (None, "attempt 3", 3)
    ((queue, body),) = sent
    record = json.loads(body)
    assert queue == "FailedQueue"
    assert record["timestamp"] == "2026-10-19T06:40:00.000Z"
    assert record["requestPayload"] == {"x": 1}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"].endswith(":function:FirstFunction:$LATEST")
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorMessage"] == "attempt 3"
    assert record["responsePayload"]["errorType"] == "ValueError"


def test_a_function_without_retries_and_failure_queue_just_fails() -> None:
    calls, invoke = failing(times=99)
    outcome = invoke_async(TEMPLATE, invoke, "SecondFunction", {}, lambda *_: pytest.fail("sent"), NOW)
    assert (outcome.attempts, len(calls)) == (1, 1)


def named(handler: str) -> Function:
    return function("OddFunction", handler)


def test_a_handler_is_imported_by_its_name() -> None:
    assert load_handler(named("json.decoder.scanstring")) is json.decoder.scanstring  # type: ignore[attr-defined]


@pytest.mark.parametrize("handler", ["no_such_module.handler", "json.no_such", "handler", "json.__name__"])
def test_a_handler_that_cant_be_imported_is_named_with_its_function(handler: str) -> None:
    with pytest.raises(LocalError, match=f"OddFunction.*{handler}"):
        load_handler(named(handler))


def test_each_invocation_has_a_context_of_its_own() -> None:
    first, second = context(named("a.b")), context(named("a.b"))
    assert (first.function_name, first.memory_limit_in_mb) == ("OddFunction", 512)
    assert first.invoked_function_arn.endswith(":function:OddFunction")
    assert first.aws_request_id != second.aws_request_id
    assert 0 < first.get_remaining_time_in_millis() <= 9000
