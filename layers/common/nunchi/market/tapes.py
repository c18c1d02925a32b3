"""What a stock's trades are measured on, read at once for many stocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from nunchi.market import repository
from nunchi.market.calendar import Calendar
from nunchi.market.levels import Level
from nunchi.market.rules import SIGMA_SESSIONS
from nunchi.market.trades import Tape, Tick
from nunchi.quotes import repository as quotes
from nunchi.seoul import seoul_date

# the 21 sessions that σ20 is taken from, and some in case the index has no bar of one or a newer bar says no trade
TRADED = SIGMA_SESSIONS + 10


@dataclass(frozen=True)
class Asked:
    """A stock, its market, and a moment after which a position opens in it (aware)."""

    code: str
    market: str
    moment: datetime


@dataclass(frozen=True)
class Reach:
    """What is looked at: the sessions from `since` to `until`, as known at an aware `as_of`."""

    as_of: datetime
    since: date
    until: date | None = None


def tapes(session: Session, asked: Sequence[Asked], calendar: Calendar, reach: Reach) -> dict[str, Tape]:
    """Each stock's prices within reach, with the minutes and levels around the moments asked about."""
    stocks, as_of = {(one.code, one.market) for one in asked}, reach.as_of
    pairs = repository.paired_series(session, stocks, as_of=as_of, since=reach.since, until=reach.until)
    days = {seoul_date(one.moment) for one in asked}
    levels = _levels(session, {market for _, market in stocks}, days, as_of)
    ticks = _ticks(session, asked, calendar, as_of)
    gone = quotes.delistings(session, pairs, as_of=as_of)
    return {
        code: Tape(pairs[code], ticks.get(code, ()), levels.get(market, ()), gone.get(code))
        for code, market in stocks
    }


def with_sigma(
    session: Session, found: dict[str, Tape], asked: Sequence[Asked], calendar: Calendar, reach: Reach
) -> dict[str, Tape]:
    """These tapes; those too short for σ20 with as much of what was before their reach as there is."""
    short = _short(found, asked, calendar)
    begins = repository.first_of_last(session, short, TRADED, as_of=reach.as_of) if short else {}
    older = {code: day for code, day in begins.items() if day < reach.since}
    if not older:
        return found
    stocks = {(one.code, one.market) for one in asked if one.code in older}
    pairs = repository.paired_series(
        session, stocks, as_of=reach.as_of, since=min(older.values()), until=reach.until
    )
    return found | {code: replace(found[code], pair=pair) for code, pair in pairs.items()}


def _short(found: dict[str, Tape], asked: Iterable[Asked], calendar: Calendar) -> dict[str, date]:
    """The stocks without σ20 at the first entry that is asked about, with the session of that."""
    first: dict[str, datetime] = {}
    for one in asked:
        first[one.code] = min(one.moment, first.get(one.code, one.moment))
    days = {code: calendar.entry_of(moment).session for code, moment in first.items()}
    return {code: day for code, day in days.items() if found[code].pair.sigma20_before(day) is None}


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
