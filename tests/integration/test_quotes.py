"""Market data from the broker to its tables: what is due, what is stored, what is kept apart, what is asked again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi import database, outbox
from nunchi.adapters.kis import results
from nunchi.errors import UpstreamError
from nunchi.events import QuotesDue
from nunchi.market import known
from nunchi.market.calendar import xkrx
from nunchi.models import (
    CalendarDay,
    IndexBar,
    IndexLevel,
    InvestorFlow,
    MinuteBar,
    OrderBook,
    OutboxRow,
    Quarantined,
    Quote,
    Stock,
)
from nunchi.quotes import repository, service
from nunchi.quotes.rules import BATCH, INDICES, SECTORS, STEP, Kind
from nunchi.seoul import SEOUL

DAY = date(2026, 10, 19)
SESSION = xkrx().after(DAY, 0)
TEN = datetime.combine(DAY, time(10), tzinfo=SEOUL)
A, B = "990010", "990020"
FLOWS = {"individual_shares": 5, "foreign_shares": -7, "institution_shares": 2}
MONEY = {"individual_krw_millions": 50, "foreign_krw_millions": -70, "institution_krw_millions": 20}


def bar(at: datetime, **values: Any) -> results.MinuteBar:
    prices: dict[str, Any] = {
        "open_won": 1000,
        "high_won": 1010,
        "low_won": 990,
        "close_won": 1005,
        "volume_shares": 12,
    } | values
    return results.MinuteBar(at=at, **prices)


def quote(code: str, **values: Any) -> results.Quote:
    given: dict[str, Any] = {
        "price_won": 1000,
        "volume_shares": 5,
        "base_won": 1000,
        "upper_limit_won": 1300,
        "lower_limit_won": 700,
    }
    rest: dict[str, Any] = {
        "change_won": 0,
        "change_percent": 0.0,
        "open_won": None,
        "high_won": None,
        "low_won": None,
        "value_won": 0,
    }
    return results.Quote(code=code, **rest, **{**given, **values})


@dataclass
class Broker:
    """A client that knows every minute from the opening on, thirty a call, and fails where it is told to."""

    now: datetime = TEN
    failing: dict[str, UpstreamError] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    spoiled: dict[datetime, dict[str, int]] = field(default_factory=dict)
    quotes: dict[str, dict[str, Any]] = field(default_factory=dict)
    closed: tuple[date, ...] = ()

    def _ask(self, code: str, what: Any = None) -> None:
        self.asked.append((code, what))
        if code in self.failing:
            raise self.failing[code]

    def minute_bars(self, code: str, until: time) -> list[results.MinuteBar]:
        self._ask(code, until)
        newest = min(datetime.combine(DAY, until, tzinfo=SEOUL), self.now).replace(second=0)
        starts = [newest - timedelta(minutes=n) for n in range(30)]
        return [bar(at, **self.spoiled.get(at, {})) for at in starts if at >= SESSION.opens_at]

    def past_minute_bars(self, code: str, day: date, until: time) -> list[results.MinuteBar]:
        assert day == DAY
        return self.minute_bars(code, until)

    def prices(self, codes: Sequence[str]) -> list[results.Quote]:
        self._ask(codes[0], len(codes))
        return [quote(code, **self.quotes.get(code, {})) for code in codes]

    def index_price(self, code: str) -> results.IndexQuote:
        self._ask(code)
        return results.IndexQuote(code, 2500.5, 1.0, 0.1, None, None, None, 1, 1)

    def index_days(self, code: str, last: date) -> list[results.IndexBar]:
        self._ask(code, last)
        return [results.IndexBar(last, 100.0, 110.0, 90.0, 105.0)]

    def order_book(self, code: str) -> results.OrderBook:
        self._ask(code)
        return results.OrderBook(code, None, (1010, 1020), (3, 4), (1000,), (5,), None, None, None, None)

    def investor_flows(self, code: str) -> list[results.InvestorFlow]:
        self._ask(code)
        return [results.InvestorFlow(DAY, **FLOWS, **MONEY)]

    def overtime_days(self, code: str) -> list[results.OvertimeDay]:
        self._ask(code)
        return [results.OvertimeDay(DAY, None, 0, 0, 1000, 5)]

    def product(self, code: str) -> results.Product:
        self._ask(code)
        return results.Product(
            code, "KR", "다온솔전자", "Daon", "STK", "전자", 100, 500, None, None, False, False
        )

    def financial_ratios(self, code: str, *, quarterly: bool = False) -> list[results.FinancialRatio]:
        self._ask(code, quarterly)
        return [
            results.FinancialRatio(
                date(2026, 6, 1), quarterly, 1.0, None, None, 5.0, 100.0, 1.0, 900.0, 1.0, 80.0
            )
        ]

    def closed_days(self, first: date) -> list[results.CalendarDay]:
        return [
            results.CalendarDay(day, day not in self.closed) for day in (first, first + timedelta(days=1))
        ]


@pytest.fixture
def broker(environment: dict[str, str]) -> Broker:
    with database.session() as session:
        session.add(Stock(code=A, name="다온솔전자", market="KOSPI", priority=1))
        session.add(Stock(code=B, name="미르빛바이오", market="KOSDAQ", priority=3))
    return Broker()


def work(broker: Broker, kind: Kind, *codes: str, now: datetime = TEN, tries: int = 1) -> None:
    broker.now = now
    write = service.work(QuotesDue(kind=kind, codes=codes, session=DAY, tries=tries), broker, xkrx(), now=now)
    with outbox.transaction() as session:
        write(session)


def rows(table: Any) -> list[Any]:
    with database.session() as session:
        return list(session.scalars(select(table)))


def due() -> list[QuotesDue]:
    return [QuotesDue.model_validate(row.payload) for row in rows(OutboxRow)]


# --- minutes


def test_all_minutes_since_the_opening_are_stored_and_none_that_goes_on(broker: Broker) -> None:
    work(broker, "minute", A)
    found = sorted(one.at for one in rows(MinuteBar))
    assert found == [SESSION.opens_at + timedelta(minutes=n) for n in range(60)]
    assert {one.known_at for one in rows(MinuteBar)} == {TEN}
    assert len(broker.asked) == 3  # thirty minutes a call, and the one that goes on


def test_what_is_stored_is_not_asked_for_again(broker: Broker) -> None:
    work(broker, "minute", A)
    broker.asked.clear()
    later = TEN + timedelta(minutes=5)
    work(broker, "minute", A, now=later)
    assert len(broker.asked) == 1
    assert len(rows(MinuteBar)) == 65
    assert sorted({one.known_at for one in rows(MinuteBar)}) == [TEN, later]


def test_a_gap_is_filled_by_the_next_run(broker: Broker) -> None:
    work(broker, "minute", A, now=TEN - timedelta(minutes=50))
    work(broker, "minute", A, now=TEN + timedelta(hours=2))
    assert len(rows(MinuteBar)) == 180


def test_a_corrected_minute_is_known_from_its_correction(broker: Broker) -> None:
    last = TEN - timedelta(minutes=1)
    work(broker, "minute", A)
    broker.spoiled = {last: {"close_won": 1007}}
    later = TEN + timedelta(minutes=5)
    work(broker, "minute", A, now=later)
    with database.session() as session:
        before = repository.minutes(session, A, last, TEN, as_of=TEN)
        (after,) = repository.minutes(session, A, last, TEN, as_of=later)
    assert (before, after.close_won, after.known_at) == ([], 1007, later)


def test_a_minute_that_can_not_be_true_is_kept_apart(broker: Broker) -> None:
    wrong = TEN - timedelta(minutes=5)
    broker.spoiled = {wrong: {"high_won": 900, "low_won": 1100}}
    for _ in range(2):
        work(broker, "minute", A)
    assert wrong not in {one.at for one in rows(MinuteBar)}
    assert len(rows(MinuteBar)) == 59
    (apart,) = rows(Quarantined)
    assert (apart.kind, apart.code, "high_below_low" in apart.reasons) == ("minute", A, True)


# --- prices


def test_prices_come_in_one_call_and_one_beyond_its_limits_is_kept_apart(broker: Broker) -> None:
    broker.quotes = {B: {"price_won": 1310}}
    work(broker, "quote", A, B)
    assert [(one.code, one.price_won, one.base_won, one.known_at) for one in rows(Quote)] == [
        (A, 1000, 1000, TEN)
    ]
    (apart,) = rows(Quarantined)
    assert (apart.code, apart.reasons) == (B, ["outside_limits"])
    assert broker.asked == [(A, 2)]


def test_every_other_kind_is_stored_once(broker: Broker) -> None:
    kinds: list[tuple[Kind, str]] = [
        ("index_level", "0001"),
        ("sector", "0005"),
        ("order_book", A),
        ("investor", A),
        ("overtime", A),
        ("product", A),
        ("ratio", A),
    ]
    for kind, code in kinds * 2:
        work(broker, kind, code)
    (level,), (sector,), (book,), (flow,) = map(rows, (IndexLevel, IndexBar, OrderBook, InvestorFlow))
    assert (level.code, level.level_points) == ("0001", 2500.5)
    assert (sector.code, sector.session, sector.high) == ("0005", DAY, 110.0)
    assert (book.ask_won, book.bid_shares) == ([1010, 1020], [5])
    assert (flow.foreign_shares, flow.individual_krw_millions) == (-7, 50)


# --- what fails


def test_a_code_that_fails_is_asked_about_again_and_the_others_are_stored(broker: Broker) -> None:
    broker.failing = {A: UpstreamError("KIS", "EGW00201", passing=True)}
    work(broker, "order_book", A, B)
    assert [one.code for one in rows(OrderBook)] == [B]
    assert due() == [QuotesDue(kind="order_book", codes=(A,), session=DAY, tries=2)]


def test_a_code_is_given_up_in_the_end(broker: Broker) -> None:
    broker.failing = {A: UpstreamError("KIS", "EGW00201", passing=True)}
    work(broker, "order_book", A, B, tries=service.TRIES)
    assert due() == []


def test_what_will_not_pass_is_given_up_at_once(broker: Broker) -> None:
    broker.failing = {A: UpstreamError("KIS", "a field is missing", passing=False)}
    work(broker, "order_book", A)
    assert (rows(OrderBook), due()) == ([], [])


def test_a_message_of_which_nothing_came_is_tried_again_as_a_whole(broker: Broker) -> None:
    broker.failing = {code: UpstreamError("KIS", "HTTP 500", passing=True) for code in (A, B)}
    kinds: tuple[Kind, ...] = ("order_book", "quote")
    for kind in kinds:
        with pytest.raises(UpstreamError, match="HTTP 500"):
            work(broker, kind, A, B)


# --- what is due


def dispatch(find: Any) -> int:
    with outbox.transaction() as session:
        count: int = find(session, xkrx())
        return count


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=SEOUL)


def in_session(moment: datetime, *kinds: Kind) -> int:
    return dispatch(lambda session, calendar: service.in_session(kinds, moment, moment, session, calendar))


@pytest.mark.usefixtures("broker")
def test_in_session_what_has_its_turn_is_due_and_out_of_session_nothing() -> None:
    assert in_session(at(9), "minute", "index_level") == 0
    assert in_session(at(15, 40), "minute", "index_level") == 0
    assert in_session(at(10, day=date(2026, 10, 18)), "minute") == 0
    assert in_session(at(15, 35), "minute", "index_level") == 2 + len(INDICES)
    assert {(one.kind, one.codes) for one in due()} == {("minute", (A, B)), ("index_level", INDICES)}


@pytest.mark.usefixtures("broker")
def test_after_the_close_only_what_is_lacking_is_due(broker: Broker) -> None:
    def daily(now: datetime) -> int:
        return dispatch(lambda session, calendar: service.after_close("investor", (), now, session, calendar))

    assert daily(at(15)) == 0
    assert daily(at(16)) == 2
    work(broker, "investor", A, now=at(16, 5))
    assert daily(at(17)) == 1
    assert due()[-1].codes == (B,)


@pytest.mark.usefixtures("broker")
def test_sectors_are_due_by_their_own_codes_and_products_weekly() -> None:
    evening, sunday = at(18), at(1, day=date(2026, 10, 18))
    assert dispatch(lambda s, c: service.after_close("sector", SECTORS, evening, s, c)) == len(SECTORS)
    assert dispatch(lambda s, c: service.weekly("product", sunday, s, c)) == 2
    assert due()[-1] == QuotesDue(kind="product", codes=(A, B), session=date(2026, 10, 16))


def test_a_large_market_is_cut_into_messages(session: Session) -> None:
    session.add_all(Stock(code=f"{n:06d}", name=f"회사 {n}", market="KOSPI", priority=1) for n in range(100))
    moment = SESSION.opens_at + STEP
    assert service.in_session(("quote",), moment, moment, session, xkrx()) == 100
    sizes = [len(QuotesDue.model_validate(row.payload).codes) for row in session.scalars(select(OutboxRow))]
    assert sorted(sizes) == [10, BATCH, BATCH, BATCH]


# --- the calendar


def test_a_day_that_the_broker_calls_closed_is_no_session_from_then_on(broker: Broker) -> None:
    broker.closed = (DAY,)
    assert service.ask_calendar(broker, now=at(6)) == {"days": 2}
    assert service.ask_calendar(broker, now=at(7)) == {"days": 0}
    with database.session() as session:
        assert known.calendar(session).on(DAY) is None
        assert xkrx().on(DAY)
    assert {(one.day, one.is_open) for one in rows(CalendarDay)} == {
        (DAY, False),
        (DAY + timedelta(days=1), True),
    }
