"""A stock's prices: by session, week and month, by minutes of a session, the newest one, and the order book."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from api.dependencies import DatabaseSession, Now, StockPath, public
from api.problems import Problem, Wrong
from api.routes.stocks import QuoteShown, quote_shown
from nunchi.errors import NotFound
from nunchi.market import known
from nunchi.market import repository as market
from nunchi.market.adjustments import adjust
from nunchi.market.calendar import Session
from nunchi.quotes import repository as quotes
from nunchi.seoul import seoul_date
from nunchi.stocks import repository
from nunchi.stocks.candles import Interval, candles, of_minutes

router = APIRouter(prefix="/stocks/{code}", tags=["stocks"], dependencies=[public])

USUAL_DAYS = 182
MOST_DAYS = 1830  # five years: some 1,230 sessions
MINUTE = timedelta(minutes=1)

First = Annotated[
    date | None, Query(alias="from", description=f"The first day; {USUAL_DAYS} days before the last one.")
]
Last = Annotated[date | None, Query(alias="to", description="The last day, in Seoul; today.")]


@dataclass(frozen=True)
class Days:
    """From one day in Seoul to another, both included."""

    first: date
    last: date

    @property
    def both(self) -> tuple[date, date]:
        return self.first, self.last


def _days(now: Now, first: First = None, last: Last = None) -> Days:
    end = last or seoul_date(now)
    start = first or end - timedelta(days=min(USUAL_DAYS, (end - date.min).days))
    if start > end:
        raise Problem(422, "invalid", wrong=[Wrong("query.from", "order")])
    if (end - start).days > MOST_DAYS:
        raise Problem(422, "invalid", wrong=[Wrong("query.from", "span", {"days": MOST_DAYS})])
    return Days(start, end)


Span = Annotated[Days, Depends(_days)]


def _number(given: object) -> object:
    return int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given


IntervalMinutes = Annotated[Literal[1, 3, 5, 10, 15, 30, 60], BeforeValidator(_number)]


class Bar(BaseModel):
    """One session, or a week's or month's sessions that lie in the span."""

    first_session: date
    last_session: date
    sessions: int
    open_won: float = Field(description="No whole won where the price is adjusted.")
    high_won: float
    low_won: float
    close_won: float
    volume_shares: int = Field(description="As traded; never adjusted.")


class DailyPrices(BaseModel):
    stock_code: str
    interval: Interval
    adjusted: bool
    bars: list[Bar] = Field(description="Oldest first.")


class MinuteLine(BaseModel):
    at: AwareDatetime = Field(description="When the span begins.")
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


class MinutePrices(BaseModel):
    stock_code: str
    session: date
    interval_minutes: int
    bars: list[MinuteLine] = Field(description="Oldest first; spans without a trade are left out.")


class Offer(BaseModel):
    price_won: int
    shares: int


class OrderBookShown(BaseModel):
    known_at: AwareDatetime
    asks: list[Offer] = Field(description="What others sell at, the best first.")
    bids: list[Offer] = Field(description="What others buy at, the best first.")


@router.get("/prices/daily")
def daily_prices(
    code: StockPath,
    days: Span,
    session: DatabaseSession,
    now: Now,
    adjusted: Annotated[
        bool,
        Query(description="On today's footing: as if every split and right known by now had always been."),
    ] = True,
    interval: Interval = "day",
) -> DailyPrices:
    """A stock's bars from one day to another, by session, or by calendar week or month."""
    repository.stock(session, code)
    bars = repository.daily(session, code, days.both, as_of=now)
    factors = market.factors_known(session, [code], as_of=now).get(code, []) if adjusted else []
    made = candles(adjust(bars, factors, as_of=seoul_date(now)), interval)
    shown = [Bar.model_validate(one, from_attributes=True) for one in made]
    return DailyPrices(stock_code=code, interval=interval, adjusted=adjusted, bars=shown)


@router.get("/prices/minute")
def minute_prices(
    code: StockPath,
    session: DatabaseSession,
    now: Now,
    day: Annotated[date | None, Query(alias="session", description="The latest that has opened.")] = None,
    interval_minutes: IntervalMinutes = 1,
) -> MinutePrices:
    """A stock's minutes of one session, put together from its opening on."""
    repository.stock(session, code)
    asked = _session(session, day, now)
    found = quotes.minutes(session, code, asked.opens_at, asked.closes_at + MINUTE, as_of=now)
    spans = of_minutes(found, asked, interval_minutes * MINUTE)
    bars = [MinuteLine(at=at, **{n: getattr(span, n) for n in quotes.MINUTE_VALUES}) for at, span in spans]
    return MinutePrices(stock_code=code, session=asked.day, interval_minutes=interval_minutes, bars=bars)


def _session(session: DatabaseSession, day: date | None, now: datetime) -> Session:
    calendar = known.calendar(session)
    found = calendar.on(day) if day else calendar.last_opened(now)
    if found is None:
        raise Problem(422, "invalid", wrong=[Wrong("query.session", "no_session")])
    return found


@router.get("/quote")
def get_quote(code: StockPath, session: DatabaseSession, now: Now) -> QuoteShown:
    """A stock's price in session, when it was last asked for."""
    repository.stock(session, code)
    found = repository.last_quote(session, code, as_of=now)
    if found is None:
        raise NotFound("quote", code)
    return quote_shown(found)


@router.get("/order-book")
def get_order_book(code: StockPath, session: DatabaseSession, now: Now) -> OrderBookShown:
    """The best offers and bids, when they were last asked for."""
    repository.stock(session, code)
    found = repository.last_order_book(session, code, as_of=now)
    if found is None:
        raise NotFound("order book", code)
    asks, bids = (found.ask_won, found.ask_shares), (found.bid_won, found.bid_shares)
    return OrderBookShown(known_at=found.known_at, asks=_offers(*asks), bids=_offers(*bids))


def _offers(prices: list[int], shares: list[int]) -> list[Offer]:
    return [Offer(price_won=price, shares=count) for price, count in zip(prices, shares, strict=True)]
