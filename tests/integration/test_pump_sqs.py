"""The queue pump over SQS's protocol, as the moto server speaks it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.local import aws
from infra.local.pump import Pump, create_queues
from infra.local.template import parse_template

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NOW = datetime(2026, 10, 19, 6, 40, tzinfo=UTC)
STEP = timedelta(seconds=60)
TEMPLATE = parse_template("""
Resources:
  WorkQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt WorkDeadLetterQueue.Arn, maxReceiveCount: 3}
  WorkDeadLetterQueue: {Type: AWS::SQS::Queue}
  WorkFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      CodeUri: functions/
      Events:
        Work:
          Type: SQS
          Properties:
            Queue: !GetAtt WorkQueue.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
""")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aws.running(tmp_path_factory.mktemp("aws")) as url:
        yield url


def sqs(endpoint: str) -> "SQSClient":
    client: SQSClient = boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name="ap-northeast-2",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    return client


@pytest.fixture
def client(endpoint: str) -> Iterator["SQSClient"]:
    client = sqs(endpoint)
    yield client
    for url in client.list_queues().get("QueueUrls", []):
        client.delete_queue(QueueUrl=url)
    client.close()


def bodies(client: "SQSClient", url: str) -> list[str]:
    answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_queues_are_created_once_with_their_timeout_and_dead_letter_queue(client: "SQSClient") -> None:
    urls = create_queues(client, TEMPLATE)
    assert create_queues(client, TEMPLATE) == urls
    answer = client.get_queue_attributes(QueueUrl=urls["WorkQueue"], AttributeNames=["All"])
    assert answer["Attributes"]["VisibilityTimeout"] == "60"
    assert "WorkDeadLetterQueue" in answer["Attributes"]["RedrivePolicy"]
    assert len(client.list_queues()["QueueUrls"]) == 2


def test_the_function_gets_the_record_of_the_message(client: "SQSClient") -> None:
    urls = create_queues(client, TEMPLATE)
    events: list[dict[str, Any]] = []
    attributes: Any = {"trace": {"DataType": "String", "StringValue": "t1"}}
    client.send_message(QueueUrl=urls["WorkQueue"], MessageBody='{"id": 1}', MessageAttributes=attributes)
    Pump(TEMPLATE, urls, client, lambda _, event: events.append(event)).drain(NOW)
    ((record,),) = [event["Records"] for event in events]
    assert record["body"] == '{"id": 1}'
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert int(record["attributes"]["SentTimestamp"]) > 0
    assert record["messageAttributes"]["trace"]["stringValue"] == "t1"
    arn = client.get_queue_attributes(QueueUrl=urls["WorkQueue"], AttributeNames=["QueueArn"])
    assert record["eventSourceARN"] == arn["Attributes"]["QueueArn"]


def test_a_message_that_keeps_failing_becomes_a_dead_letter(client: "SQSClient") -> None:
    urls = create_queues(client, TEMPLATE)
    counts: list[str] = []

    def work(function: str, event: dict[str, Any]) -> dict[str, Any]:
        bad = [record for record in event["Records"] if record["body"] == "bad"]
        counts.extend(record["attributes"]["ApproximateReceiveCount"] for record in bad)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in bad]}

    pump = Pump(TEMPLATE, urls, client, work)
    for body in ("good", "bad", "fine"):
        pump.send("WorkQueue", body)
    assert [pump.drain(NOW + step * STEP) for step in range(5)] == [3, 1, 1, 0, 0]
    assert counts == ["1", "2", "3"]
    assert bodies(client, urls["WorkQueue"]) == []
    assert bodies(client, urls["WorkDeadLetterQueue"]) == ["bad"]
    assert (pump.handled["WorkQueue"], pump.failed["WorkQueue"]) == (2, 3)


def test_a_watched_sender_wakes_the_pump(client: "SQSClient", endpoint: str) -> None:
    urls = create_queues(client, TEMPLATE)
    seen: list[str] = []
    sender = sqs(endpoint)
    pump = Pump(TEMPLATE, urls, client, lambda _, event: seen.extend(r["body"] for r in event["Records"]))
    pump.watch(sender)
    assert pump.drain(NOW) == 0
    sender.send_message(QueueUrl=urls["WorkQueue"], MessageBody="one")
    assert pump.drain(NOW) == 1
    entries: Any = [{"Id": str(n), "MessageBody": f"more {n}"} for n in range(3)]
    sender.send_message_batch(QueueUrl=urls["WorkQueue"], Entries=entries)
    assert pump.drain(NOW) == 3
    assert seen == ["one", "more 0", "more 1", "more 2"]
    sender.close()


def test_a_poll_waits_for_a_first_message_no_longer_than_told(client: "SQSClient") -> None:
    urls = create_queues(client, TEMPLATE)
    pump = Pump(TEMPLATE, urls, client, lambda *_: None)
    (source,) = TEMPLATE.queue_sources
    assert pump.poll(source, wait_s=1) == 0
    pump.send("WorkQueue", "one")
    assert pump.poll(source, wait_s=1) == 1
