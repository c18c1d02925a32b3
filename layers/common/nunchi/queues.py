"""Turns an SQS batch into typed messages: one transaction each, and a bad message fails alone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from nunchi import clock, database, observability, outbox
from nunchi.errors import NunchiError
from nunchi.events import Event

E = TypeVar("E", bound=Event)
Write = Callable[[Session], None]


class UnexpectedMessage(NunchiError):
    """A queue held a message of another kind than its consumer takes."""


class Postponed(NunchiError):
    """Work that can't be done before `until`. Its event stays open, and the Relay sends it again then.

    So the message counts as handled: it uses up none of the receives after which its queue calls it dead.
    """

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(f"not before {until.isoformat()}: {reason}")
        self.until = until


def consumer(expected: type[E]) -> Callable[[Callable[[E, datetime], Write]], observability.Handler]:
    """Makes a Lambda handler of a function that works one message.

    The function reads and calls as it needs to, holding no transaction across a call, and returns what is
    to be written. That runs in the transaction that closes the message's event, so it happens once.
    """

    def decorate(work: Callable[[E, datetime], Write]) -> observability.Handler:
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            from aws_lambda_powertools.utilities.batch import (
                BatchProcessor,
                EventType,
                process_partial_response,
            )

            observability.begin(context)
            processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
            answer = process_partial_response(
                event=event,
                record_handler=lambda record: _work_one(expected, work, record.body),
                processor=processor,
            )
            observability.end()
            return dict(answer)

        return observability.traced(handler)

    return decorate


def _work_one(expected: type[E], work: Callable[[E, datetime], Write], body: str) -> None:
    logger = observability.get_logger()
    logger.remove_keys(["correlation_id"])  # the last message's
    try:
        envelope = outbox.Envelope.model_validate_json(body)
        if envelope.name != expected.__name__:
            raise UnexpectedMessage(f"expected {expected.__name__}, got {envelope.name!r}")
        message = expected.model_validate(envelope.payload)
        logger.append_keys(correlation_id=envelope.correlation_id)
        with observability.segment(envelope.name, correlation_id=envelope.correlation_id):
            _work_once(message, work, envelope.outbox_id)
    except Postponed as exc:
        logger.info("a message is postponed", outbox_id=envelope.outbox_id, until=exc.until.isoformat())
        observability.count("MessagesPostponed", event=expected.__name__)
        with database.session() as session:
            outbox.postpone(session, envelope.outbox_id, until=exc.until)
    except Exception as exc:
        logger.exception("a message failed", error=type(exc).__name__)
        observability.count("MessagesFailed", event=expected.__name__)
        raise


def _work_once(message: E, work: Callable[[E, datetime], Write], outbox_id: int) -> None:
    with database.session() as session:
        if not outbox.is_open(session, outbox_id):
            return
    now = clock.now()
    write = work(message, now)
    with outbox.transaction() as session:
        if outbox.close(session, outbox_id, now=now):
            write(session)
