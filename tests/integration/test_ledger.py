"""Sealing on a real database."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from nunchi import database
from nunchi.ledger import rules, service
from nunchi.models import Forecast, Seal
from tests.factories import NOON, answer, case, forecast, stock, story

Kept = dict[str, bytes]


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
    kept: Kept = {}
    store(3, NOON + timedelta(seconds=10))
    assert service.seal(kept.__setitem__, now=NOON + timedelta(seconds=40)) == {"sealed": 0}
    assert service.seal(kept.__setitem__, now=NOON + timedelta(minutes=1)) == {"sealed": 3}
    assert {row.sealed_at for row in sealed()} == {NOON + timedelta(minutes=1)}
    assert len(kept) == 1


def test_a_seal_can_be_checked_from_its_statement_alone(environment: dict[str, str]) -> None:
    kept: Kept = {}
    store(3)
    service.seal(kept.__setitem__, now=NOON + timedelta(minutes=1))
    ((key, body),) = kept.items()
    statement = json.loads(body)
    assert statement["previous_root"] == rules.GENESIS
    assert rules.chain(rules.GENESIS, rules.merkle_root(statement["leaves"])) == statement["root"]
    assert sorted(statement["leaves"]) == sorted(row.content_hash or "" for row in sealed())
    assert key.startswith("2026/10/19/1201-")


def test_each_seal_stands_on_the_one_before(environment: dict[str, str]) -> None:
    kept: Kept = {}
    store(1)
    service.seal(kept.__setitem__, now=NOON + timedelta(minutes=1))
    store(2, NOON + timedelta(minutes=1))
    service.seal(kept.__setitem__, now=NOON + timedelta(minutes=2))
    first, second = seals()
    assert second.previous_root == first.root


def test_a_store_that_fails_leaves_the_forecasts_for_the_next_minute(environment: dict[str, str]) -> None:
    def refuse(_key: str, _body: bytes) -> None:
        raise OSError("no space left")

    store(2)
    with pytest.raises(OSError, match="no space"):
        service.seal(refuse, now=NOON + timedelta(minutes=1))
    assert sealed() == []
    assert service.seal({}.__setitem__, now=NOON + timedelta(minutes=2)) == {"sealed": 2}


def test_of_two_runs_at_once_one_seals_and_the_other_keeps_nothing(environment: dict[str, str]) -> None:
    store(2)
    now = NOON + timedelta(minutes=1)

    def raced(_key: str, _body: bytes) -> None:
        if not seals():
            service.seal({}.__setitem__, now=now)

    with pytest.raises(Exception, match=r"uq_seals|SealRaced|seal "):
        service.seal(raced, now=now)
    assert len(seals()) == 1
    assert len(sealed()) == 2


def test_a_changed_probability_is_a_changed_hash(environment: dict[str, str]) -> None:
    told = story()
    asked = case(told, as_of=datetime(2026, 10, 19, tzinfo=UTC))
    said = answer(asked)
    one = service.content(forecast(said), said, asked)
    other = service.content(forecast(said, probabilities=(0.300001, 0.399999, 0.3)), said, asked)
    assert rules.content_hash(one) != rules.content_hash(other)
