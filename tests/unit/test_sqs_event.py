"""The event that a function gets for SQS messages, and the reading of its answer."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.sqs_event import reported_failures, sqs_event

ARN = "arn:aws:sqs:ap-northeast-2:000000000000:FirstQueue"


def test_the_event_has_the_shape_that_lambda_sends() -> None:
    message: Any = {
        "MessageId": "m1",
        "ReceiptHandle": "r1",
        "Body": "{}",
        "MD5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
        "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1790000000000"},
        "MessageAttributes": {
            "trace": {"DataType": "String", "StringValue": "t1"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    }
    (record,) = sqs_event([message], ARN)["Records"]
    assert record == {
        "messageId": "m1",
        "receiptHandle": "r1",
        "body": "{}",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1790000000000"},
        "messageAttributes": {
            "trace": {
                "dataType": "String",
                "stringValue": "t1",
                "stringListValues": [],
                "binaryListValues": [],
            },
            "raw": {
                "dataType": "Binary",
                "binaryValue": "AAE=",
                "stringListValues": [],
                "binaryListValues": [],
            },
        },
        "md5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN,
        "awsRegion": "ap-northeast-2",
    }


@settings(deadline=None)
@given(st.sets(st.sampled_from("abcdefgh"), min_size=1), st.data())
def test_reported_failures_are_exactly_the_named_ids(ids: set[str], data: st.DataObject) -> None:
    named = data.draw(st.lists(st.sampled_from(sorted(ids))))
    response = {"batchItemFailures": [{"itemIdentifier": name} for name in named]}
    assert reported_failures(response, ids) == set(named)
