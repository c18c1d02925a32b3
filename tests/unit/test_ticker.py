"""The ticker: deployed schedules fire as the scheduler and Lambda would have it."""

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.errors import LocalError
from infra.local.template import Schedule
from infra.localstack.aws import Cloud
from infra.localstack.ticker import Deployed, Ticker, schedules

INPUT = '{"scheduled_time": "<aws.scheduler.scheduled-time>"}'
SEAL = Schedule("nunchi-dev-Seal-1", "SealFunction", "cron(* * * * ? *)", "Asia/Seoul", INPUT)
MOMENT = datetime(2026, 10, 20, 0, 30, tzinfo=UTC)
TARGET = "arn:aws:lambda:ap-northeast-2:000000000000:function:nunchi-dev-{}"


@dataclass
class Lambda:
    """Answers one of `answers` after the other: counts, or None for an error."""

    answers: list[dict[str, int] | None]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - AWS's names
        self.asked.append(json.loads(Payload))
        answer = self.answers.pop(0)
        if answer is None:
            error = json.dumps({"errorType": "Timeout", "errorMessage": "too late"}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(error)}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def get_function_event_invoke_config(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        to = {"OnFailure": {"Destination": "arn:aws:sqs:ap-northeast-2:000000000000:nunchi-dev-Failed"}}
        return {"MaximumRetryAttempts": 2, "DestinationConfig": to}


@dataclass
class Scheduler:
    """The deployed schedules, in pages of one."""

    kept: dict[str, dict[str, Any]]

    def get_paginator(self, _name: str) -> "Scheduler":
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Schedules": [{"Name": name, "GroupName": "default"}]} for name in self.kept]

    def get_schedule(self, Name: str, GroupName: str) -> dict[str, Any]:  # noqa: N803
        return {"Name": Name, **self.kept[Name]}


@dataclass
class Stack:
    cloud: Cloud
    clients: dict[str, Any]
    resources: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self.clients[service]


@dataclass
class Queues:
    sent: list[tuple[str, Any]] = field(default_factory=list)
    drained: int = 0

    def send(self, name: str, body: str) -> None:
        self.sent.append((name, json.loads(body)))

    def drain(self, _now: datetime) -> int:
        self.drained += 1
        return 3


def ticker(tmp_path: Path, *answers: dict[str, int] | None) -> tuple[Ticker, Lambda, Queues]:
    function, queues = Lambda(list(answers)), Queues()
    stack: Any = Stack(Cloud("http://127.0.0.1:1", tmp_path), {"lambda": function})
    waiting: Any = queues
    return Ticker(stack, Deployed((SEAL,)), waiting, again_s=0), function, queues


def test_a_target_gets_its_input_with_the_scheduled_time_and_the_functions_the_present(
    tmp_path: Path,
) -> None:
    found, function, _queues = ticker(tmp_path, {"sealed": 2})
    assert found.fire(SEAL, MOMENT).counts == {"sealed": 2}
    assert function.asked == [{"scheduled_time": "2026-10-20T00:30:00Z"}]
    assert (tmp_path / "clock").read_text() == MOMENT.isoformat()


def test_a_failure_is_tried_again_as_often_as_the_deployment_says(tmp_path: Path) -> None:
    found, function, queues = ticker(tmp_path, None, None, {"sealed": 1})
    assert found.fire(SEAL, MOMENT).error is None
    assert (len(function.asked), found.retries["SealFunction"], queues.sent) == (3, 2, [])


def test_what_fails_for_good_goes_to_its_failure_queue(tmp_path: Path) -> None:
    found, _function, queues = ticker(tmp_path, None, None, None)
    assert found.fire(SEAL, MOMENT).error is not None
    [(queue, record)] = queues.sent
    assert queue == "nunchi-dev-Failed"
    assert record["requestPayload"] == {"scheduled_time": "2026-10-20T00:30:00Z"}
    assert record["requestContext"]["approximateInvokeCount"] == 3


def test_queues_are_waited_for_only_when_something_was_done(tmp_path: Path) -> None:
    found, _function, _queues = ticker(tmp_path, {"sealed": 0}, {"sealed": 1}, {"sealed": 0})
    assert found.drain(MOMENT) == 3  # what was there before the first minute
    waited = []
    for _minute in range(3):
        found.fire(SEAL, MOMENT)
        waited.append(found.drain(MOMENT))
    assert waited == [0, 3, 0]


def deployed(tmp_path: Path, kept: dict[str, dict[str, Any]]) -> Any:
    names = {"SealFunction": "nunchi-dev-Seal", "RelayFunction": "nunchi-dev-Relay"}
    return Stack(Cloud("http://127.0.0.1:1", tmp_path), {"scheduler": Scheduler(kept)}, names)


def a_schedule(function: str, state: str = "ENABLED") -> dict[str, Any]:
    target = {"Arn": TARGET.format(function), "Input": INPUT}
    return {
        "State": state,
        "ScheduleExpression": "rate(1 minute)",
        "ScheduleExpressionTimezone": "Asia/Seoul",
        "Target": target,
    }


def test_all_pages_of_enabled_schedules_come_in_the_templates_order(tmp_path: Path) -> None:
    kept = {"a": a_schedule("Relay"), "b": a_schedule("Seal"), "c": a_schedule("Seal", "DISABLED")}
    found = schedules(deployed(tmp_path, kept), ["SealFunction", "RelayFunction"])
    assert [(one.name, one.function) for one in found] == [
        ("SealFunction", "nunchi-dev-Seal"),
        ("RelayFunction", "nunchi-dev-Relay"),
    ]


def test_a_schedule_of_a_strangers_function_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="the schedule a has a target"):
        schedules(deployed(tmp_path, {"a": a_schedule("Elsewhere")}), [])
