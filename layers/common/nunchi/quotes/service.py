"""Market data beside daily bars: enqueuing what is due, and working a message of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from nunchi import database, outbox
from nunchi.adapters import kis
from nunchi.errors import UpstreamError
from nunchi.events import QuotesDue
from nunchi.market import known
from nunchi.market import repository as market
from nunchi.market.calendar import Calendar, xkrx
from nunchi.market.calendar import Session as Trading
from nunchi.market.corrections import differences
from nunchi.models import (
    Base,
    CalendarDay,
    FinancialRatio,
    IndexBar,
    IndexLevel,
    InvestorFlow,
    OrderBook,
    OvertimeDay,
    Product,
    Quote,
)
from nunchi.observability import count, get_logger
from nunchi.queues import Write
from nunchi.quotes import repository, rules
from nunchi.quotes.fetch import Asking, Client, Found, fetch
from nunchi.quotes.rules import Kind
from nunchi.schedules import OFF, Counts
from nunchi.seoul import seoul_date

DAILY: Mapping[Kind, type[Base]] = {"investor": InvestorFlow, "sector": IndexBar, "overtime": OvertimeDay}
TRIES = 3  # of a code whose call failed while others' went well

Store = Callable[[Session, Sequence[repository.Row], datetime], int]


def dispatched(find: Callable[[Session, Calendar], int]) -> Counts:
    """Runs a dispatch in a transaction of its own, with the calendar as it is known; nothing while KIS is off."""
    if not kis.has_login():
        return OFF  # nothing is enqueued that nobody could fetch
    with outbox.transaction() as session:
        return {"due": find(session, known.calendar(session))}


def in_session(
    kinds: Sequence[Kind], scheduled_time: datetime, now: datetime, session: Session, calendar: Calendar
) -> int:
    """Enqueues what is asked in session, if one is going on at the scheduled time. Returns how many codes."""
    trading = calendar.on(seoul_date(scheduled_time))
    if trading is None or not rules.is_in_session(scheduled_time, trading):
        return 0
    stocks = [(stock.code, stock.priority) for stock in market.active_stocks(session)]
    due = {kind: list(rules.due_codes(kind, stocks, scheduled_time, trading)) for kind in kinds}
    return sum(_enqueue(session, kind, codes, trading, now=now) for kind, codes in due.items())


def after_close(kind: Kind, codes: Sequence[str], now: datetime, session: Session, calendar: Calendar) -> int:
    """Enqueues what is asked once a day after the close, of those of these codes, or else of all stocks, that lack it.

    Nothing on a closed day.
    """
    trading = calendar.on(seoul_date(now))
    if trading is None or now < trading.closes_at:
        return 0
    have = repository.codes_of(session, DAILY[kind], trading.day)
    lacking = [code for code in codes or _all(session) if code not in have]
    return _enqueue(session, kind, lacking, trading, now=now)


def weekly(kind: Kind, now: datetime, session: Session, calendar: Calendar) -> int:
    """Enqueues what is asked of all stocks once a week, about the last session."""
    trading = calendar.last_opened(now)
    return _enqueue(session, kind, _all(session), trading, now=now) if trading else 0


def _all(session: Session) -> list[str]:
    return [stock.code for stock in market.active_stocks(session)]


def _enqueue(session: Session, kind: Kind, codes: Sequence[str], trading: Trading, *, now: datetime) -> int:
    for batch in rules.batches(codes):
        due = QuotesDue(kind=kind, codes=batch, session=trading.day)
        outbox.add(session, due, correlation_id=f"{kind}:{batch[0]}:{now:%Y%m%dT%H%M}", now=now)
    return len(codes)


def work(due: QuotesDue, client: Client, calendar: Calendar, *, now: datetime) -> Write:
    """Asks about a message's codes. Returns the write that stores what came, and asks again for what may pass.

    Raises `UpstreamError` when nothing came and it may pass: then the whole message is tried again later.
    """
    trading = calendar.after(due.session, 0)
    found = fetch(due.kind, due.codes, Asking(client, trading, now, _last_minutes(due, trading)))
    if found.failed and len(found.failed) == len(due.codes):
        _raise_passing(found.failed)

    def write(session: Session) -> None:
        count("QuotesStored", _STORES[due.kind](session, found.rows, now), kind=due.kind)
        _keep_apart(session, due, found, now)
        _ask_again(session, due, found.failed, now)

    return write


def _last_minutes(due: QuotesDue, trading: Trading) -> Mapping[str, datetime]:
    if due.kind != "minute":
        return {}
    with database.session() as session:
        return repository.last_minutes(session, due.codes, trading.opens_at)


def _raise_passing(failed: Mapping[str, UpstreamError]) -> None:
    for exc in failed.values():
        if exc.passing:
            raise exc


def _keep_apart(session: Session, due: QuotesDue, found: Found, now: datetime) -> None:
    for code, reasons, raw in found.doubtful:
        repository.quarantine(session, due.kind, code, reasons, raw, now=now)
    if found.doubtful:
        get_logger().warning("rows that can not be true", kind=due.kind, rows=len(found.doubtful))
        count("QuotesQuarantined", len(found.doubtful), kind=due.kind)


def _ask_again(session: Session, due: QuotesDue, failed: Mapping[str, UpstreamError], now: datetime) -> None:
    again = tuple(code for code, exc in failed.items() if exc.passing and due.tries < TRIES)
    if any(isinstance(exc, kis.NotOnPaper) for exc in failed.values()):
        get_logger().info("off in paper trading", kind=due.kind)
        return
    for code, exc in failed.items():
        if code not in again:
            get_logger().error("given up on a code", kind=due.kind, code=code, error=str(exc))
            count("QuotesGivenUp", kind=due.kind)
    if again:
        next_try = QuotesDue(kind=due.kind, codes=again, session=due.session, tries=due.tries + 1)
        outbox.add(session, next_try, correlation_id=f"{due.kind}:{again[0]}:again", now=now)


def ask_calendar(client: Client, *, now: datetime) -> Counts:
    """Asks the broker about the coming days and keeps what it says; counts the days on which the calendar is wrong."""
    said = client.closed_days(seoul_date(now))
    wrong = differences(xkrx(), said)
    if wrong:
        days = [str(day) for day in (*wrong.closed, *wrong.opened)]
        get_logger().warning("the exported calendar is wrong", days=days)
        count("CalendarDaysCorrected", len(days))
    rows = [{"day": one.day, "is_open": one.is_open} for one in said]
    with database.session() as session:
        return {"days": repository.add_changed(session, CalendarDay, rows, now=now)}


def _changed(table: type[Base]) -> Store:
    return lambda session, rows, now: repository.add_changed(session, table, rows, now=now)


def _seen(table: type[Base]) -> Store:
    return lambda session, rows, now: repository.add(session, table, rows, now=now)


_STORES: Mapping[Kind, Store] = {
    "minute": lambda session, rows, now: repository.save_minutes(session, rows, now=now),
    "index_level": _seen(IndexLevel),
    "quote": _seen(Quote),
    "order_book": _seen(OrderBook),
    "investor": _changed(InvestorFlow),
    "sector": _changed(IndexBar),
    "overtime": _changed(OvertimeDay),
    "product": _changed(Product),
    "ratio": _changed(FinancialRatio),
}
