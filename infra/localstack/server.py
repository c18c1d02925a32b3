"""LocalStack's process, in its own environment: `python -m infra.localstack.server`.

It is LocalStack's own command with our executor, and with queues that are as quick as a replay is: their pollers wait
for a message instead of asking each second, and a message that failed can be received again after `AGAIN_S` seconds
instead of its queue's visibility timeout, which is half an hour of a day that is played in minutes. How often it may
be received before it is dead is the queue's own. And a deployment looks for its resources ten times a second, not each
five seconds, of which a stack of ours has many.
"""

import sys
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


def deploy_quickly() -> None:
    """Makes CloudFormation look again soon for what is being created."""
    ResourceProviderExecutor.deploy_loop = partialmethod(
        ResourceProviderExecutor.deploy_loop, sleep_time=LOOK_S
    )


if __name__ == "__main__":
    use_processes()
    use_quick_queues()
    deploy_quickly()
    sys.exit(main())
