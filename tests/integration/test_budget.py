"""The budget of an arm: reserved before each call, settled after it, and never exceeded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from nunchi import database
from nunchi.calls import repository
from nunchi.calls.repository import Made, Wanted
from nunchi.calls.rules import Usage
from nunchi.errors import NotFound
from nunchi.models import Arm, ModelCall
from tests.factories import NOON
from tests.integration.articles_worked import found

BUDGET, LEASE = 1000, timedelta(minutes=10)
MIDNIGHT = NOON + timedelta(hours=12)  # in Seoul
OK = Made("ok", 250, Usage(1000, 200, 300), 0.02, 30.0)


@pytest.fixture(autouse=True)
def budget(environment: dict[str, str]) -> None:
    with database.session() as session:
        session.execute(update(Arm).values(daily_budget_krw=BUDGET))


def reserve(
    krw: float, now: datetime = NOON, arm: str = "gpt-4o", subject: UUID | None = None
) -> UUID | None:
    wanted = Wanted("forecast", subject or uuid4(), arm, "openai", "gpt-4o", krw / 1500, krw, LEASE)
    with database.session() as session:
        return repository.reserve(session, wanted, now=now)


def settle(call_id: UUID | None, made: Made = OK) -> bool:
    assert call_id is not None
    with database.session() as session:
        return repository.settle(session, call_id, made)


def held(now: datetime = NOON, arm: str = "gpt-4o") -> float:
    with database.session() as session:
        return repository.held(session, arm, now=now)


def test_what_is_reserved_is_held_and_what_was_spent_takes_its_place() -> None:
    call = reserve(400)
    assert held() == 400
    assert settle(call)
    assert held() == 30
    assert not settle(call, Made("ok", 1, Usage(9, 9, 9), 9, 9))  # a second telling changes nothing
    (row,) = found(ModelCall)
    assert (row.outcome, row.input_tokens, row.cached_tokens, row.output_tokens) == ("ok", 1000, 200, 300)
    assert (row.usd, row.krw, row.latency_ms, row.attempt) == (0.02, 30.0, 250, 1)


def test_a_call_that_may_not_fit_is_refused_and_leaves_nothing() -> None:
    assert reserve(600)
    assert reserve(401) is None
    assert reserve(400)
    assert held() == BUDGET
    assert len(found(ModelCall)) == 2
    assert reserve(400, arm="deepseek-v3.2")  # another arm has its own


def test_the_reservation_of_a_worker_that_died_comes_back() -> None:
    assert reserve(BUDGET)
    assert reserve(1, NOON + LEASE - timedelta(seconds=1)) is None
    assert reserve(BUDGET, NOON + LEASE)


def test_a_call_of_unknown_cost_counts_as_the_most_that_it_can_be() -> None:
    settle(reserve(400), Made("timeout", 60_000))
    assert held(NOON + timedelta(hours=1)) == 400


def test_a_day_begins_at_midnight_in_seoul() -> None:
    assert reserve(BUDGET, MIDNIGHT - timedelta(seconds=1))
    assert reserve(1, MIDNIGHT - timedelta(seconds=1)) is None
    assert reserve(BUDGET, MIDNIGHT)


def test_calls_about_the_same_are_numbered() -> None:
    subject = uuid4()
    for _ in range(3):
        reserve(1, subject=subject)
    reserve(1, subject=subject, arm="deepseek-v3.2")
    assert sorted((row.arm, row.attempt) for row in found(ModelCall)) == [
        ("deepseek-v3.2", 1),
        ("gpt-4o", 1),
        ("gpt-4o", 2),
        ("gpt-4o", 3),
    ]


def test_an_arm_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="nobody"):
        reserve(1, arm="nobody")


@pytest.mark.parametrize("spent", [70.0, 25.0])
def test_many_at_once_never_exceed_the_budget(spent: float) -> None:
    """As many as fit get their won, though all ask at the same moment, and some settle meanwhile."""
    callers, most = 16, 70.0
    start = Barrier(callers)

    def call(_: int) -> list[float]:
        start.wait()
        seen = []
        for _again in range(4):
            call_id = reserve(most)
            if call_id is not None:
                seen.append(held())
                settle(call_id, Made("ok", 1, Usage(1, 0, 1), spent / 1500, spent))
        return seen

    with ThreadPoolExecutor(callers) as threads:
        seen = [value for values in threads.map(call, range(callers)) for value in values]
    assert max(seen) <= BUDGET
    assert held() == len(seen) * spent <= BUDGET
    assert held() + most > BUDGET or len(seen) == 64


def test_spend_is_told_by_arm_and_day_in_seoul() -> None:
    for now, arm in ((NOON, "gpt-4o"), (NOON, "gpt-4o"), (NOON, "deepseek-v3.2"), (MIDNIGHT, "gpt-4o")):
        settle(reserve(100, now, arm))
    reserve(100)  # not settled, so not spent
    with database.session() as session:
        rows = repository.spend(session, since=date(2026, 10, 19), until=date(2026, 10, 20))
        assert [tuple(row) for row in rows] == [
            ("deepseek-v3.2", date(2026, 10, 19), 1, 0.02, 30.0),
            ("gpt-4o", date(2026, 10, 19), 2, 0.04, 60.0),
            ("gpt-4o", date(2026, 10, 20), 1, 0.02, 30.0),
        ]
        assert repository.spend(session, since=date(2026, 10, 21), until=date(2026, 10, 22)) == []
