"""Sealing on a real database."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select

from nunchi import database
from nunchi.ledger import repository, rules, service
from nunchi.ledger.contents import contents
from nunchi.models import Forecast, Seal, SealDraft
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


def drafts() -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(SealDraft)) or 0


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
    leaves = [rules.content_hash(one) for one in statement["contents"]]
    assert statement["header"]["previous_root"] == rules.GENESIS
    assert statement["header"]["tree_root"] == rules.merkle_root(leaves)
    assert rules.chain(statement["header"]) == statement["root"]
    assert sorted(leaves) == sorted(row.content_hash or "" for row in sealed())
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


def test_of_two_runs_at_once_one_seals_and_the_other_adds_nothing(environment: dict[str, str]) -> None:
    store(2)
    archive, now = Archive(), NOON + timedelta(minutes=1)

    def raced(key: str, body: bytes) -> bytes:
        assert seal_at(now, archive.put) == 2
        return archive.put(key, body)

    assert seal_at(now, raced) == 0
    assert len(seals()) == 1
    assert len(sealed()) == 2


def test_a_run_that_was_overtaken_while_it_read_leaves_no_draft(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(2)
    archive, now, read = Archive(), NOON + timedelta(minutes=1), repository.unsealed

    def overtaken(*args: Any, **options: Any) -> Any:
        rows = read(*args, **options)
        monkeypatch.setattr(repository, "unsealed", read)
        assert seal_at(now, archive.put) == 2
        return rows

    monkeypatch.setattr(repository, "unsealed", overtaken)
    assert seal_at(now, archive.put) == 0
    assert (len(seals()), len(sealed()), drafts()) == (1, 2, 0)


def test_a_seal_that_a_lost_database_made_is_taken_over(environment: dict[str, str]) -> None:
    """The archive outlives a database that is restored from a copy."""
    archive = Archive()

    def die(key: str, body: bytes) -> bytes:
        archive.put(key, body)
        raise RuntimeError

    store(2)
    with pytest.raises(RuntimeError):
        seal_at(NOON + timedelta(minutes=1), die)
    with database.session() as session:
        session.execute(delete(SealDraft))
    assert seal_at(NOON + timedelta(minutes=5), archive.put) == 2
    (kept,) = map(json.loads, archive.values())
    assert [one.root for one in seals()] == [kept["root"]]


def test_a_seal_of_forecasts_that_are_not_ours_stops_the_sealing(environment: dict[str, str]) -> None:
    store(1)
    foreign = service.statement(None, [{"forecast_id": str(uuid4())}], NOON)
    archive = Archive({f"{rules.GENESIS}.json": rules.canonical(foreign)})
    with pytest.raises(service.SealDiverged, match=foreign["root"]):
        seal_at(NOON + timedelta(minutes=1), archive.put)
    assert sealed() == []


@pytest.mark.parametrize("change", [{"root": "f" * 64}, {"header": {}}, {"contents": []}])
def test_what_is_no_seal_stops_the_sealing(environment: dict[str, str], change: dict[str, Any]) -> None:
    store(1)
    ours = service.statement(None, [{"forecast_id": str(uuid4())}], NOON)
    archive = Archive({f"{rules.GENESIS}.json": rules.canonical(ours | change)})
    with pytest.raises(service.SealDiverged, match="no seal as we write them"):
        seal_at(NOON + timedelta(minutes=1), archive.put)
    assert sealed() == []


def test_forecasts_are_sealed_in_the_order_of_their_ids(environment: dict[str, str]) -> None:
    archive = Archive()
    store(3)
    store(3, NOON + timedelta(seconds=1))
    assert seal_at(NOON + timedelta(minutes=1), archive.put) == 6
    (kept,) = map(json.loads, archive.values())
    ids = [one["forecast_id"] for one in kept["contents"]]
    assert ids == sorted(ids)


def test_a_later_seal_states_when_the_one_before_it_was_dated_to(environment: dict[str, str]) -> None:
    archive = Archive()
    moments = iter([NOON + timedelta(minutes=1), NOON + timedelta(minutes=3)])
    store(1)
    service.seal(archive.put, lambda: next(moments))
    store(1, NOON + timedelta(minutes=4))
    seal_at(NOON + timedelta(minutes=5), archive.put)
    first, second = seals()
    assert second.header
    assert second.header["previous_sealed_at"] == (NOON + timedelta(minutes=3)).isoformat()
    assert first.sealed_at == NOON + timedelta(minutes=3)


@pytest.mark.parametrize(
    "changed",
    [
        {"p_down": 0.300001},
        {"shown_up": 0.300001},
        {"calibrator": "another"},
        {"horizon_sessions": 3},
        {"created_at": NOON - timedelta(seconds=1)},
    ],
    ids=str,
)
def test_whatever_is_changed_in_a_forecast_changes_its_hash(changed: dict[str, Any]) -> None:
    asked = case(story())
    said = answer(asked)
    made = forecast(said)
    other = forecast(said, **{"id": made.id} | changed)
    one, two = contents([(made, said, asked), (other, said, asked)])
    assert rules.content_hash(one) != rules.content_hash(two)
