"""What each kind of call brings, as rows of its table: those that can be true, and those that can't."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from nunchi.adapters.kis import results
from nunchi.errors import UpstreamError
from nunchi.market.bars import Reason, Span, checked, contradictions, is_quarantined
from nunchi.market.calendar import Session
from nunchi.market.ticks import limits_given
from nunchi.quotes.repository import MINUTE_VALUES
from nunchi.quotes.rules import Kind
from nunchi.seoul import SEOUL, seoul_date

MINUTE = timedelta(minutes=1)
MINUTE_PAGES = 16  # of thirty minutes each; a session has thirteen

Row = dict[str, Any]


class Client(Protocol):
    """The calls that are used here. Each raises `UpstreamError`."""

    def closed_days(self, first: date) -> Sequence[results.CalendarDay]: ...
    def minute_bars(self, code: str, until: Any) -> Sequence[results.MinuteBar]: ...
    def past_minute_bars(self, code: str, day: date, until: Any) -> Sequence[results.MinuteBar]: ...
    def index_price(self, code: str) -> results.IndexQuote: ...
    def index_days(self, code: str, last: date) -> Sequence[results.IndexBar]: ...
    def prices(self, codes: Sequence[str]) -> Sequence[results.Quote]: ...
    def order_book(self, code: str) -> results.OrderBook: ...
    def investor_flows(self, code: str) -> Sequence[results.InvestorFlow]: ...
    def overtime_days(self, code: str) -> Sequence[results.OvertimeDay]: ...
    def product(self, code: str) -> results.Product: ...
    def financial_ratios(self, code: str, *, quarterly: bool = False) -> Sequence[results.FinancialRatio]: ...


@dataclass(frozen=True)
class Asking:
    """What is needed to ask: the session that it is about, the present, and each code's newest stored minute."""

    client: Client
    session: Session
    now: datetime
    last_minutes: Mapping[str, datetime] = field(default_factory=dict)


@dataclass
class Found:
    """What came for the codes of a message: rows to store, rows to keep apart with their reasons, codes that failed."""

    rows: list[Row] = field(default_factory=list)
    doubtful: list[tuple[str, tuple[Reason, ...], Mapping[str, Any]]] = field(default_factory=list)
    failed: dict[str, UpstreamError] = field(default_factory=dict)

    def take(self, row: Row, reasons: tuple[Reason, ...], raw: Mapping[str, Any]) -> None:
        """Takes a row for true, or keeps it apart."""
        if is_quarantined(reasons):
            self.doubtful.append((row["code"], reasons, raw or row))
        else:
            self.rows.append(row)


def fetch(kind: Kind, codes: Sequence[str], asking: Asking) -> Found:
    """Asks about each code; what fails, fails alone."""
    found = Found()
    if kind == "quote":
        _quotes(codes, asking, found)
        return found
    for code in codes:
        try:
            _EACH[kind](code, asking, found)
        except UpstreamError as exc:
            found.failed[code] = exc
    return found


def _quotes(codes: Sequence[str], asking: Asking, found: Found) -> None:
    """All prices in one call."""
    try:
        quotes = asking.client.prices(codes)
    except UpstreamError as exc:
        found.failed = dict.fromkeys(codes, exc)
        return
    for quote in quotes:
        row = _picked(
            quote, "code", "price_won", "volume_shares", "base_won", "upper_limit_won", "lower_limit_won"
        )
        price = Span(*(quote.price_won,) * 4, quote.volume_shares)
        limits = limits_given(quote.lower_limit_won, quote.upper_limit_won)
        found.take(row, checked(price, asking.session, limits=limits), quote.raw)


def _minutes(code: str, asking: Asking, found: Found) -> None:
    last = asking.last_minutes.get(code, asking.session.opens_at)
    for bar in _minute_pages(code, asking, last):
        row = {"code": code, "at": bar.at, **{name: getattr(bar, name) for name in MINUTE_VALUES}}
        # a minute that goes on is not known yet; the last one stored is asked for again, in case it was corrected
        if last <= bar.at and bar.at + MINUTE <= asking.now:
            found.take(row, checked(bar, asking.session), bar.raw)


def _minute_pages(code: str, asking: Asking, last: datetime) -> Iterator[results.MinuteBar]:
    """The session's minutes back to the last one stored, newest first."""
    until = min(asking.now, asking.session.closes_at)
    for _ in range(MINUTE_PAGES):
        bars = [bar for bar in _minute_page(code, asking, until) if seoul_date(bar.at) == asking.session.day]
        yield from bars
        oldest = min((bar.at for bar in bars), default=last)
        if oldest <= last or oldest - MINUTE >= until:
            return
        until = oldest - MINUTE


def _minute_page(code: str, asking: Asking, until: datetime) -> Sequence[results.MinuteBar]:
    clock_time, day = until.astimezone(SEOUL).time().replace(microsecond=0), asking.session.day
    if seoul_date(asking.now) == day:
        return asking.client.minute_bars(code, clock_time)
    return asking.client.past_minute_bars(code, day, clock_time)


def _level(code: str, asking: Asking, found: Found) -> None:
    points = asking.client.index_price(code).level_points
    row = {"code": code, "level_points": points}
    found.take(row, contradictions(points, points, points, points), row)


def _order_book(code: str, asking: Asking, found: Found) -> None:
    book = asking.client.order_book(code)
    sides = {name: list(getattr(book, name)) for name in ("ask_won", "ask_shares", "bid_won", "bid_shares")}
    found.rows.append({"code": code, **sides})


def _investors(code: str, asking: Asking, found: Found) -> None:
    found.rows += [{"code": code, **asdict(flow)} for flow in asking.client.investor_flows(code)]


def _sector(code: str, asking: Asking, found: Found) -> None:
    for bar in asking.client.index_days(code, asking.session.day):
        values = (bar.open_points, bar.high_points, bar.low_points, bar.close_points)
        row = {
            "code": code,
            "session": bar.session,
            **dict(zip(("open", "high", "low", "close"), values, strict=True)),
        }
        found.take(row, contradictions(*values), bar.raw)


def _overtime(code: str, asking: Asking, found: Found) -> None:
    for day in asking.client.overtime_days(code):
        found.rows.append({"code": code, **_picked(day, "session", "close_won", "volume_shares")})


def _product(code: str, asking: Asking, found: Found) -> None:
    names = (
        "name",
        "english_name",
        "market",
        "sector",
        "listed_shares",
        "par_won",
        "is_halted",
        "is_administrative",
        "delisted_on",
    )
    found.rows.append({"code": code, **_picked(asking.client.product(code), *names)})


def _ratios(code: str, asking: Asking, found: Found) -> None:
    per_share = ("eps_won", "bps_won")
    percents = ("sales_growth", "operating_profit_growth", "net_income_growth", "roe", "debt_ratio")
    names = ("period", "quarterly", *(f"{name}_percent" for name in percents), *per_share)
    for quarterly in (False, True):
        for ratio in asking.client.financial_ratios(code, quarterly=quarterly):
            found.rows.append({"code": code, **_picked(ratio, *names)})


def _picked(result: object, *names: str) -> Row:
    return {name: getattr(result, name) for name in names}


_EACH: Mapping[Kind, Callable[[str, Asking, Found], None]] = {
    "minute": _minutes,
    "index_level": _level,
    "order_book": _order_book,
    "investor": _investors,
    "sector": _sector,
    "overtime": _overtime,
    "product": _product,
    "ratio": _ratios,
}
