"""Sealing on a real database."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from nunchi import database
from nunchi.ledger import rules, service
from nunchi.models import Forecast, Seal
from tests.factories import NOON, answer, case, forecast, stock, story


class Archive(dict[str, bytes]):
    """An append-only store in memory."""

    def put(self, key: str, body: bytes) -> bytes:
        return self.setdefault(key, body)


def seal_at(now: datetime, put: Callable[[str, bytes], bytes]) -> int:
    return service.seal(put, lambda: now)["sealed"]


def store(count: int, created_at: datetime = NOON) -> None:
    with database.session() as session:
        session.merge(stock())
        told = story(f"{created_at}")
        session.add(told)
        session.flush()
        asked = case(told)
        session.add(asked)
        session.flush()
        said = answer(asked, created_at=created_at)
        session.add(said)
        session.flush()
        session.add_all([forecast(said, horizon) for horizon in (1, 3, 5)[:count]])


def sealed() -> list[Forecast]:
    with database.session() as session:
        return list(session.scalars(select(Forecast).where(Forecast.sealed_at.is_not(None))))


def seals() -> list[Seal]:
    with database.session() as session:
        return list(session.scalars(select(Seal).order_by(Seal.id)))


def test_a_forecast_is_sealed_in_the_minute_after_it_was_made(environment: dict[str, str]) -> None:
    archive = Archive()
    store(3, NOON + timedelta(seconds=10))
    assert seal_at(NOON + timedelta(seconds=40), archive.put) == 0
    assert seal_at(NOON + timedelta(seconds=70), archive.put) == 3
    assert {row.sealed_at for row in sealed()} == {NOON + timedelta(minutes=2)}  # its minute's end
    assert len(archive) == 1


def test_a_seal_can_be_checked_from_its_statement_alone(environment: dict[str, str]) -> None:
    archive = Archive()
    store(3)
    seal_at(NOON + timedelta(minutes=1), archive.put)
    ((key, body),) = archive.items()
    statement = json.loads(body)
    assert statement["previous_root"] == rules.GENESIS
    assert rules.chain(rules.GENESIS, rules.merkle_root(statement["leaves"])) == statement["root"]
    assert sorted(statement["leaves"]) == sorted(row.content_hash or "" for row in sealed())
    assert key == f"{rules.GENESIS}.json"


def test_each_seal_stands_on_the_one_before(environment: dict[str, str]) -> None:
    archive = Archive()
    store(1)
    seal_at(NOON + timedelta(minutes=1), archive.put)
    store(2, NOON + timedelta(minutes=1))
    seal_at(NOON + timedelta(minutes=2), archive.put)
    first, second = seals()
    assert second.previous_root == first.root
    assert set(archive) == {f"{rules.GENESIS}.json", f"{first.root}.json"}


def test_a_store_that_fails_leaves_the_forecasts_for_the_next_minute(environment: dict[str, str]) -> None:
    def refuse(_key: str, _body: bytes) -> bytes:
        raise OSError("no space left")

    store(2)
    with pytest.raises(OSError, match="no space"):
        seal_at(NOON + timedelta(minutes=1), refuse)
    assert sealed() == []
    assert seal_at(NOON + timedelta(minutes=2), Archive().put) == 2


def test_a_run_that_died_after_its_put_is_taken_up_as_it_stands(environment: dict[str, str]) -> None:
    archive = Archive()

    def die(key: str, body: bytes) -> bytes:
        archive.put(key, body)
        raise RuntimeError

    store(2)
    with pytest.raises(RuntimeError):
        seal_at(NOON + timedelta(minutes=1), die)
    store(1, NOON + timedelta(minutes=1))
    assert seal_at(NOON + timedelta(minutes=2), archive.put) == 2
    assert seal_at(NOON + timedelta(minutes=3), archive.put) == 1
    assert [json.loads(body)["root"] for body in archive.values()] == [one.root for one in seals()]


def test_a_seal_is_never_earlier_than_the_archives_answer(environment: dict[str, str]) -> None:
    """An opening that the archive's answer missed must not become the entry."""
    moments = iter([NOON + timedelta(minutes=1), NOON + timedelta(minutes=3)])
    store(1)
    assert service.seal(Archive().put, lambda: next(moments)) == {"sealed": 1}
    assert [row.sealed_at for row in sealed()] == [NOON + timedelta(minutes=3)]


def test_of_two_runs_at_once_one_seals_and_the_other_keeps_nothing(environment: dict[str, str]) -> None:
    store(2)
    archive, now = Archive(), NOON + timedelta(minutes=1)

    def raced(key: str, body: bytes) -> bytes:
        if not seals():
            seal_at(now, archive.put)
        return archive.put(key, body)

    with pytest.raises(Exception, match=r"uq_seals|seal "):
        seal_at(now, raced)
    assert len(seals()) == 1
    assert len(sealed()) == 2


def test_a_changed_probability_is_a_changed_hash(environment: dict[str, str]) -> None:
    asked = case(story(), as_of=datetime(2026, 10, 19, tzinfo=UTC))
    said = answer(asked)
    one = service.content(forecast(said), said, asked)
    other = service.content(forecast(said, probabilities=(0.300001, 0.399999, 0.3)), said, asked)
    assert rules.content_hash(one) != rules.content_hash(other)
