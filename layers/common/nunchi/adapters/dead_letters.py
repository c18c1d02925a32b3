"""Dead-letter queues: what lies in them is looked at without losing it, and moved back to where it came from.

Messages that are received are hidden for a while and then come back by themselves, so that nothing is lost wherever a
caller dies. All functions raise `UpstreamError` for what SQS refuses.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from nunchi.adapters.sqs import BATCH, get_client
from nunchi.errors import UpstreamError

HIDDEN_S = 30  # longer than one request may take
R = TypeVar("R")


@dataclass(frozen=True)
class Letter:
    """A message as it was received: how often so far, and when it was first sent (aware)."""

    message_id: str
    body: str
    receives: int
    sent_at: datetime
    receipt: str


def depth(url: str) -> int:
    """About how many messages lie in a queue, hidden ones included."""
    names: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = _asked(lambda: get_client().get_queue_attributes(QueueUrl=url, AttributeNames=names))
    return sum(int(answer["Attributes"][name]) for name in names)


def held(url: str) -> Iterator[list[Letter]]:
    """Batch after batch of what lies in a queue, each message once, all hidden from others for `HIDDEN_S`."""
    seen: set[str] = set()
    while batch := _received(url):
        fresh = [one for one in batch if one.message_id not in seen]
        seen.update(one.message_id for one in fresh)
        if not fresh:
            return
        yield fresh


def show(url: str, letters: Sequence[Letter]) -> None:
    """Ends the hiding of messages that were received."""
    for batch in _batches(letters):
        entries: Any = [
            {"Id": str(number), "ReceiptHandle": one.receipt, "VisibilityTimeout": 0}
            for number, one in enumerate(batch)
        ]
        _asked(lambda: get_client().change_message_visibility_batch(QueueUrl=url, Entries=entries))  # noqa: B023


def move(letters: Sequence[Letter], source: str, target: str) -> int:
    """Sends messages to a queue and then deletes them from the one that they lay in. Returns how many.

    One that was sent and could not be deleted is there twice; its consumer works it once.
    """
    moved = 0
    for batch in _batches(letters):
        moved += len(_deleted(source, _sent(target, batch)))
    return moved


def _sent(url: str, batch: Sequence[Letter]) -> list[Letter]:
    entries: Any = [{"Id": str(number), "MessageBody": one.body} for number, one in enumerate(batch)]
    answer = _asked(lambda: get_client().send_message_batch(QueueUrl=url, Entries=entries))
    return [batch[int(done["Id"])] for done in answer.get("Successful", [])]


def _deleted(url: str, batch: Sequence[Letter]) -> list[Letter]:
    if not batch:
        return []
    entries: Any = [{"Id": str(number), "ReceiptHandle": one.receipt} for number, one in enumerate(batch)]
    answer = _asked(lambda: get_client().delete_message_batch(QueueUrl=url, Entries=entries))
    return [batch[int(done["Id"])] for done in answer.get("Successful", [])]


def _received(url: str) -> list[Letter]:
    answer = _asked(
        lambda: get_client().receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN_S,
            WaitTimeSeconds=1,  # at once, SQS asks only some of its servers
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
    )
    return [_letter(one) for one in answer.get("Messages", [])]


def _letter(message: Any) -> Letter:
    attributes = message["Attributes"]
    return Letter(
        message_id=message["MessageId"],
        body=message["Body"],
        receives=int(attributes["ApproximateReceiveCount"]),
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        receipt=message["ReceiptHandle"],
    )


def _batches(letters: Sequence[Letter]) -> Iterator[Sequence[Letter]]:
    for start in range(0, len(letters), BATCH):
        yield letters[start : start + BATCH]


def _asked(call: Callable[[], R]) -> R:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except (BotoCoreError, ClientError) as exc:
        raise UpstreamError("SQS", type(exc).__name__, passing=True) from exc
