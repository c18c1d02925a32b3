"""What the local platform needs to know of template.yaml: functions, schedules, queues and their sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.cloudformation import load, logical_name, merged
from infra.local.errors import LocalError

FUNCTION, QUEUE = "AWS::Serverless::Function", "AWS::SQS::Queue"


@dataclass(frozen=True)
class Schedule:
    """An event of type ScheduleV2. `expression` is EventBridge's, `timezone` an IANA name."""

    function: str
    name: str
    expression: str
    timezone: str
    input_text: str


@dataclass(frozen=True)
class QueueSource:
    """An event of type SQS: `function` is invoked with batches of `queue`, both logical names."""

    function: str
    queue: str
    batch_size: int
    window_s: int
    report_failures: bool
    max_concurrency: int | None


@dataclass(frozen=True)
class Function:
    """A Lambda function. `environment` keeps intrinsics as dicts: {"Ref": "EmbedQueue"}."""

    name: str
    handler: str
    code_uri: str
    environment: Mapping[str, Any]
    schedules: tuple[Schedule, ...]
    queue_sources: tuple[QueueSource, ...]
    async_retries: int
    failure_queue: str | None
    timeout_s: int
    memory_mb: int


@dataclass(frozen=True)
class Queue:
    """An SQS queue. `max_receive_count` is 0 where there is no dead-letter queue."""

    name: str
    visibility_timeout_s: int
    max_receive_count: int
    dead_letter_queue: str | None


@dataclass(frozen=True)
class Template:
    """Functions and queues by logical name, in the template's order."""

    functions: Mapping[str, Function]
    queues: Mapping[str, Queue]

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        return tuple(schedule for function in self.functions.values() for schedule in function.schedules)

    @property
    def queue_sources(self) -> tuple[QueueSource, ...]:
        return tuple(source for function in self.functions.values() for source in function.queue_sources)


def read_template(path: Path) -> Template:
    """Read a SAM template. Raises LocalError, which names the resource."""
    try:
        return parse_template(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise LocalError(f"can't read {path}: {exc.strerror}") from exc


def parse_template(text: str) -> Template:
    """Read the text of a SAM template. Raises LocalError, which names the resource."""
    tree = load(text)
    parameters = _parameter_defaults(tree)
    defaults = (tree.get("Globals") or {}).get("Function") or {}
    queues = {name: _queue(_Node(name, body, parameters)) for name, body in _bodies(tree, QUEUE)}
    functions = {
        name: _function(_Node(name, merged(defaults, body), parameters))
        for name, body in _bodies(tree, FUNCTION)
    }
    template = Template(functions, queues)
    _require_known_queues(template)
    return template


def _parameter_defaults(tree: dict[str, Any]) -> dict[str, Any]:
    declared = (tree.get("Parameters") or {}).items()
    return {name: body["Default"] for name, body in declared if "Default" in body}


def _bodies(tree: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in tree["Resources"].items():
        if isinstance(resource, dict) and resource.get("Type") == kind:
            yield name, resource.get("Properties") or {}


_REQUIRED: Any = object()


@dataclass(frozen=True)
class _Node:
    """A part of a resource; its errors name the resource and the property."""

    where: str
    body: Mapping[str, Any]
    parameters: Mapping[str, Any]

    def get(self, key: str, default: Any = _REQUIRED) -> Any:
        """A property's value; a reference to a parameter that has a default counts as that default."""
        value = self.body.get(key, default)
        if value is _REQUIRED:
            raise LocalError(f"template: {self.where} has no {key}")
        name = logical_name(value)
        return self.parameters.get(name, value) if name else value

    def text(self, key: str, default: str = _REQUIRED) -> str:
        value = self.get(key, default)
        if not isinstance(value, str):
            raise LocalError(f"template: {self.where}.{key} must be plain text, not {value!r}")
        return value

    def number(self, key: str, default: int = _REQUIRED) -> int:
        value = self.get(key, default)
        try:
            return int(value)
        except (TypeError, ValueError) as exc:
            raise LocalError(f"template: {self.where}.{key} must be a whole number, not {value!r}") from exc

    def reference(self, key: str) -> str:
        name = logical_name(self.get(key))
        if name is None:
            raise LocalError(f"template: {self.where}.{key} must name a resource, not {self.get(key)!r}")
        return name

    def part(self, key: str) -> "_Node":
        value = self.body.get(key) or {}
        if not isinstance(value, dict):
            raise LocalError(f"template: {self.where}.{key} must be a map, not {value!r}")
        return _Node(f"{self.where}.{key}", value, self.parameters)


def _queue(node: _Node) -> Queue:
    redrive = node.part("RedrivePolicy")
    return Queue(
        name=node.where,
        visibility_timeout_s=node.number("VisibilityTimeout", 30),
        max_receive_count=redrive.number("maxReceiveCount") if redrive.body else 0,
        dead_letter_queue=redrive.reference("deadLetterTargetArn") if redrive.body else None,
    )


def _function(node: _Node) -> Function:
    failure = node.part("EventInvokeConfig").part("DestinationConfig").part("OnFailure")
    return Function(
        name=node.where,
        handler=node.text("Handler"),
        code_uri=node.text("CodeUri"),
        environment=node.part("Environment").part("Variables").body,
        schedules=tuple(_schedule(node.where, name, event) for name, event in _events(node, "ScheduleV2")),
        queue_sources=tuple(_queue_source(node.where, event) for _, event in _events(node, "SQS")),
        async_retries=node.part("EventInvokeConfig").number("MaximumRetryAttempts", 2),
        failure_queue=failure.reference("Destination") if failure.body else None,
        timeout_s=node.number("Timeout", 3),
        memory_mb=node.number("MemorySize", 128),
    )


def _events(node: _Node, kind: str) -> Iterator[tuple[str, _Node]]:
    """The enabled events of a kind. Raises LocalError for a Schedule of the older kind: nothing fires it."""
    events = node.part("Events")
    for name in events.body:
        event = events.part(name)
        if event.text("Type") == "Schedule":
            raise LocalError(f"template: {event.where} must have the type ScheduleV2, not Schedule")
        properties = event.part("Properties")
        if event.text("Type") == kind and _is_enabled(properties):
            yield name, properties


def _is_enabled(event: _Node) -> bool:
    return event.get("Enabled", True) is not False and event.get("State", "ENABLED") != "DISABLED"


def _schedule(function: str, name: str, event: _Node) -> Schedule:
    return Schedule(
        function=function,
        name=name,
        expression=event.text("ScheduleExpression"),
        timezone=event.text("ScheduleExpressionTimezone", "UTC"),
        input_text=event.text("Input", "{}"),
    )


def _queue_source(function: str, event: _Node) -> QueueSource:
    scaling = event.part("ScalingConfig")
    return QueueSource(
        function=function,
        queue=event.reference("Queue"),
        batch_size=event.number("BatchSize", 10),
        window_s=event.number("MaximumBatchingWindowInSeconds", 0),
        report_failures="ReportBatchItemFailures" in event.get("FunctionResponseTypes", []),
        max_concurrency=scaling.number("MaximumConcurrency") if scaling.body else None,
    )


def _require_known_queues(template: Template) -> None:
    named = [(queue.name, queue.dead_letter_queue) for queue in template.queues.values()]
    named += [(function.name, function.failure_queue) for function in template.functions.values()]
    named += [(source.function, source.queue) for source in template.queue_sources]
    for resource, queue in named:
        if queue is not None and queue not in template.queues:
            raise LocalError(f"template: {resource} names the queue {queue}, which isn't there")
