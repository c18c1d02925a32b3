"""The deployed queues: whether their messages are all worked, and what lies in the dead-letter queues."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.errors import LocalError
from infra.localstack.deploy import Stack

POLL_S = 0.02
DEADLINE_S = 300
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@dataclass
class Queues:
    """The queues with consumers, in an order in which none sends to one before it."""

    stack: Stack
    order: tuple[str, ...]  # logical names
    waited_s: float = 0.0
    _urls: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sqs = self.stack.client("sqs")

    def url(self, name: str) -> str:
        """A queue's URL by its logical name."""
        return self.stack.resources[name]

    def drain(self, _now: datetime) -> int:
        """Waits until a look at all queues, in order, finds none with a message. Raises LocalError.

        Gives how many messages it saw in a queue at most.
        """
        began, seen = time.monotonic(), 0
        while waiting := [found for name in self.order if (found := self._emptied(name, began))]:
            seen = max(seen, *waiting)
        self.waited_s += time.monotonic() - began
        return seen

    def _emptied(self, name: str, began: float) -> int:
        """Waits until a queue is empty; gives how many messages it had at most."""
        seen = 0
        while waiting := self.waiting(name):
            seen = max(seen, waiting)
            if time.monotonic() - began > DEADLINE_S:
                raise LocalError(f"{name} still has {waiting} messages after {DEADLINE_S} s")
            time.sleep(POLL_S)
        return seen

    def waiting(self, name: str) -> int:
        """How many messages a queue has, those included that a function works on."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self.url(name), AttributeNames=list(COUNTS))
        return sum(int(answer["Attributes"][count]) for count in COUNTS)

    def send(self, name: str, body: str) -> None:
        """Puts a message on a queue, given by its physical name."""
        url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        self._sqs.send_message(QueueUrl=url, MessageBody=body)

    def attributes(self, name: str) -> dict[str, Any]:
        """All attributes of a queue by its logical name."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self.url(name), AttributeNames=["All"])
        found: dict[str, Any] = answer["Attributes"]
        return found
