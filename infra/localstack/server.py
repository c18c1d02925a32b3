"""LocalStack's process, in its own environment: `python -m infra.localstack.server`.

It is LocalStack's own command with our executor, and with queues that are as quick as a replay is: their pollers wait
for a message instead of asking each second, and a message that failed can be received again after `AGAIN_S` seconds
instead of its queue's visibility timeout, which is half an hour of a day that is played in minutes. How often it may
be received before it is dead is the queue's own. And a deployment looks for its resources ten times a second, not each
five seconds, of which a stack of ours has many.
"""

import sys
from collections import defaultdict
from functools import partialmethod
from typing import Any

from localstack.runtime.main import main
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller
from localstack.services.lambda_.invocation import execution_environment, runtime_executor, version_manager

from infra.localstack.executor import ProcessExecutor

AGAIN_S = 2
WAIT_S = 5
LOOK_S = 0.1


def use_processes() -> None:
    """Makes every Lambda environment a process."""
    from localstack.services.lambda_ import provider

    for module in (execution_environment, runtime_executor, version_manager, provider):
        module.get_runtime_executor = lambda: ProcessExecutor


class Poller(SqsPoller):  # type: ignore[misc] # LocalStack is not in this environment
    """LocalStack's poller of a queue."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.maximum_batching_window = (
            WAIT_S  # it asks with WaitTimeSeconds, and SQS answers with the first message
        )
        self._deleted = set[str]()

    def handle_messages(self, messages: list[dict[str, Any]]) -> None:
        self._deleted = set()
        try:
            super().handle_messages(messages)
        finally:
            self._show_again([one for one in messages if one["MessageId"] not in self._deleted])

    def delete_messages(self, messages: list[dict[str, Any]], message_ids_to_delete: set[str]) -> None:
        super().delete_messages(messages, message_ids_to_delete)
        self._deleted |= message_ids_to_delete

    def _show_again(self, failed: list[dict[str, Any]]) -> None:
        entries = [
            {"Id": str(place), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": AGAIN_S}
            for place, one in enumerate(failed)
        ]
        if entries:
            self.source_client.change_message_visibility_batch(QueueUrl=self.queue_url, Entries=entries)


def use_quick_queues() -> None:
    """Makes LocalStack build our poller for queues."""
    from localstack.services.lambda_.event_source_mapping import esm_worker_factory

    esm_worker_factory.SqsPoller = Poller


def count_what_is_taken() -> None:
    """Makes a queue count a message until it is deleted.

    LocalStack takes a message out of what is visible some steps before it counts it as in flight. One who looks in
    between sees an empty queue, and the more often, the busier the machine is.
    """
    from localstack.services.sqs.models import SqsMessage, SqsQueue, StandardQueue

    kept: dict[SqsQueue, set[SqsMessage]] = defaultdict(set)
    put, remove, receive = StandardQueue._put_message, StandardQueue._on_remove_message, StandardQueue.receive

    def put_and_keep(queue: SqsQueue, message: SqsMessage) -> None:
        kept[queue].add(message)
        put(queue, message)

    def remove_and_forget(queue: SqsQueue, message: SqsMessage) -> None:
        remove(queue, message)
        kept[queue].discard(message)

    def receive_and_forget_dead(queue: SqsQueue, *args: Any, **kwargs: Any) -> Any:
        result = receive(queue, *args, **kwargs)
        kept[queue].difference_update(result.dead_letter_messages)
        return result

    def taken(queue: SqsQueue) -> int:
        left = sum(1 for one in list(kept[queue]) if not one.deleted)
        return max(0, left - int(queue.visible.qsize()))

    StandardQueue._put_message = put_and_keep
    StandardQueue._on_remove_message = remove_and_forget
    StandardQueue.receive = receive_and_forget_dead
    StandardQueue.approx_number_of_messages_not_visible = property(taken)


def deploy_quickly() -> None:
    """Makes CloudFormation look again soon for what is being created."""
    ResourceProviderExecutor.deploy_loop = partialmethod(
        ResourceProviderExecutor.deploy_loop, sleep_time=LOOK_S
    )


if __name__ == "__main__":
    use_processes()
    use_quick_queues()
    count_what_is_taken()
    deploy_quickly()
    sys.exit(main())
