"""Queues to functions, as Lambda's event source mapping for SQS does it.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.local.sqs_event import queue_arn, reported_failures, sqs_event
from infra.local.template import QueueSource, Template

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import MessageTypeDef

logger = logging.getLogger(__name__)

Invoke = Callable[[str, dict[str, Any]], object]
MOST_PER_CALL = 10  # SQS's limit for receiving and deleting


def create_queues(client: "SQSClient", template: Template) -> dict[str, str]:
    """Create the template's queues, or bring existing ones up to date; give their URLs by logical name."""
    urls = {name: client.create_queue(QueueName=name)["QueueUrl"] for name in template.queues}
    for queue in template.queues.values():
        attributes: dict[QueueAttributeNameType, str] = {"VisibilityTimeout": str(queue.visibility_timeout_s)}
        if queue.dead_letter_queue:
            target = queue_arn(client, urls[queue.dead_letter_queue])
            redrive = {"deadLetterTargetArn": target, "maxReceiveCount": queue.max_receive_count}
            attributes["RedrivePolicy"] = json.dumps(redrive)
        client.set_queue_attributes(QueueUrl=urls[queue.name], Attributes=attributes)
    return urls


@dataclass(frozen=True)
class _Hidden:
    """A message whose handling failed at `since`: hidden until its queue's visibility timeout has passed."""

    queue: str
    receipt_handle: str
    since: datetime


class Pump:
    """Moves messages from queues to functions.

    `invoke(function, event)` runs a function and gives its response, or raises. `handled` and `failed` count
    messages by queue; a message that is tried again counts again.

    Live: call `poll` in a loop, in a thread for each source. Replay: call `drain` after each simulated step.
    """

    def __init__(
        self, template: Template, urls: Mapping[str, str], client: "SQSClient", invoke: Invoke
    ) -> None:
        self.handled: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self._template = template
        self._urls = urls
        self._client = client
        self._invoke = invoke
        self._hidden: list[_Hidden] = []
        self._names = {url: name for name, url in urls.items()}
        self._filled: set[str] | None = None

    def send(self, queue: str, body: str) -> None:
        """Put a message on a queue, given by its logical name."""
        self._client.send_message(QueueUrl=self._urls[queue], MessageBody=body)
        self._note_sent({"QueueUrl": self._urls[queue]})

    def watch(self, sender: "SQSClient") -> None:
        """Let `drain` ask only those queues that `sender` has sent to since they were last found empty.

        Only for replays in one thread, where nobody else sends and no message is delayed; it saves most of
        the calls. Every queue counts as filled at first.
        """
        self._filled = set(self._template.queues)
        sender.meta.events.register("provide-client-params.sqs.SendMessage", self._note_sent)
        sender.meta.events.register("provide-client-params.sqs.SendMessageBatch", self._note_sent)

    def poll(self, source: QueueSource, wait_s: int = 0) -> int:
        """Receive one batch, waiting up to `wait_s` (0 to 20) for a first message, and work it.

        Gives the number of messages received. What failed becomes visible again after the queue's visibility
        timeout, and goes to the dead-letter queue when it was received too often.
        """
        messages = self._receive(source, wait_s)
        self._work(source, messages)
        return len(messages)

    def drain(self, now: datetime) -> int:
        """Work all queues, in the template's order, until a whole round finds nothing; for replays.

        `now` is the simulated time: messages that failed in an earlier drain are tried again once their
        queue's visibility timeout has passed in it. Gives the number of messages received.
        """
        self._show_again(now)
        total = 0
        while received := sum(self._empty(source, now) for source in self._template.queue_sources):
            total += received
        return total

    def _empty(self, source: QueueSource, now: datetime) -> int:
        """Work one queue until a batch isn't full."""
        if self._filled is not None and source.queue not in self._filled:
            return 0
        total, full = 0, True
        while full:
            messages = self._receive(source, wait_s=0)
            full = len(messages) == source.batch_size
            if not full:  # noted before the work, which may send to this very queue
                self._note_empty(source.queue)
            failed = self._work(source, messages)
            self._hidden += [_Hidden(source.queue, message["ReceiptHandle"], now) for message in failed]
            total += len(messages)
        return total

    def _receive(self, source: QueueSource, wait_s: int) -> list["MessageTypeDef"]:
        messages: list[MessageTypeDef] = []
        for wanted in _chunk_sizes(source.batch_size):
            answer = self._client.receive_message(
                QueueUrl=self._urls[source.queue],
                MaxNumberOfMessages=wanted,
                WaitTimeSeconds=0 if messages else wait_s,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            messages += answer.get("Messages", [])
            if len(answer.get("Messages", [])) < wanted:
                break
        return messages

    def _work(self, source: QueueSource, messages: Sequence["MessageTypeDef"]) -> list["MessageTypeDef"]:
        """Invoke the function with a batch, delete what it handled, and give what failed."""
        if not messages:
            return []
        failed_ids = self._failed_ids(source, messages)
        self._delete(source, [message for message in messages if message["MessageId"] not in failed_ids])
        failed = [message for message in messages if message["MessageId"] in failed_ids]
        self.handled[source.queue] += len(messages) - len(failed)
        self.failed[source.queue] += len(failed)
        return failed

    def _failed_ids(self, source: QueueSource, messages: Sequence["MessageTypeDef"]) -> set[str]:
        arn = queue_arn(self._client, self._urls[source.queue])
        ids = {message["MessageId"] for message in messages}
        try:
            response = self._invoke(source.function, sqs_event(messages, arn))
        except Exception:
            logger.exception("%s failed with a batch of %s", source.function, source.queue)
            return ids
        return reported_failures(response, ids) if source.report_failures else set()

    def _delete(self, source: QueueSource, messages: Sequence["MessageTypeDef"]) -> None:
        for start in range(0, len(messages), MOST_PER_CALL):
            answer = self._client.delete_message_batch(
                QueueUrl=self._urls[source.queue],
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages[start : start + MOST_PER_CALL])
                ],
            )
            for failure in answer.get("Failed", []):
                logger.warning("a message of %s wasn't deleted: %s", source.queue, failure)

    def _show_again(self, now: datetime) -> None:
        """Make visible what failed long enough ago in simulated time."""
        waiting, self._hidden = self._hidden, []
        for hidden in waiting:
            if hidden.since + self._timeout(hidden.queue) <= now:
                self._show(hidden)
            else:
                self._hidden.append(hidden)

    def _show(self, hidden: _Hidden) -> None:
        url = self._urls[hidden.queue]
        self._note_sent({"QueueUrl": url})
        try:
            self._client.change_message_visibility(
                QueueUrl=url, ReceiptHandle=hidden.receipt_handle, VisibilityTimeout=0
            )
        except ClientError as exc:
            if "MessageNotInflight" not in exc.response["Error"]["Code"]:
                raise  # in flight no more: the timeout has passed in real time too

    def _timeout(self, queue: str) -> timedelta:
        return timedelta(seconds=self._template.queues[queue].visibility_timeout_s)

    def _note_sent(self, params: Mapping[str, Any], **_: object) -> None:
        queue = self._names.get(params.get("QueueUrl", ""))
        if self._filled is not None and queue is not None:
            self._filled.add(queue)

    def _note_empty(self, queue: str) -> None:
        if self._filled is not None:
            self._filled.discard(queue)


def _chunk_sizes(total: int) -> Iterator[int]:
    while total > 0:
        yield min(total, MOST_PER_CALL)
        total -= MOST_PER_CALL
