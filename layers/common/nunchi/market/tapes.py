"""What a stock's trades are measured on, read at once for many stocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from nunchi.market import repository
from nunchi.market.calendar import Calendar
from nunchi.market.levels import Level
from nunchi.market.trades import Tape, Tick
from nunchi.quotes import repository as quotes
from nunchi.seoul import seoul_date


@dataclass(frozen=True)
class Asked:
    """A stock, its market, and a moment after which a position opens in it (aware)."""

    code: str
    market: str
    moment: datetime


def tapes(
    session: Session,
    asked: Sequence[Asked],
    calendar: Calendar,
    *,
    as_of: datetime,
    since: date,
    until: date | None = None,
) -> dict[str, Tape]:
    """Each stock's prices from `since` to `until`, with the minutes and levels around the moments asked about."""
    stocks = {(one.code, one.market) for one in asked}
    pairs = repository.paired_series(session, stocks, as_of=as_of, since=since, until=until)
    days = {seoul_date(one.moment) for one in asked}
    levels = _levels(session, {market for _, market in stocks}, days, as_of)
    ticks = _ticks(session, asked, calendar, as_of)
    gone = quotes.delistings(session, pairs, as_of=as_of)
    return {
        code: Tape(pairs[code], ticks.get(code, ()), levels.get(market, ()), gone.get(code))
        for code, market in stocks
    }


def _ticks(
    session: Session, asked: Iterable[Asked], calendar: Calendar, as_of: datetime
) -> dict[str, list[Tick]]:
    within = {(one.code, one.moment): calendar.session_of(one.moment) for one in asked}
    wanted = [
        {"code": code, "moment": moment, "opens_at": hours.opens_at, "closes_at": hours.closes_at}
        for (code, moment), hours in within.items()
        if hours is not None
    ]
    found: dict[str, list[Tick]] = {}
    for code, at, opened, closed in quotes.ticks_around(session, wanted, as_of=as_of):
        found.setdefault(code, []).append(Tick(at, opened, closed))
    return found


def _levels(
    session: Session, markets: Iterable[str], days: Iterable[date], as_of: datetime
) -> dict[str, list[Level]]:
    found: dict[str, list[Level]] = {}
    market_of = {repository.INDEX_OF_MARKET[market]: market for market in markets}
    for code, at, points in quotes.levels(session, list(market_of), days, as_of=as_of):
        found.setdefault(market_of[code], []).append(Level(at, points))
    return found
