"""A run after a long gap: in parts, each in its own transaction, none larger for the length of the history."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from evaluate.evaluate import handler as evaluate_handler
from evaluate.reactions import handler as react_handler
from infra.local.invocation import LambdaContext
from nunchi import clock, database
from nunchi.evaluate import reactions, reports, service
from nunchi.evaluate.repository import reactions as stored
from nunchi.market.calendar import xkrx
from nunchi.models import BaseRate, DailyBar, Evaluation, IndexBar, Reaction, StoryStock, WorkedSession
from tests.factories import answer, bar, case, forecast, index_bar, stock, story
from tests.integration.test_evaluate import add_bar
from tests.integration.test_report_grading import add_report

DAYS = [one.day for one in xkrx().between(date(2026, 3, 2), date(2026, 12, 30))]
MINUTE = timedelta(minutes=1)
HOLIDAYS = 8  # by so many bars a span of weeks may have more than another
CONTEXT = LambdaContext("Scheduled", "arn:aws:lambda:x:1:function:x", 512, 300)


def noon(day: date) -> datetime:
    return xkrx().after(day, 0).closes_at - timedelta(hours=3)


def evening(place: int) -> datetime:
    return xkrx().after(DAYS[place], 0).closes_at + timedelta(hours=1)


def add_history(session: Session, sessions: int) -> None:
    """A bar, a story, a forecast and a report of each session."""
    session.add(stock())
    session.flush()
    for place, day in enumerate(DAYS[:sessions]):
        add_bar(session, day, 10_000 + 100 * (place % 3))
        told = story(str(place), noon(day))
        session.add(told)
        session.flush()
        session.add(StoryStock(story_id=told.id, stock_code="990010", known_at=told.known_at))
        opened = case(told, as_of=told.known_at)
        session.add(opened)
        session.flush()
        said = answer(opened)
        session.add(said)
        session.flush()
        session.add(forecast(said, 1, sealed_at=told.known_at + MINUTE))
        add_report(session, UUID(int=place), day)
    session.flush()


@dataclass
class Parts:
    """Counts the statements and the rows of each part of a run."""

    statements: list[int] = field(default_factory=lambda: [0])
    rows: list[int] = field(default_factory=lambda: [0])

    def pause(self) -> bool:
        self.statements.append(0)
        self.rows.append(0)
        return True

    def executed(self, _connection: Any, cursor: Any, *_: Any) -> None:
        self.statements[-1] += 1
        self.rows[-1] += max(0, cursor.rowcount)


@contextmanager
def counted_parts(session: Session) -> Iterator[Parts]:
    found, engine = Parts(), session.get_bind().engine
    event.listen(engine, "after_cursor_execute", found.executed)
    try:
        with session.begin_nested() as attempt:
            yield found
            attempt.rollback()
    finally:
        event.remove(engine, "after_cursor_execute", found.executed)


@pytest.mark.parametrize("work", [reactions.react, service.evaluate, reports.grade])
def test_no_part_of_a_backlog_grows_with_its_length(session: Session, work: Callable[..., object]) -> None:
    add_history(session, 200)
    found = []
    for place in (129, 199):  # each has a page of sessions that is neither the first nor the last
        with counted_parts(session) as parts:
            work(session, xkrx(), now=evening(place), pause=parts.pause)
        found.append(parts)
    short, long = found
    assert len(long.rows) > len(short.rows)
    assert max(long.statements) == max(short.statements)
    assert max(long.rows) <= max(short.rows) + HOLIDAYS


def test_what_there_was_no_time_for_is_the_next_runs(session: Session) -> None:
    add_history(session, 60)
    now = evening(59)
    with session.begin_nested() as attempt:
        whole = reactions.react(session, xkrx(), now=now)
        attempt.rollback()
    runs, answers = [], iter([True] * 30 + [False] + [True] * 50)
    for _ in range(2):
        runs.append(reactions.react(session, xkrx(), now=now, pause=lambda: next(answers)))
    assert all(runs)
    assert sum(runs) == whole == session.scalar(select(func.count()).select_from(Reaction))
    assert reactions.react(session, xkrx(), now=now) == 0


def add_stocks(session: Session, codes: Sequence[str]) -> None:
    for place, code in enumerate(codes):
        session.add(stock(code, f"가온솔{place}"))
        for day in DAYS[:40]:
            session.add(DailyBar(**bar(code, day, 10_000, evening(39))))
    for day in DAYS[:40]:
        session.add(IndexBar(**index_bar("0001", day, 2500.0, evening(39))))
    session.flush()


def counted_at(session: Session, now: datetime) -> set[str]:
    return set(session.scalars(select(BaseRate.scope).where(BaseRate.known_at == now)))


def test_base_rates_are_counted_some_stocks_at_a_time_and_the_next_run_goes_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactions, "STOCKS", 2)
    codes = [f"99{place:04}" for place in range(5)]
    add_stocks(session, codes)
    first, second = evening(40), evening(41)
    assert reactions.count_base_rates(session, now=first, pause=lambda: False) == 2
    assert counted_at(session, first) == {*codes[:2], "KOSPI"}
    assert reactions.count_base_rates(session, now=second, pause=lambda: True) == 3
    assert counted_at(session, second) == {*codes[2:], "KOSPI"}
    of_market = {
        rate.known_at: rate.counts for rate in session.scalars(select(BaseRate)) if rate.scope == "KOSPI"
    }
    sums = [sum(of_market[now]["open"]["1"]) for now in (first, second)]
    assert sums == [2 * (40 - 21 - 1), 5 * (40 - 21 - 1)]


def test_a_market_is_summed_after_a_run_that_died_between_its_stocks_and_their_sum(session: Session) -> None:
    add_stocks(session, ["990001"])

    def die() -> bool:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        reactions.count_base_rates(session, now=evening(40), pause=die)
    assert counted_at(session, evening(40)) == {"990001"}
    assert reactions.count_base_rates(session, now=evening(41)) == 0
    assert counted_at(session, evening(41)) == {"KOSPI"}
    assert reactions.count_base_rates(session, now=evening(42)) == 0
    assert counted_at(session, evening(42)) == set()


def store_history(sessions: int) -> None:
    with database.session() as session:
        add_history(session, sessions)


def invoked(handler: Callable[..., dict[str, Any]], start: datetime, step: timedelta) -> dict[str, Any]:
    """Invokes a scheduled function at a moment from which each look at the clock is a step later."""
    looks = iter(start + n * step for n in range(10_000))
    with clock.driven_by(lambda: next(looks)):
        return handler({"scheduled_time": start.isoformat()}, CONTEXT)


@pytest.mark.usefixtures("environment")
def test_a_run_ends_within_its_time_and_the_next_ones_catch_up() -> None:
    store_history(60)
    counts = [
        invoked(react_handler, evening(59) + n * timedelta(hours=1), MINUTE / 10)["reactions"]
        for n in range(3)
    ]
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Reaction)) == sum(counts)
        worked = session.scalars(select(WorkedSession.session).where(WorkedSession.kind == "reactions"))
        assert set(worked) == set(DAYS[:60])
    assert counts[0] > 0
    assert counts[1] > 0


@pytest.mark.usefixtures("environment")
def test_a_part_that_fails_takes_none_of_the_parts_before_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    store_history(60)
    ending, broken = stored.ending, DAYS[50]

    def failing(session: Session, windows: Any, **about: Any) -> Any:
        if any(one.end > noon(broken) for one in windows):
            raise OSError("the database is gone")
        return ending(session, windows, **about)

    with monkeypatch.context() as patch:
        patch.setattr(stored, "ending", failing)
        with pytest.raises(OSError, match="is gone"):
            invoked(react_handler, evening(59), timedelta())
    with database.session() as session:
        before = session.scalar(select(func.count()).select_from(Reaction)) or 0
    after = invoked(react_handler, evening(59) + timedelta(hours=1), timedelta())["reactions"]
    with database.session() as session:
        assert before > after > 0
        assert session.scalar(select(func.count()).select_from(Reaction)) == before + after


@pytest.mark.usefixtures("environment")
def test_evaluate_keeps_each_page_that_it_has_finished() -> None:
    store_history(60)
    first = invoked(evaluate_handler, evening(59), timedelta(minutes=2))["evaluated"]
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Evaluation)) == first
    second = invoked(evaluate_handler, evening(59) + timedelta(hours=1), timedelta())["evaluated"]
    assert first > 0
    assert first + second == 59
