"""Reads and writes of stocks and bars. Every read of bars says what was known at `as_of`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from math import isclose
from typing import Any

from sqlalchemy import Date, String, and_, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from nunchi.database import recordset
from nunchi.market.adjustments import Factor
from nunchi.market.paired import Paired
from nunchi.market.rules import Prices
from nunchi.models.market import DailyBar, IndexBar, Stock
from nunchi.models.quotes import Adjustment
from nunchi.quotes.repository import add_changed
from nunchi.quotes.rules import INDICES

INDEX_OF_MARKET = {"KOSPI": "0001", "KOSDAQ": "1001"}  # as KIS numbers them
INDEX_DIGITS = 4
SAME_FACTOR = 0.002  # relative

_VALUES = {
    DailyBar: (DailyBar.open_won, DailyBar.high_won, DailyBar.low_won, DailyBar.close_won),
    IndexBar: (IndexBar.open, IndexBar.high, IndexBar.low, IndexBar.close),
}
_DAYS: dict[str, TypeEngine[Any]] = {"code": String(), "day": Date()}
PriceSeries = list[Prices]


def active_stocks(session: Session) -> list[Stock]:
    """Every stock that we follow, by code."""
    return list(session.scalars(select(Stock).where(Stock.active).order_by(Stock.code)))


def prices(
    session: Session,
    codes: Iterable[str],
    *,
    as_of: datetime,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, PriceSeries]:
    """Opening and closing prices by code (stock or index) as traded, oldest first, as known at `as_of`."""
    wanted = set(codes)
    indices = set(filter(is_index, wanted))
    days = (since or date.min, until or date.max)
    return _series(session, DailyBar, wanted - indices, as_of, days) | _series(
        session, IndexBar, indices, as_of, days
    )


def _series(
    session: Session,
    table: type[DailyBar] | type[IndexBar],
    codes: set[str],
    as_of: datetime,
    days: tuple[date, date],
) -> dict[str, PriceSeries]:
    if not codes:
        return {}
    opening, *_, closing = _VALUES[table]
    query = (
        select(table.code, table.session, opening, closing)
        .ext(distinct_on(table.code, table.session))
        .where(table.code.in_(codes), table.session.between(*days), table.known_at <= as_of)
        .order_by(table.code, table.session, table.known_at.desc())
    )
    found: dict[str, PriceSeries] = defaultdict(list)
    for code, day, opened, closed in session.execute(query):
        found[code].append(Prices(day, opened, closed))
    return dict(found)


def volumes(
    session: Session, codes: Iterable[str], *, as_of: datetime, since: date
) -> dict[str, dict[date, int]]:
    """Shares traded by stock and session, oldest first, as known at `as_of`."""
    query = (
        select(DailyBar.code, DailyBar.session, DailyBar.volume_shares)
        .ext(distinct_on(DailyBar.code, DailyBar.session))
        .where(DailyBar.code.in_(list(codes)), DailyBar.known_at <= as_of, DailyBar.session >= since)
        .order_by(DailyBar.code, DailyBar.session, DailyBar.known_at.desc())
    )
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for code, day, shares in session.execute(query):
        found[code][day] = shares
    return dict(found)


def paired_series(
    session: Session,
    stocks: Iterable[tuple[str, str]],
    *,
    as_of: datetime,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Paired]:
    """Each (code, market)'s prices beside its index's, with its adjustment factors, as known at `as_of`."""
    wanted = dict(stocks)
    codes = {*wanted, *(INDEX_OF_MARKET[name] for name in wanted.values())}
    found = prices(session, codes, as_of=as_of, since=since, until=until)
    dated = factors_known(session, wanted, as_of=as_of)
    return {
        code: Paired(found.get(code, []), found.get(INDEX_OF_MARKET[name], []), dated.get(code, ()))
        for code, name in wanted.items()
    }


def first_of_last(
    session: Session, days: Mapping[str, date], count: int, *, as_of: datetime
) -> dict[str, date]:
    """The first of the last `count` sessions (fewer, where there are fewer) in which each stock traded before its day.

    However old: a stock may have been suspended for years. One that never traded before its day is left out.
    """
    given = recordset([{"code": code, "day": day} for code, day in days.items()], _DAYS)
    last = (
        select(DailyBar.session)
        .where(DailyBar.code == given.c.code, DailyBar.session < given.c.day)
        .where(DailyBar.known_at <= as_of, DailyBar.open_won > 0, DailyBar.close_won > 0)
        .distinct()
        .order_by(DailyBar.session.desc())
        .limit(count)
        .lateral("last")
    )
    query = select(given.c.code, func.min(last.c.session)).select_from(given).join(last, true())
    found: dict[str, date] = dict(session.execute(query.group_by(given.c.code)).all())
    return found


def ranges(
    session: Session, codes: Iterable[str], *, as_of: datetime, since: date, until: date | None = None
) -> dict[str, dict[date, tuple[int, int]]]:
    """The highest and lowest price of each session in which a stock traded, in won as traded, as known at `as_of`."""
    query = (
        select(DailyBar.code, DailyBar.session, DailyBar.high_won, DailyBar.low_won)
        .ext(distinct_on(DailyBar.code, DailyBar.session))
        .where(DailyBar.code.in_(set(codes)), DailyBar.session >= since, DailyBar.known_at <= as_of)
        .order_by(DailyBar.code, DailyBar.session, DailyBar.known_at.desc())
    )
    if until is not None:
        query = query.where(DailyBar.session <= until)
    found: dict[str, dict[date, tuple[int, int]]] = defaultdict(dict)
    for code, day, high, low in session.execute(query):
        if low > 0:
            found[code][day] = (high, low)
    return dict(found)


def factors_known(session: Session, codes: Iterable[str], *, as_of: datetime) -> dict[str, list[Factor]]:
    """The adjustment factors of stocks, oldest first, as known at `as_of`; of a day the newest verdict counts."""
    query = (
        select(Adjustment.code, Adjustment.from_session, Adjustment.factor_ratio)
        .ext(distinct_on(Adjustment.code, Adjustment.from_session))
        .where(Adjustment.code.in_(set(codes)), Adjustment.known_at <= as_of)
        .order_by(Adjustment.code, Adjustment.from_session, Adjustment.known_at.desc())
    )
    found: dict[str, list[Factor]] = defaultdict(list)
    for code, day, ratio in session.execute(query):
        found[code].append(Factor(day, ratio))
    return dict(found)


def codes_without_bar(session: Session, day: date) -> list[str]:
    """The active stocks, then the indices, that have no bar of a session yet."""
    stocks = select(Stock.code).where(
        Stock.active, ~select(DailyBar).where(DailyBar.code == Stock.code, DailyBar.session == day).exists()
    )
    have = set(session.scalars(select(IndexBar.code).where(IndexBar.session == day)))
    indices = [code for code in INDICES if code not in have]
    return indices + list(session.scalars(stocks.order_by(Stock.code)))


def is_index(code: str) -> bool:
    """Whether a code is an index's: four digits, where a stock's has six characters."""
    return len(code) == INDEX_DIGITS


def _table(code: str) -> type[DailyBar] | type[IndexBar]:
    return IndexBar if is_index(code) else DailyBar


def store_bars(session: Session, code: str, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Stores the bars that are new or differ from what is stored; returns how many. Nothing is overwritten."""
    # the volume grows on after the close, which is no other bar
    given = [{**row, "code": code} for row in rows]
    return add_changed(session, _table(code), given, now=now, ignored=("volume_shares",))


