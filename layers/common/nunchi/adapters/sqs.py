"""Sending to SQS queues by their short names."""

from functools import cache
from typing import TYPE_CHECKING

from nunchi.errors import UpstreamError
from nunchi.settings import get_settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10  # messages a call, by SQS's own limit


@cache
def get_client() -> "SQSClient":
    """The SQS client, built once."""
    import boto3

    client: SQSClient = boto3.client("sqs")
    return client


def send(queue: str, bodies: list[str]) -> None:
    """Sends message bodies in order. Raises `UpstreamError` when SQS refuses any of them."""
    url = get_settings().queue_url(queue)
    for start in range(0, len(bodies), BATCH):
        entries = [
            {"Id": str(number), "MessageBody": body}
            for number, body in enumerate(bodies[start : start + BATCH])
        ]
        answer = get_client().send_message_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type]
        if answer.get("Failed"):
            raise UpstreamError("SQS", f"{len(answer['Failed'])} messages refused", passing=True)
