"""Daily bars: which are due, and fetching them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from nunchi import outbox
from nunchi.adapters.kis import results
from nunchi.events import DailyBarsDue
from nunchi.market import repository
from nunchi.market.adjustments import Factor, factors
from nunchi.market.bars import Reason, checked, contradictions, is_quarantined
from nunchi.market.calendar import Calendar
from nunchi.market.ticks import limits_given
from nunchi.observability import count
from nunchi.queues import Write
from nunchi.quotes.repository import quarantine
from nunchi.seoul import seoul_date

MAX_SESSIONS = 99  # one call gives 100 rows, so that gaps and late corrections of so many sessions are seen

STOCK_VALUES = ("open_won", "high_won", "low_won", "close_won", "volume_shares")
INDEX_VALUES = ("open", "high", "low", "close")


class Broker(Protocol):
    """The calls for daily bars. Each raises `UpstreamError`."""

    def daily_bars(
        self, code: str, first: date, last: date, *, adjusted: bool = False
    ) -> Sequence[results.DailyBar]: ...
    def index_days(self, code: str, last: date) -> Sequence[results.IndexBar]: ...


@dataclass
class Fetched:
    """Bars to store, bars that can't be true with the reasons, and the factors between prices as traded and today's."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    doubtful: list[tuple[tuple[Reason, ...], Mapping[str, Any]]] = field(default_factory=list)
    factors: list[Factor] = field(default_factory=list)

    def take(self, row: dict[str, Any], reasons: tuple[Reason, ...], raw: Mapping[str, Any]) -> None:
        """Takes a row for true, or keeps it apart."""
        if is_quarantined(reasons):
            self.doubtful.append((reasons, raw or row))
        else:
            self.rows.append(row)


def dispatch_daily(session: Session, calendar: Calendar, *, now: datetime) -> int:
    """Enqueues a fetch for each stock and index that lacks today's bar, once the session has closed."""
    today = calendar.on(seoul_date(now))
    if today is None or now < today.closes_at:
        return 0
    codes = repository.codes_without_bar(session, today.day)
    for code in codes:
        outbox.add(
            session, DailyBarsDue(code=code, session=today.day), correlation_id=f"{code}:{today.day}", now=now
        )
    return len(codes)


def fetch_daily(due: DailyBarsDue, broker: Broker, calendar: Calendar, *, now: datetime) -> Write:
    """Fetches a code's bars of the last hundred sessions, and its adjustment factors. Returns the write of them."""
    first = calendar.after(due.session, -MAX_SESSIONS).day
    found = fetched(due, broker, calendar, first)

    def write(session: Session) -> None:
        repository.store_bars(session, due.code, found.rows, now=now)
        keep_apart(session, due, found, now=now)

    return write


def fetched(due: DailyBarsDue, broker: Broker, calendar: Calendar, first: date) -> Fetched:
    """What the broker has of a code from `first` to the session that is due. Raises `UpstreamError`."""
    return (_index if repository.is_index(due.code) else _stock)(due, broker, calendar, first)


def keep_apart(session: Session, due: DailyBarsDue, found: Fetched, *, now: datetime) -> None:
    """Stores what came beside good bars: adjustment factors, and bars that can't be true."""
    repository.store_factors(session, due.code, found.factors, now=now)
    for reasons, raw in found.doubtful:
        quarantine(session, "daily", due.code, reasons, raw, now=now)
    if found.doubtful:
        count("QuotesQuarantined", len(found.doubtful), kind="daily")


def _stock(due: DailyBarsDue, broker: Broker, calendar: Calendar, first: date) -> Fetched:
    bars = [bar for bar in broker.daily_bars(due.code, first, due.session) if bar.has_traded]
    adjusted = broker.daily_bars(due.code, first, due.session, adjusted=True)
    closes = ({bar.session: bar.close_won for bar in series} for series in (bars, adjusted))
    found = Fetched(factors=factors(*closes))
    for bar in _within(bars, calendar, first):
        row = {"session": bar.session, **{name: getattr(bar, name) for name in STOCK_VALUES}}
        limits = limits_given(bar.lower_limit_won, bar.upper_limit_won)
        found.take(row, checked(bar, calendar.on(bar.session), limits=limits), bar.raw)
    return found


def _index(due: DailyBarsDue, broker: Broker, calendar: Calendar, first: date) -> Fetched:
    found = Fetched()
    for bar in _within(broker.index_days(due.code, due.session), calendar, first):
        values = (bar.open_points, bar.high_points, bar.low_points, bar.close_points)
        reasons = contradictions(*values)
        closed = () if calendar.on(bar.session) else (Reason.CLOSED_DAY,)
        row = {"session": bar.session, **dict(zip(INDEX_VALUES, values, strict=True))}
        found.take(row, (*reasons, *closed), bar.raw)
    return found


def _within(bars: Sequence[Any], calendar: Calendar, first: date) -> Iterator[Any]:
    return (bar for bar in bars if bar.session >= first and calendar.covers(bar.session))