def store_factors(session: Session, code: str, found: Sequence[Factor], *, now: datetime) -> int:
    """Stores adjustment factors that are new, or whose ratio differs by more than the rounding of prices makes it."""
    query = (
        select(Adjustment.from_session, Adjustment.factor_ratio)
        .ext(distinct_on(Adjustment.from_session))
        .where(Adjustment.code == code)
        .order_by(Adjustment.from_session, Adjustment.known_at.desc())
    )
    known: dict[date, float] = dict(session.execute(query).all()) if found else {}
    rows = [
        {"code": code, "from_session": one.session, "factor_ratio": one.ratio}
        for one in found
        if not isclose(one.ratio, known.get(one.session, 0.0), rel_tol=SAME_FACTOR)
    ]
    return add_changed(session, Adjustment, rows, now=now)


def stock_with_last_bar(
    session: Session, code: str, *, as_of: datetime
) -> tuple[Stock, DailyBar | None] | None:
    """A stock with its newest bar known at `as_of`, or None when there is no such stock."""
    query = (
        select(Stock, DailyBar)
        .outerjoin(DailyBar, and_(DailyBar.code == Stock.code, DailyBar.known_at <= as_of))
        .where(Stock.code == code)
        .order_by(DailyBar.session.desc(), DailyBar.known_at.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return (found[0], found[1]) if found else None
