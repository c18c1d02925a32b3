"""Bars as they were known at a moment."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi import database
from nunchi.adapters.kis import results
from nunchi.events import DailyBarsDue
from nunchi.market import repository, service
from nunchi.market.calendar import xkrx
from nunchi.market.rules import Prices
from nunchi.models import Adjustment, DailyBar, IndexBar, OutboxRow, Quarantined
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
    assert service.dispatch_daily(session, xkrx(), now=CLOSE) == 4
    session.flush()
    due = [
        DailyBarsDue.model_validate(row.payload).code
        for row in session.query(OutboxRow).order_by(OutboxRow.id)
    ]
    assert due == ["0001", "1001", "2001", "990020"]


@dataclass
class Broker:
    """Gives the bars that it was made with, whatever the span; remembers what it was asked."""

    bars: list[results.DailyBar] = field(default_factory=list)
    adjusted: list[results.DailyBar] = field(default_factory=list)
    points: list[results.IndexBar] = field(default_factory=list)
    asked: list[tuple[str, date, bool]] = field(default_factory=list)

    def daily_bars(
        self, code: str, first: date, last: date, *, adjusted: bool = False
    ) -> list[results.DailyBar]:
        self.asked.append((code, first, adjusted))
        return self.adjusted if adjusted else self.bars

    def index_days(self, code: str, last: date) -> list[results.IndexBar]:
        return self.points


def traded(day: date, close: int = 100, **changes: Any) -> results.DailyBar:
    return replace(results.DailyBar(day, close, close, close, close, 5), **changes)


def fetched(broker: Broker, code: str = "990010", now: datetime = CLOSE) -> None:
    write = service.fetch_daily(DailyBarsDue(code=code, session=MONDAY), broker, xkrx(), now=now)
    with database.session() as session:
        write(session)


def test_a_hundred_sessions_are_asked_for_as_traded_and_adjusted(session: Session) -> None:
    broker = Broker()
    fetched(broker)
    first = xkrx().after(MONDAY, -99).day
    assert broker.asked == [("990010", first, False), ("990010", first, True)]


def test_bars_that_can_not_be_true_are_kept_apart_with_their_reasons(session: Session) -> None:
    friday = date(2026, 10, 16)
    limits = {"lower_limit_won": 70, "upper_limit_won": 99}
    fetched(
        Broker([traded(MONDAY, **limits), traded(MONDAY - timedelta(days=1)), traded(friday, high_won=90)])
    )
    assert list(session.scalars(select(DailyBar.session))) == []
    reasons = {tuple(one.reasons) for one in session.scalars(select(Quarantined))}
    assert reasons == {
        ("outside_limits",),
        ("closed_day",),
        ("high_below_low", "open_outside", "close_outside"),
    }


def test_a_session_in_which_nothing_was_traded_has_no_bar(session: Session) -> None:
    fetched(Broker([traded(MONDAY, open_won=0, high_won=0, low_won=0, volume_shares=0)]))
    assert list(session.scalars(select(DailyBar.session))) == []
    assert list(session.scalars(select(Quarantined.id))) == []


def test_an_index_is_stored_in_points(session: Session) -> None:
    fetched(Broker(points=[results.IndexBar(MONDAY, 350.0, 352.5, 349.0, 351.25)]), "2001")
    (bar,) = session.scalars(select(IndexBar))
    assert (bar.code, bar.open, bar.high, bar.low, bar.close) == ("2001", 350.0, 352.5, 349.0, 351.25)


def test_a_split_leaves_a_dated_factor_and_bars_stay_as_traded(session: Session) -> None:
    days = [one.day for one in xkrx().between(date(2026, 10, 12), MONDAY)]
    bars = [traded(day, 50_000 if day < MONDAY else 10_000) for day in days]
    broker = Broker(bars, adjusted=[traded(day, 10_000) for day in days])
    for hour in range(2):
        fetched(broker, now=CLOSE + timedelta(hours=hour))
    (factor,) = session.scalars(select(Adjustment))
    assert (factor.from_session, factor.factor_ratio, factor.known_at) == (MONDAY, 0.2, CLOSE)
    closes = dict(session.execute(select(DailyBar.session, DailyBar.close_won)).all())
    assert closes == {day: 50_000 if day < MONDAY else 10_000 for day in days}


def test_a_volume_that_grows_after_the_close_is_no_other_bar(session: Session) -> None:
    fetched(Broker([traded(MONDAY)]))
    fetched(Broker([traded(MONDAY, volume_shares=9)]), now=CLOSE + timedelta(hours=1))
    assert list(session.scalars(select(DailyBar.volume_shares))) == [5]
