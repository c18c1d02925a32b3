"""Bars as they were known at a moment."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from nunchi import database
from nunchi.events import DailyBarsDue
from nunchi.market import repository, service
from nunchi.market.calendar import xkrx
from nunchi.market.rules import Prices
from nunchi.models import DailyBar, IndexBar, OutboxRow
from tests.factories import NOON, bar, index_bar, stock

MONDAY = date(2026, 10, 19)
CLOSE = xkrx().after(MONDAY, 0).closes_at


def values(close: int) -> dict[str, object]:
    row = bar("990010", MONDAY, close, NOON)
    return {key: value for key, value in row.items() if key not in {"code", "known_at", "backfilled"}}


def test_a_revision_adds_a_row_and_the_past_keeps_its_own(session: Session) -> None:
    later = NOON + timedelta(hours=1)
    assert repository.store_bars(session, "990010", [values(100)], now=NOON) == 1
    assert repository.store_bars(session, "990010", [values(101)], now=later) == 1
    before = repository.prices(session, ["990010"], as_of=later - timedelta(seconds=1))
    assert before == {"990010": [Prices(MONDAY, 100, 100)]}
    assert repository.prices(session, ["990010"], as_of=later) == {"990010": [Prices(MONDAY, 101, 101)]}
    assert repository.prices(session, ["990010"], as_of=NOON - timedelta(seconds=1)) == {}


def test_the_same_bar_again_adds_nothing(session: Session) -> None:
    repository.store_bars(session, "990010", [values(100)], now=NOON)
    assert repository.store_bars(session, "990010", [values(100)], now=NOON + timedelta(hours=1)) == 0


def test_stocks_and_indices_are_read_together(session: Session) -> None:
    session.add(DailyBar(**bar("990010", MONDAY, 100, NOON)))
    session.add(IndexBar(**index_bar("0001", MONDAY, 2500.25, NOON)))
    found = repository.prices(session, ["990010", "0001", "1001"], as_of=NOON)
    assert found == {"990010": [Prices(MONDAY, 100, 100)], "0001": [Prices(MONDAY, 2500.25, 2500.25)]}


def test_only_what_lacks_its_bar_is_due_and_only_after_the_close(session: Session) -> None:
    session.add_all(
        [stock("990010", "가"), stock("990020", "나"), DailyBar(**bar("990010", MONDAY, 100, NOON))]
    )
    session.flush()
    assert service.dispatch_daily(session, xkrx(), now=CLOSE - timedelta(seconds=1)) == 0
    assert service.dispatch_daily(session, xkrx(), now=CLOSE + timedelta(days=5)) == 0  # a Saturday
    assert service.dispatch_daily(session, xkrx(), now=CLOSE) == 3
    session.flush()
    due = [
        DailyBarsDue.model_validate(row.payload).code
        for row in session.query(OutboxRow).order_by(OutboxRow.id)
    ]
    assert due == ["0001", "1001", "990020"]


def asked_for(code: str, rows: list[dict[str, object]]) -> list[tuple[str, date, date]]:
    asked: list[tuple[str, date, date]] = []

    def fetch(code: str, first: date, last: date) -> list[dict[str, object]]:
        asked.append((code, first, last))
        return rows

    write = service.fetch_daily(DailyBarsDue(code=code, session=MONDAY), fetch, xkrx(), now=CLOSE)
    with database.session() as session:
        write(session)
    return asked


def test_a_bar_on_a_closed_day_is_not_stored(session: Session) -> None:
    asked_for("990010", [values(100), {**values(90), "session": MONDAY - timedelta(days=1)}])
    assert repository.prices(session, ["990010"], as_of=CLOSE) == {"990010": [Prices(MONDAY, 100, 100)]}


def test_a_new_stock_is_given_the_history_that_one_call_holds(session: Session) -> None:
    assert asked_for("990010", []) == [("990010", xkrx().after(MONDAY, -99).day, MONDAY)]
    known = [
        bar("990010", one.day, 100, NOON) for one in xkrx().between(date(2026, 6, 1), date(2026, 10, 16))
    ]
    with database.session() as writing:
        writing.add_all([DailyBar(**row) for row in known])
    assert asked_for("990010", []) == [("990010", date(2026, 10, 12), MONDAY)]
