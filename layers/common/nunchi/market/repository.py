"""Reads and writes of stocks and bars. Every read of bars says what was known at `as_of`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from nunchi.market.paired import Paired
from nunchi.market.rules import Prices
from nunchi.models.market import DailyBar, IndexBar, Stock

INDEX_OF_MARKET = {"KOSPI": "0001", "KOSDAQ": "1001"}  # as KIS numbers them

_VALUES = {
    DailyBar: (DailyBar.open_won, DailyBar.high_won, DailyBar.low_won, DailyBar.close_won),
    IndexBar: (IndexBar.open, IndexBar.high, IndexBar.low, IndexBar.close),
}
PriceSeries = list[Prices]


def active_stocks(session: Session) -> list[Stock]:
    """Every stock that we follow, by code."""
    return list(session.scalars(select(Stock).where(Stock.active).order_by(Stock.code)))


def prices(
    session: Session, codes: Iterable[str], *, as_of: datetime, since: date | None = None
) -> dict[str, PriceSeries]:
    """Opening and closing prices by code (stock or index), oldest first, as known at `as_of`."""
    wanted = set(codes)
    indices = wanted & set(INDEX_OF_MARKET.values())
    return _series(session, DailyBar, wanted - indices, as_of, since) | _series(
        session, IndexBar, indices, as_of, since
    )


def _series(
    session: Session,
    table: type[DailyBar] | type[IndexBar],
    codes: set[str],
    as_of: datetime,
    since: date | None,
) -> dict[str, PriceSeries]:
    if not codes:
        return {}
    opening, *_, closing = _VALUES[table]
    query = (
        select(table.code, table.session, opening, closing)
        .ext(distinct_on(table.code, table.session))
        .where(table.code.in_(codes), table.known_at <= as_of)
        .order_by(table.code, table.session, table.known_at.desc())
    )
    if since is not None:
        query = query.where(table.session >= since)
    found: dict[str, PriceSeries] = defaultdict(list)
    for code, day, opened, closed in session.execute(query):
        found[code].append(Prices(day, opened, closed))
    return dict(found)


def paired_series(
    session: Session, stocks: Iterable[tuple[str, str]], *, as_of: datetime, since: date | None = None
) -> dict[str, Paired]:
    """Each (code, market)'s prices beside its index's, as known at `as_of`."""
    wanted = dict(stocks)
    codes = {*wanted, *(INDEX_OF_MARKET[name] for name in wanted.values())}
    found = prices(session, codes, as_of=as_of, since=since)
    return {
        code: Paired(found.get(code, []), found.get(INDEX_OF_MARKET[name], []))
        for code, name in wanted.items()
    }


def codes_without_bar(session: Session, day: date) -> list[str]:
    """The active stocks, then the indices, that have no bar of a session yet."""
    stocks = select(Stock.code).where(
        Stock.active, ~select(DailyBar).where(DailyBar.code == Stock.code, DailyBar.session == day).exists()
    )
    have = set(session.scalars(select(IndexBar.code).where(IndexBar.session == day)))
    indices = [code for code in INDEX_OF_MARKET.values() if code not in have]
    return indices + list(session.scalars(stocks.order_by(Stock.code)))


def sessions_stored(session: Session, code: str) -> int:
    """How many sessions of a stock or an index are stored."""
    table = _table(code)
    return session.scalar(select(func.count(table.session.distinct())).where(table.code == code)) or 0


def _table(code: str) -> type[DailyBar] | type[IndexBar]:
    return IndexBar if code in INDEX_OF_MARKET.values() else DailyBar


def store_bars(session: Session, code: str, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Stores the bars that are new or differ from what is stored; returns how many. Nothing is overwritten."""
    table = _table(code)
    values = _VALUES[table]
    days = [row["session"] for row in rows]
    stored = (
        select(table.session, *values)
        .ext(distinct_on(table.session))
        .where(table.code == code, table.session.in_(days))
        .order_by(table.session, table.known_at.desc())
    )
    known = {day: tuple(prices) for day, *prices in session.execute(stored)}
    changed = [
        {**row, "code": code, "known_at": now}
        for row in rows
        if known.get(row["session"]) != tuple(row[value.key] for value in values)
    ]
    if changed:
        session.execute(insert(table).on_conflict_do_nothing().returning(table.code), changed)
    return len(changed)


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
