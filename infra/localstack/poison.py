"""A poisoned message and one that a broken table made fail: both end in the dead-letter queue, and can be redriven."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import text

from infra.local.errors import LocalError
from infra.localstack.queues import Queues
from nunchi import database, outbox
from nunchi.events import ArticleStored

QUEUE, DEAD = "EmbedQueue", "EmbedDeadLetterQueue"
ASYNC_DEAD, ASYNC_FUNCTION = "AsyncFailureQueue", "RelayFunction"
POISON = json.dumps({"name": "Poison", "payload": "of no event of ours"})
DEADLINE_S, POLL_S = 120, 0.2


def check(queues: Queues, now: datetime) -> None:
    """Raises LocalError for a message that is not where it must be."""
    with broken_table():
        queues.send(_physical(queues, QUEUE), POISON)
        number = _send_real(now)
        _until(queues, QUEUE, 0)
        _until(queues, DEAD, 2)
    redrive(queues)
    _until(queues, DEAD, 1)  # the poison is back; the other one is worked
    _until(queues, QUEUE, 0)
    with database.session() as session:
        if outbox.is_open(session, number):
            raise LocalError("a message was redriven, but its work was not done")


def check_async(queues: Queues) -> None:
    """An asynchronous invocation that fails each time leaves its record. Raises LocalError."""
    before = queues.waiting(ASYNC_DEAD)
    function = queues.stack.resources[ASYNC_FUNCTION]
    queues.stack.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    _until(queues, ASYNC_DEAD, before + 1)


@contextmanager
def broken_table() -> Iterator[None]:
    """A deployment gone wrong: the consumer's table has another name for a while."""
    with database.session() as session:
        session.execute(text("ALTER TABLE articles RENAME TO articles_elsewhere"))
    try:
        yield
    finally:
        with database.session() as session:
            session.execute(text("ALTER TABLE articles_elsewhere RENAME TO articles"))


def redrive(queues: Queues) -> None:
    """Sends what is dead back to its queue, as an operator does."""
    arn = queues.attributes(DEAD)["QueueArn"]
    queues.stack.client("sqs").start_message_move_task(SourceArn=arn)
    end = time.monotonic() + DEADLINE_S
    while queues.waiting(DEAD) and time.monotonic() < end:
        time.sleep(POLL_S)


def _send_real(now: datetime) -> int:
    """Sends an event that a consumer can work once the table is there again; gives its number."""
    with database.session() as session:
        article = session.execute(
            text("SELECT id FROM articles_elsewhere ORDER BY known_at LIMIT 1")
        ).scalar_one()
    with outbox.transaction() as session:
        outbox.add(session, ArticleStored(article_id=article), correlation_id="e2e", now=now)
    with database.session() as session:
        return max(row.id for row in outbox.unclosed(session))


def _physical(queues: Queues, name: str) -> str:
    return queues.url(name).rsplit("/", 1)[-1]


def _until(queues: Queues, name: str, wanted: int) -> None:
    end = time.monotonic() + DEADLINE_S
    while (found := queues.waiting(name)) != wanted:
        if time.monotonic() > end:
            raise LocalError(f"{name} has {found} messages instead of {wanted}")
        time.sleep(POLL_S)
