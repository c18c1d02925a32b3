"""Functions of the template as Lambda runs them: their handlers, their context, asynchronous invocation."""

import importlib
import json
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.local.errors import LocalError
from infra.local.pump import Invoke
from infra.local.template import Function, Template

ARN = "arn:aws:lambda:ap-northeast-2:000000000000:function:{}"

Handler = Callable[[Any, Any], object]
SendFailure = Callable[[str, str], None]


def load_handler(function: Function) -> Handler:
    """Import the function's `module.attribute`. Raises LocalError, which names the function."""
    module, _, attribute = function.handler.rpartition(".")
    try:
        handler = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as exc:
        raise LocalError(f"{function.name}: can't import its handler {function.handler}: {exc}") from exc
    if not callable(handler):
        raise LocalError(f"{function.name}: its handler {function.handler} can't be called")
    found: Handler = handler
    return found


@dataclass(frozen=True)
class LambdaContext:
    """The context object that a Lambda function gets; its time starts when it is made."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    timeout_s: int
    function_version: str = "$LATEST"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout, which nothing enforces locally; never below 0."""
        return max(0, int(1000 * (self.started + self.timeout_s - time.monotonic())))


def context(function: Function) -> LambdaContext:
    """A context for one invocation of a function."""
    return LambdaContext(
        function_name=function.name,
        invoked_function_arn=ARN.format(function.name),
        memory_limit_in_mb=function.memory_mb,
        timeout_s=function.timeout_s,
    )


@dataclass(frozen=True)
class Outcome:
    """How an asynchronous invocation ended: the response, or the error of the last attempt."""

    response: object
    error: Exception | None
    attempts: int


def invoke_async(
    template: Template,
    invoke: Invoke,
    function: str,
    event: dict[str, Any],
    send_failure: SendFailure,
    now: datetime,
) -> Outcome:
    """Invoke a function as Lambda does for schedules: try again as often as the template says, then give up.

    What was given up goes to the function's failure queue, if it has one, by `send_failure(queue, body)` as
    the record that a Lambda destination gets, with the time `now`. Lambda waits a minute or two between
    attempts; here they follow at once. A handler's error is never raised.
    """
    spec = template.functions[function]
    attempts = spec.async_retries + 1
    for attempt in range(1, attempts + 1):
        try:
            return Outcome(invoke(function, event), None, attempt)
        except Exception as exc:
            error = exc
    if spec.failure_queue:
        send_failure(spec.failure_queue, json.dumps(failure_record(function, event, error, attempts, now)))
    return Outcome(None, error, attempts)


def failure_record(
    function: str, event: dict[str, Any], error: Exception, attempts: int, now: datetime
) -> dict[str, Any]:
    """The record of an asynchronous invocation that failed.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    return {
        "version": "1.0",
        "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": f"{ARN.format(function)}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "stackTrace": traceback.format_tb(error.__traceback__),
        },
    }
