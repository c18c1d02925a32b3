"""A worker killed with -9 right before the commit of its message: `python -m tests.integration.paid_worker BODY`.

Its environment is that of the test that starts it.
"""

import os
import signal
import sys
from datetime import datetime
from typing import Any

from infra.local.invocation import LambdaContext
from nunchi import clock, outbox
from tests.factories import NOON


def die(*_args: Any, **_more: Any) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def now() -> datetime:
    return NOON


def main(body: str) -> None:
    from predict.predict import handler

    outbox.close = die  # what the consumer calls first in the transaction that would commit the answer
    record = {
        "messageId": "1",
        "body": body,
        "eventSource": "aws:sqs",
        "receiptHandle": "r",
        "attributes": {},
    }
    with clock.driven_by(now):
        handler(
            {"Records": [record]}, LambdaContext("Predict", "arn:aws:lambda:x:1:function:Predict", 128, 60)
        )


if __name__ == "__main__":
    main(sys.argv[1])
