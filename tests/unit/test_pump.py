"""The queue pump over queues in memory."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.pump import Pump
from infra.local.template import Template, parse_template

NOW = datetime(2026, 10, 19, 6, 40, tzinfo=UTC)
VISIBILITY = timedelta(seconds=60)


def template(batch_size: int = 2, report: bool = True) -> Template:
    responses = "FunctionResponseTypes: [ReportBatchItemFailures], " if report else ""
    return parse_template(f"""
Resources:
  FirstQueue: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 60}}}}
  SecondQueue: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 60}}}}
  FirstFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: json.dumps
      CodeUri: functions/
      Events:
        Work:
          Type: SQS
          Properties: {{{responses}Queue: !GetAtt FirstQueue.Arn, BatchSize: {batch_size}}}
  SecondFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: json.dumps
      CodeUri: functions/
      Events:
        Work:
          Type: SQS
          Properties: {{{responses}Queue: !GetAtt SecondQueue.Arn, BatchSize: {batch_size}}}
""")


class FakeQueues:
    """SQS in memory: a received message is hidden until it is deleted or made visible."""

    def __init__(self) -> None:
        self.meta = SimpleNamespace(region_name="ap-northeast-2", events=self)
        self.messages: list[dict[str, Any]] = []
        self.receives: list[str] = []
        self.hooks: list[Callable[..., None]] = []

    def register(self, name: str, hook: Callable[..., None]) -> None:
        if name.endswith(".SendMessage"):
            self.hooks.append(hook)

    def send_message(self, **params: Any) -> None:
        for hook in self.hooks:
            hook(params=params, model=None)
        number = str(len(self.messages))
        message = {"MessageId": f"m{number}", "ReceiptHandle": number, "Body": params["MessageBody"]}
        hash_of_body = {"MD5OfBody": "0" * 32, "Attributes": {"ApproximateReceiveCount": "1"}}
        self.messages.append({"url": params["QueueUrl"], "visible": True, "message": message | hash_of_body})

    def receive_message(self, **params: Any) -> dict[str, Any]:
        self.receives.append(params["QueueUrl"])
        visible = [m for m in self.messages if m["url"] == params["QueueUrl"] and m["visible"]]
        for taken in visible[: params["MaxNumberOfMessages"]]:
            taken["visible"] = False
        return {"Messages": [m["message"] for m in visible[: params["MaxNumberOfMessages"]]]}

    def delete_message_batch(self, **params: Any) -> dict[str, Any]:
        assert len(params["Entries"]) <= 10
        for entry in params["Entries"]:
            self._find(entry["ReceiptHandle"])["url"] = None
        return {}

    def change_message_visibility(self, **params: Any) -> None:
        self._find(params["ReceiptHandle"])["visible"] = True

    def _find(self, handle: str) -> dict[str, Any]:
        return self.messages[int(handle)]

    def left(self) -> list[str]:
        return [m["message"]["Body"] for m in self.messages if m["url"]]


class Recorder:
    """A function that notes the bodies it gets and fails with those that it is told to."""

    def __init__(self, bad: set[str] | None = None) -> None:
        self.bad = bad or set()
        self.batches: list[list[str]] = []

    def __call__(self, _function: str, event: dict[str, Any]) -> object:
        self.batches.append([record["body"] for record in event["Records"]])
        failed = [record["messageId"] for record in event["Records"] if record["body"] in self.bad]
        return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def pump_over(
    queues: FakeQueues, invoke: Callable[[str, dict[str, Any]], object], spec: Template | None = None
) -> Pump:
    spec = spec or template()
    urls = {name: f"http://sqs/000000000000/{name}" for name in spec.queues}
    return Pump(spec, urls, cast(Any, queues), invoke)


def filled(pump: Pump, *bodies: str, queue: str = "FirstQueue") -> Pump:
    for body in bodies:
        pump.send(queue, body)
    return pump


def test_a_poll_takes_one_batch_and_deletes_what_was_handled() -> None:
    queues, function = FakeQueues(), Recorder()
    pump = filled(pump_over(queues, function), "a", "b", "c")
    assert pump.poll(template().queue_sources[0]) == 2
    assert function.batches == [["a", "b"]]
    assert queues.left() == ["c"]
    assert pump.handled == {"FirstQueue": 2}


def test_a_bad_message_fails_alone() -> None:
    queues = FakeQueues()
    pump = filled(pump_over(queues, Recorder(bad={"b"})), "a", "b", "c")
    assert pump.drain(NOW) == 3
    assert queues.left() == ["b"]
    assert (pump.handled["FirstQueue"], pump.failed["FirstQueue"]) == (2, 1)


@pytest.mark.parametrize(
    "response",
    [
        {"batchItemFailures": [{"itemIdentifier": "never-sent"}]},
        {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": ""}]},
        {"batchItemFailures": [{"messageId": "m0"}]},
        {"batchItemFailures": ["m0"]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": {"itemIdentifier": "m0"}},
        {"batchItemFailures": ""},
        "done",
        False,
    ],
)
def test_a_malformed_response_fails_the_whole_batch(response: object) -> None:
    queues = FakeQueues()
    filled(pump_over(queues, lambda *_: response), "a", "b").drain(NOW)
    assert queues.left() == ["a", "b"]


@pytest.mark.parametrize(
    "response", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}, {"stored": 2}]
)
def test_a_response_without_failures_handles_the_whole_batch(response: object) -> None:
    queues = FakeQueues()
    filled(pump_over(queues, lambda *_: response), "a", "b").drain(NOW)
    assert queues.left() == []


def test_a_raising_function_fails_the_whole_batch() -> None:
    def broken(function: str, event: dict[str, Any]) -> object:
        raise RuntimeError(function)

    queues = FakeQueues()
    pump = filled(pump_over(queues, broken), "a", "b")
    assert pump.drain(NOW) == 2
    assert queues.left() == ["a", "b"]
    assert (pump.handled["FirstQueue"], pump.failed["FirstQueue"]) == (0, 2)


def test_reported_failures_count_only_where_the_template_says_so() -> None:
    queues = FakeQueues()
    filled(pump_over(queues, Recorder(bad={"a"}), template(report=False)), "a").drain(NOW)
    assert queues.left() == []


def test_a_batch_of_more_than_ten_is_received_and_deleted_in_several_calls() -> None:
    queues, function = FakeQueues(), Recorder()
    filled(pump_over(queues, function, template(batch_size=25)), *"abcdefghijklmnopqrstuvwxyz0123").drain(NOW)
    assert [len(batch) for batch in function.batches] == [25, 5]
    assert queues.left() == []


def test_what_failed_is_tried_again_once_the_visibility_timeout_has_passed() -> None:
    queues, function = FakeQueues(), Recorder(bad={"a"})
    pump = filled(pump_over(queues, function), "a")
    assert pump.drain(NOW) == 1
    assert pump.drain(NOW + VISIBILITY - timedelta(seconds=1)) == 0
    function.bad.clear()
    assert pump.drain(NOW + VISIBILITY) == 1
    assert queues.left() == []
    assert pump.drain(NOW + 2 * VISIBILITY) == 0


def test_messages_that_a_function_sends_are_worked_in_the_same_drain() -> None:
    queues, seen = FakeQueues(), []

    def forward(function: str, event: dict[str, Any]) -> None:
        seen.append(function)
        if function == "SecondFunction" and len(seen) < 4:
            pump.send("FirstQueue", "next")
        elif function == "FirstFunction" and len(seen) < 4:
            pump.send("SecondQueue", "next")

    pump = filled(pump_over(queues, forward), "start")
    assert pump.drain(NOW) == 4
    assert seen == ["FirstFunction", "SecondFunction", "FirstFunction", "SecondFunction"]


def test_a_queue_with_less_than_a_batch_is_asked_once_a_round() -> None:
    queues = FakeQueues()
    filled(pump_over(queues, Recorder()), "a", "b", "c").drain(NOW)
    assert [url.rsplit("/")[-1] for url in queues.receives] == [
        *["FirstQueue", "FirstQueue", "SecondQueue"],
        *["FirstQueue", "SecondQueue"],
    ]


def test_a_watching_pump_asks_only_queues_that_were_sent_to() -> None:
    queues = FakeQueues()
    pump = pump_over(queues, Recorder(bad={"b"}))
    pump.watch(cast(Any, queues))
    pump.drain(NOW)
    queues.receives.clear()
    assert pump.drain(NOW) == 0
    assert queues.receives == []
    queues.send_message(QueueUrl="http://sqs/000000000000/SecondQueue", MessageBody="b")
    assert pump.drain(NOW) == 1
    assert set(queues.receives) == {"http://sqs/000000000000/SecondQueue"}
    assert pump.drain(NOW + VISIBILITY) == 1


@settings(deadline=None)
@given(st.lists(st.sampled_from("gb"), max_size=30), st.integers(1, 12), st.booleans())
def test_a_drain_handles_every_message_exactly_once(kinds: list[str], batch_size: int, watch: bool) -> None:
    queues = FakeQueues()
    bodies = [f"{kind}{number}" for number, kind in enumerate(kinds)]
    function = Recorder(bad={body for body in bodies if body.startswith("b")})
    pump = pump_over(queues, function, template(batch_size))
    if watch:
        pump.watch(cast(Any, queues))
    filled(pump, *bodies).drain(NOW)
    assert [body for batch in function.batches for body in batch] == bodies
    assert queues.left() == [body for body in bodies if body.startswith("b")]
