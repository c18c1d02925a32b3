"""A batch is worked message by message."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.local.invocation import LambdaContext
from infra.local.platform import Platform
from nunchi import database, outbox
from nunchi.events import ArticleStored
from nunchi.models import OutboxRow, Stock
from nunchi.queues import Write, consumer
from tests.factories import NOON, stock

CONTEXT = LambdaContext("Test", "arn:aws:lambda:x:1:function:Test", 128, 60)


def event(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": str(number),
                "body": body,
                "eventSource": "aws:sqs",
                "receiptHandle": "r",
                "attributes": {},
            }
            for number, body in enumerate(bodies)
        ]
    }


def failures(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


@pytest.fixture
def bodies(started: Platform) -> list[str]:
    with database.session() as session:
        for _ in range(3):
            outbox.add(session, ArticleStored(article_id=uuid4()), correlation_id="c", now=NOON)
        session.flush()
        rows = list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))
    return [outbox._envelope(row).model_dump_json() for row in rows]


def code_of(article_id: UUID) -> str:
    return f"{article_id.int % 1_000_000:06}"


@consumer(ArticleStored)
def store(message: ArticleStored, now: datetime) -> Write:
    """A consumer that stores one row a message."""
    return lambda session: session.add(stock(code_of(message.article_id), name=str(message.article_id)))


def stored() -> int:
    with database.session() as session:
        return len(list(session.scalars(select(Stock))))


def test_each_message_is_written_and_closed(bodies: list[str]) -> None:
    assert failures(store(event(*bodies), CONTEXT)) == []
    assert stored() == 3
    with database.session() as session:
        assert outbox.waiting(session) == 0


def test_a_message_delivered_again_does_nothing(bodies: list[str]) -> None:
    assert failures(store(event(bodies[0], bodies[0]), CONTEXT)) == []
    assert failures(store(event(bodies[0]), CONTEXT)) == []
    assert stored() == 1


@pytest.mark.parametrize(
    "broken",
    [
        "not json",
        "{}",
        json.dumps({"outbox_id": 1, "name": "ForecastDue", "correlation_id": "c", "payload": {}}),
        json.dumps(
            {"outbox_id": 1, "name": "ArticleStored", "correlation_id": "c", "payload": {"article_id": "x"}}
        ),
    ],
)
def test_a_bad_message_fails_alone(bodies: list[str], broken: str) -> None:
    assert failures(store(event(bodies[0], broken, bodies[2]), CONTEXT)) == ["1"]
    assert stored() == 2


def test_a_write_that_fails_leaves_nothing_and_its_event_open(bodies: list[str]) -> None:
    @consumer(ArticleStored)
    def half(message: ArticleStored, now: datetime) -> Write:
        def write(session: Session) -> None:
            session.add(stock(code_of(message.article_id), name=str(message.article_id)))
            session.flush()
            raise RuntimeError("the store died in the middle")

        return write

    assert failures(half(event(*bodies), CONTEXT)) == ["0", "1", "2"]
    assert stored() == 0
    with database.session() as session:
        assert outbox.waiting(session) == 3


def test_two_consumers_of_the_same_message_write_once(bodies: list[str]) -> None:
    @consumer(ArticleStored)
    def raced(message: ArticleStored, now: datetime) -> Write:
        def write(session: Session) -> None:
            session.add(stock(code_of(message.article_id), name=str(message.article_id)))

        assert failures(store(event(bodies[0]), CONTEXT)) == []  # another environment is faster
        return write

    assert failures(raced(event(bodies[0]), CONTEXT)) == []
    assert stored() == 1
