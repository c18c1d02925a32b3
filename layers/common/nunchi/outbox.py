"""Events that can't be lost: rows committed with the data they tell of, sent after, closed by the consumer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from nunchi import database
from nunchi.adapters import sqs
from nunchi.events import Event
from nunchi.models.outbox import OutboxRow
from nunchi.observability import count, get_logger

MAX_ATTEMPTS = 6
PART = 500  # events of one transaction of the Relay's
RELAY_S = 30.0  # after which a run of the Relay begins no further part; its function has 50 seconds
SPREAD_S = 60  # over which postponed events come back
_OUTGOING = "outbox"


class Envelope(BaseModel):
    """A queue message's body."""

    model_config = ConfigDict(hide_input_in_errors=True)

    outbox_id: int
    name: str
    correlation_id: str
    payload: dict[str, object]


def add(session: Session, event: Event, *, correlation_id: str, now: datetime) -> None:
    """Writes an event in the caller's transaction; it is sent once that has committed."""
    row = OutboxRow(
        name=type(event).__name__,
        queue=event.queue,
        payload=event.model_dump(mode="json"),
        correlation_id=correlation_id,
        created_at=now,
        deadline_at=now + event.patience,
        patience_s=int(event.patience.total_seconds()),
    )
    session.add(row)
    session.info.setdefault(_OUTGOING, []).append(row)


@contextmanager
def transaction() -> Iterator[Session]:
    """A transaction at the edge whose events are sent after its commit. A send that fails is the Relay's."""
    with database.session() as session:
        yield session
    send(session.info.pop(_OUTGOING, []))


def send(rows: list[OutboxRow]) -> None:
    """Sends committed rows to their queues, in their order; failures are counted and left to the Relay."""
    for queue in dict.fromkeys(row.queue for row in rows):
        bodies = [_envelope(row).model_dump_json() for row in rows if row.queue == queue]
        try:
            sqs.send(queue, bodies)
        except Exception as exc:
            get_logger().warning("events not sent", queue=queue, events=len(bodies), error=type(exc).__name__)
            count("EventsNotSent", len(bodies), queue=queue)


def _envelope(row: OutboxRow) -> Envelope:
    return Envelope(outbox_id=row.id, name=row.name, correlation_id=row.correlation_id, payload=row.payload)


def is_open(session: Session, outbox_id: int) -> bool:
    """Whether an event still waits for its consumer."""
    query = select(OutboxRow.id).where(OutboxRow.id == outbox_id, OutboxRow.closed_at.is_(None))
    return session.scalar(query) is not None


def is_waiting(session: Session, event: Event) -> bool:
    """Whether an event with this content still waits for its consumer, and is not given up."""
    query = select(OutboxRow.id).where(
        OutboxRow.name == type(event).__name__,
        OutboxRow.payload == event.model_dump(mode="json"),
        OutboxRow.closed_at.is_(None),
        OutboxRow.given_up_at.is_(None),
    )
    return session.scalar(query.limit(1)) is not None


def close(session: Session, outbox_id: int, *, now: datetime) -> bool:
    """Closes an event in the consumer's transaction; False when another delivery already has."""
    query = (
        update(OutboxRow)
        .where(OutboxRow.id == outbox_id, OutboxRow.closed_at.is_(None))
        .values(closed_at=now)
        .returning(OutboxRow.id)
    )
    return session.scalar(query) is not None


def postpone(session: Session, outbox_id: int, *, until: datetime) -> None:
    """Lets the Relay send an open event again at `until`, or up to a minute later, so that not all come at once.

    That sending is none of the `MAX_ATTEMPTS`.
    """
    query = (
        update(OutboxRow)
        .where(OutboxRow.id == outbox_id, OutboxRow.closed_at.is_(None))
        .values(
            deadline_at=until + timedelta(seconds=outbox_id % SPREAD_S),
            attempts=func.greatest(OutboxRow.attempts - 1, 0),
        )
    )
    session.execute(query)


def unclosed(session: Session) -> list[OutboxRow]:
    """Every event that still waits for its consumer, oldest first."""
    query = select(OutboxRow).where(OutboxRow.closed_at.is_(None), OutboxRow.given_up_at.is_(None))
    return list(session.scalars(query.order_by(OutboxRow.id)))


def waiting(session: Session) -> int:
    """How many events still wait for their consumer."""
    query = select(func.count()).where(OutboxRow.closed_at.is_(None), OutboxRow.given_up_at.is_(None))
    return session.scalar(query) or 0


def take_overdue(session: Session, *, now: datetime, limit: int = PART) -> list[OutboxRow]:
    """Open events past their deadline, the longest overdue first: each has its next deadline set, or is given up after
    `MAX_ATTEMPTS`."""
    query = (
        select(OutboxRow)
        .where(OutboxRow.closed_at.is_(None), OutboxRow.given_up_at.is_(None), OutboxRow.deadline_at <= now)
        .order_by(OutboxRow.deadline_at, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(query))
    for row in rows:
        row.retry(now, MAX_ATTEMPTS)
    return rows


def relay(*, now: datetime, for_s: float = RELAY_S) -> dict[str, int]:
    """Sends again every open event whose deadline has passed, part by part. Returns how many were sent or given up.

    After `for_s` seconds it begins no further part: the next run takes the rest.
    """
    resent, given_up, ends = 0, 0, time.monotonic() + for_s
    while rows := _relay_part(now):
        lost = [row for row in rows if row.given_up_at is not None]
        resent, given_up = resent + len(rows) - len(lost), given_up + len(lost)
        if len(rows) < PART or time.monotonic() >= ends:
            break
    return {"resent": resent, "given_up": given_up}


def _relay_part(now: datetime) -> list[OutboxRow]:
    with database.session() as session:
        rows = take_overdue(session, now=now, limit=PART)
    _report_given_up([row for row in rows if row.given_up_at is not None])
    send([row for row in rows if row.given_up_at is None])
    return rows


def _report_given_up(rows: list[OutboxRow]) -> None:
    for row in rows:
        get_logger().error("an event is given up", outbox_id=row.id, event=row.name)
        count("EventsGivenUp", event=row.name)
    if rows:
        count("EventsLost", len(rows))  # whatever they tell of: an alarm watches one metric
