"""What EventBridge Scheduler would do with the deployed schedules, which LocalStack keeps but never fires.

It gives `infra.local.replay.Replay` the deployed stack in the place of the local platform, so that both are played
minute by minute in the same way. Schedules, targets and inputs are those that were deployed. An invocation is waited
for: only so is it known what a minute did, and when it is over.
"""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.errors import LocalError
from infra.local.invocation import failure_record
from infra.local.platform import SCHEDULED_TIME, Invocation
from infra.local.template import Schedule
from infra.localstack.deploy import Stack
from infra.localstack.queues import Queues

AGAIN_S = 2  # instead of Lambda's minute or two


class FunctionFailed(LocalError):
    """A deployed function answered an invocation with an error."""


@dataclass(frozen=True)
class Deployed:
    """What a replay asks of a template: the schedules, here those of the stack."""

    schedules: tuple[Schedule, ...]


@dataclass
class Ticker:
    """Fires the deployed schedules, and waits for the deployed queues to be worked."""

    stack: Stack
    template: Deployed
    queues: Queues
    invocations: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    again_s: float = AGAIN_S
    _worked: bool = True
    _settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lambda = self.stack.client("lambda")

    def fire(self, schedule: Schedule, moment: datetime) -> Invocation:
        """Invokes a schedule's target for the minute that it is due in, as often as the deployment says."""
        set_clock(self.stack.cloud.clock, moment)
        text = schedule.input_text.replace(
            SCHEDULED_TIME, moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        settings = self._invoke_settings(schedule.function)
        done = self._attempts(schedule, text, settings, moment)
        self._worked |= done.error is not None or any(done.counts.values())
        return done

    @property
    def pump(self) -> "Ticker":
        return self

    def drain(self, now: datetime) -> int:
        """Waits for the queues, if anything was done since: a function that did nothing has sent nothing."""
        seen = self.queues.drain(now) if self._worked else 0
        self._worked = False
        return seen

    def _attempts(
        self, schedule: Schedule, text: str, settings: Mapping[str, Any], moment: datetime
    ) -> Invocation:
        for _attempt in range(settings["MaximumRetryAttempts"] + 1):
            try:
                return Invocation(schedule.name, self.invoke(schedule.function, text), None)
            except FunctionFailed as exc:
                error = exc
                self.retries[schedule.name] += 1
                time.sleep(self.again_s)
        self._send_failure(settings, schedule, text, error, moment)
        return Invocation(schedule.name, {}, error)

    def invoke(self, function: str, text: str) -> Any:
        """Invokes a function by its name and gives its answer. Raises FunctionFailed."""
        self.invocations[function] += 1
        answer = self._lambda.invoke(FunctionName=function, Payload=text.encode())
        payload = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise FunctionFailed(f"{function}: {payload.get('errorType')} {payload.get('errorMessage')}")
        return payload

    def _invoke_settings(self, function: str) -> Mapping[str, Any]:
        if function not in self._settings:
            self._settings[function] = self._lambda.get_function_event_invoke_config(FunctionName=function)
        return self._settings[function]

    def _send_failure(
        self, settings: Mapping[str, Any], schedule: Schedule, text: str, error: Exception, moment: datetime
    ) -> None:
        queue = settings["DestinationConfig"]["OnFailure"]["Destination"].split(":")[-1]
        attempts = settings["MaximumRetryAttempts"] + 1
        record = failure_record(schedule.function, json.loads(text), error, attempts, moment)
        self.queues.send(queue, json.dumps(record))


def set_clock(file: Path, moment: datetime) -> None:
    """Tells the functions what time it is."""
    draft = file.with_suffix(".new")
    draft.write_text(moment.astimezone(UTC).isoformat())
    draft.replace(file)


def schedules(stack: Stack, order: Sequence[str]) -> tuple[Schedule, ...]:
    """The deployed schedules, by their functions' places in `order` (logical names). Raises LocalError.

    Their `function` is the target's name, their `name` the logical one.
    """
    client, names = stack.client("scheduler"), {value: key for key, value in stack.resources.items()}
    pages = client.get_paginator("list_schedules").paginate()
    found = [
        client.get_schedule(Name=one["Name"], GroupName=one["GroupName"])
        for page in pages
        for one in page["Schedules"]
    ]
    fired = [_schedule(one, names) for one in found if one["State"] == "ENABLED"]
    return tuple(sorted(fired, key=lambda one: (order.index(one.name), one.expression)))


def _schedule(found: Mapping[str, Any], names: Mapping[str, str]) -> Schedule:
    target, function = found["Target"], found["Target"]["Arn"].split(":")[-1]
    if function not in names:
        raise LocalError(f"the schedule {found['Name']} has a target that is no function of the stack")
    return Schedule(
        function=function,
        name=names[function],
        expression=found["ScheduleExpression"],
        timezone=found["ScheduleExpressionTimezone"],
        input_text=target["Input"],
    )
