"""What Lambda hands to a function for a batch of SQS messages, and how it reads the answer.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and services-sqs-errorhandling.html
"""

import base64
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueOutputTypeDef, MessageTypeDef

logger = logging.getLogger(__name__)


def queue_arn(client: "SQSClient", url: str) -> str:
    """The ARN of the queue at a URL, which ends in /<account>/<name>."""
    account, name = url.rstrip("/").split("/")[-2:]
    return f"arn:aws:sqs:{client.meta.region_name}:{account}:{name}"


def reported_failures(response: object, ids: set[str]) -> set[str]:
    """The ids of the messages that failed, by a function's response to a batch with these ids.

    As Lambda does: no response or no list means that all succeeded; a list that isn't of the shape
    [{"itemIdentifier": id}], or names an id that wasn't in the batch, means that all failed.
    """
    if response is None:
        return set()
    failures = response.get("batchItemFailures") if isinstance(response, dict) else [response]
    if not failures and (failures is None or isinstance(failures, list)):
        return set()
    named = [_identifier(failure) for failure in failures] if isinstance(failures, list) else [None]
    if not all(name in ids for name in named):
        logger.error("a malformed batch response counts as a failure of the batch: %r", response)
        return ids
    return {name for name in named if name is not None}


def _identifier(failure: object) -> str | None:
    name = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    return name if isinstance(name, str) else None


def sqs_event(messages: Sequence["MessageTypeDef"], arn: str) -> dict[str, Any]:
    """The event with which Lambda invokes a function for messages of the queue with this ARN."""
    return {"Records": [_record(message, arn) for message in messages]}


def _record(message: "MessageTypeDef", arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }


def _attribute(value: "MessageAttributeValueOutputTypeDef") -> dict[str, Any]:
    attribute = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
    if "BinaryValue" in value:
        return attribute | {"binaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    return attribute | {"stringValue": value["StringValue"]}
