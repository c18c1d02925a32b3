"""Events are never lost between two steps."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from infra.local.platform import Platform
from nunchi import clock, database, outbox
from nunchi.adapters import sqs
from nunchi.errors import UpstreamError
from nunchi.events import ArticleStored
from nunchi.models import OutboxRow
from tests.factories import NOON


def add(session: object) -> None:
    outbox.add(session, ArticleStored(article_id=uuid4()), correlation_id="story-1", now=NOON)  # type: ignore[arg-type]


def received(queue: str) -> list[outbox.Envelope]:
    from nunchi.settings import get_settings

    url = get_settings().queue_url(queue)
    answer = sqs.get_client().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [outbox.Envelope.model_validate_json(message["Body"]) for message in answer.get("Messages", [])]


def rows() -> list[OutboxRow]:
    with database.session() as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def test_an_event_is_sent_after_its_commit(started: Platform) -> None:
    with outbox.transaction() as session:
        add(session)
        session.flush()
        assert received("embed") == []
    (envelope,) = received("embed")
    assert (envelope.name, envelope.correlation_id) == ("ArticleStored", "story-1")
    assert envelope.outbox_id == rows()[0].id


def test_an_event_of_a_transaction_that_fails_is_neither_kept_nor_sent(started: Platform) -> None:
    with pytest.raises(RuntimeError), outbox.transaction() as session:
        add(session)
        session.flush()
        raise RuntimeError
    assert rows() == []
    assert received("embed") == []


def test_a_committed_event_that_was_not_sent_is_delivered_by_the_relay(
    started: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_queue: str, _bodies: list[str]) -> None:
        raise UpstreamError("SQS", "away", passing=True)

    with monkeypatch.context() as broken:
        broken.setattr(sqs, "send", refuse)
        with outbox.transaction() as session:
            add(session)
    assert len(rows()) == 1
    due = NOON + ArticleStored.patience
    assert outbox.relay(now=due - timedelta(seconds=1)) == {"resent": 0, "given_up": 0}
    assert outbox.relay(now=due) == {"resent": 1, "given_up": 0}
    assert [envelope.outbox_id for envelope in received("embed")] == [rows()[0].id]


def test_the_relay_runs_as_its_scheduled_function(started: Platform) -> None:
    with outbox.transaction() as session:
        add(session)
    (schedule,) = started.template.functions["RelayFunction"].schedules
    later = NOON + ArticleStored.patience
    with clock.driven_by(lambda: later):
        assert started.fire(schedule, later).counts == {"resent": 1, "given_up": 0}


def test_an_event_is_given_up_after_its_last_attempt_and_kept(started: Platform) -> None:
    with outbox.transaction() as session:
        add(session)
    runs = [outbox.relay(now=NOON + n * ArticleStored.patience) for n in range(1, outbox.MAX_ATTEMPTS + 2)]
    assert [run["resent"] for run in runs] == [1] * (outbox.MAX_ATTEMPTS - 1) + [0, 0]
    assert [run["given_up"] for run in runs] == [0] * (outbox.MAX_ATTEMPTS - 1) + [1, 0]
    (row,) = rows()
    assert row.closed_at is None
    assert row.given_up_at == NOON + outbox.MAX_ATTEMPTS * ArticleStored.patience


def overdue(events: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many events past their deadline, of which a part of the Relay's takes two."""
    with outbox.transaction() as session:
        for _ in range(events):
            add(session)
    monkeypatch.setattr(outbox, "PART", 2)


def test_a_run_of_the_relay_leaves_nothing_overdue(
    started: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue(5, monkeypatch)
    assert outbox.relay(now=NOON + ArticleStored.patience) == {"resent": 5, "given_up": 0}


def test_a_run_of_the_relay_begins_nothing_after_its_time_and_the_next_goes_on_with_the_rest(
    started: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue(3, monkeypatch)
    later = NOON + ArticleStored.patience
    assert [outbox.relay(now=later, for_s=0)["resent"] for _ in range(3)] == [2, 1, 0]


def test_what_is_overdue_longest_is_sent_again_first(
    started: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old events that are postponed again and again don't keep newer ones waiting."""
    overdue(4, monkeypatch)
    first, second, *newer = rows()
    later = NOON + ArticleStored.patience + timedelta(minutes=1)
    with database.session() as session:
        for row in (first, second):
            outbox.postpone(session, row.id, until=later)
    with database.session() as session:
        taken = outbox.take_overdue(session, now=later + timedelta(minutes=1), limit=2)
    assert [row.id for row in taken] == [row.id for row in newer]


def test_an_event_is_closed_once(started: Platform) -> None:
    with outbox.transaction() as session:
        add(session)
    (row,) = rows()
    with database.session() as session:
        assert outbox.close(session, row.id, now=NOON)
    with database.session() as session:
        assert not outbox.close(session, row.id, now=NOON)
        assert not outbox.is_open(session, row.id)
