"""What the dashboard reads. Each read is a look-up by index for each stock, however long the history is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import CTE, Double, String, cast, func, literal, select, true, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from nunchi.dashboard.rules import Seen
from nunchi.database import recordset
from nunchi.market.calendar import Session as Trading
from nunchi.models import (
    Adjustment,
    Article,
    DailyBar,
    Forecast,
    IndexBar,
    IndexLevel,
    InvestorFlow,
    Quote,
    Report,
    Seal,
    Stock,
    Story,
    WatchedStock,
    Watchlist,
)

Investor = Literal["foreign", "institution"]


@dataclass(frozen=True)
class Counts:
    """What came in since a moment, and when the newest forecast and report were made; None where there is none."""

    articles: int
    stories: int
    forecasts: int
    sealed_forecasts: int
    reports: int
    newest_forecast_at: datetime | None
    newest_report_at: datetime | None


@dataclass(frozen=True)
class Mover:
    """A stock's price in a session, what its change is counted from, and when we knew the price."""

    code: str
    name: str
    market: str
    price_won: int
    base_won: int
    change_ratio: float
    volume_shares: int
    known_at: datetime


@dataclass(frozen=True)
class Flow:
    """What foreign investors and institutions bought of a stock on balance in a session, negative where they sold."""

    code: str
    name: str
    market: str
    session: date
    foreign_shares: int
    foreign_krw_millions: int
    institution_shares: int
    institution_krw_millions: int


@dataclass(frozen=True)
class Watched:
    """A stock and how many users have it on a list."""

    code: str
    name: str
    market: str
    watchers: int


def counts(session: Session, *, since: datetime, now: datetime) -> Counts:
    """What came in from a moment up to now."""
    spans = (Article.known_at, Story.known_at, Forecast.created_at)
    numbers = [select(func.count()).where(at.between(since, now)).scalar_subquery() for at in spans]
    sealed = select(func.coalesce(func.sum(Seal.forecasts), 0)).where(Seal.sealed_at.between(since, now))
    reports = select(func.count()).where(Report.created_at.between(since, now))
    newest = [select(func.max(at)).scalar_subquery() for at in (Forecast.created_at, Report.created_at)]
    query = select(*numbers, sealed.scalar_subquery(), reports.scalar_subquery(), *newest)
    return Counts(*tuple(session.execute(query).one()))


def indices(session: Session, codes: Sequence[str], *, now: datetime) -> list[Seen]:
    """What is stored of each index, in the order of their codes here."""
    given = recordset([{"code": code} for code in codes], {"code": String()})
    levels = select(IndexLevel).where(IndexLevel.code == given.c.code, IndexLevel.known_at <= now)
    level = levels.order_by(IndexLevel.known_at.desc()).limit(1).lateral()
    bars = select(IndexBar).where(IndexBar.code == given.c.code, IndexBar.known_at <= now)
    newest = bars.order_by(IndexBar.session.desc(), IndexBar.known_at.desc()).limit(1)
    last = newest.lateral()
    before = newest.where(IndexBar.session < last.c.session).lateral()
    told = (level.c.level_points, level.c.known_at, last.c.session, last.c.close, before.c.close)
    query = select(given.c.code, *told).select_from(given)
    for each in (level, last, before):
        query = query.outerjoin(each, true())
    return [Seen(*tuple(row)) for row in session.execute(query)]


def movers(
    session: Session, trading: Trading, *, now: datetime, limit: int
) -> tuple[list[Mover], list[Mover]]:
    """The stocks that rose and fell most in a session, at most `limit` of each.

    A change is counted from what the broker says, or else from the last close, in the units of this session.
    Stocks that nobody traded are left out.
    """
    moved = _moved(trading, now)
    rows = [Mover(*tuple(row)) for row in session.execute(_ends(moved, moved.c.change_ratio, limit))]
    return [one for one in rows if one.change_ratio > 0], [one for one in rows if one.change_ratio < 0]


def _moved(trading: Trading, now: datetime) -> CTE:
    day = trading.day
    quotes = select(Quote).where(Quote.code == Stock.code, Quote.known_at.between(trading.opens_at, now))
    quote = quotes.order_by(Quote.known_at.desc()).limit(1).lateral("quote")
    bars = select(DailyBar).where(DailyBar.code == Stock.code, DailyBar.known_at <= now)
    bar = bars.where(DailyBar.session == day).order_by(DailyBar.known_at.desc()).limit(1).lateral("bar")
    # asked only for stocks whose quote does not say what the change is counted from
    newest = bars.order_by(DailyBar.session.desc(), DailyBar.known_at.desc()).limit(1)
    before = newest.where(DailyBar.session < day, quote.c.base_won.is_(None)).lateral("before")
    factors = select(Adjustment.factor_ratio).where(
        Adjustment.code == Stock.code, Adjustment.from_session == day, Adjustment.known_at <= now
    )
    factor = factors.where(quote.c.base_won.is_(None)).order_by(Adjustment.known_at.desc()).limit(1)
    unit = factor.lateral("unit")
    price = func.coalesce(bar.c.close_won, quote.c.price_won)
    adjusted = func.round(before.c.close_won * func.coalesce(unit.c.factor_ratio, literal(1.0, Double)))
    base = func.coalesce(quote.c.base_won, cast(adjusted, Quote.price_won.type))
    volume = func.coalesce(bar.c.volume_shares, quote.c.volume_shares)
    query = select(
        Stock.code,
        Stock.name,
        Stock.market,
        price.label("price_won"),
        base.label("base_won"),
        (cast(price, Double) / base - 1).label("change_ratio"),
        volume.label("volume_shares"),
        func.coalesce(bar.c.known_at, quote.c.known_at).label("known_at"),
    ).select_from(Stock)
    for each in (quote, bar, before, unit):
        query = query.outerjoin(each, true())
    return query.where(Stock.active, volume > 0, base > 0).cte("moved")


def net_buying(
    session: Session, investor: Investor, *, now: datetime, limit: int
) -> tuple[list[Flow], list[Flow]]:
    """The stocks that an investor bought and sold most of, in won on balance, in the newest session that is known."""
    newest = (
        select(InvestorFlow)
        .where(InvestorFlow.code == Stock.code, InvestorFlow.known_at <= now)
        .order_by(InvestorFlow.session.desc(), InvestorFlow.known_at.desc())
        .limit(1)
        .lateral()
    )
    names = ("foreign_shares", "foreign_krw_millions", "institution_shares", "institution_krw_millions")
    each = select(Stock.code, Stock.name, Stock.market, newest.c.session, *(newest.c[name] for name in names))
    known = each.select_from(Stock).join(newest, true()).where(Stock.active).cte("known")
    of_last = select(known).where(known.c.session == select(func.max(known.c.session)).scalar_subquery())
    flows = of_last.cte("flows")
    won = flows.c[f"{investor}_krw_millions"]
    rows = [Flow(*tuple(row)) for row in session.execute(_ends(flows, won, limit))]
    by = [getattr(row, f"{investor}_krw_millions") for row in rows]
    return [row for row, won in zip(rows, by, strict=True) if won > 0], [
        row for row, won in zip(rows, by, strict=True) if won < 0
    ]


def _ends(table: CTE, value: ColumnElement[Any], limit: int) -> Any:
    """The rows with the highest values above 0, the highest first, then those with the lowest below it."""
    high = select(table).where(value > 0).order_by(value.desc(), table.c.code).limit(limit).subquery()
    low = select(table).where(value < 0).order_by(value, table.c.code).limit(limit).subquery()
    return union_all(select(high), select(low))


def most_watched(session: Session, limit: int) -> list[Watched]:
    """The stocks that most users have on a list, by number. Reads all lists."""
    watchers = func.count(Watchlist.user_id.distinct()).label("watchers")
    query = (
        select(Stock.code, Stock.name, Stock.market, watchers)
        .join(WatchedStock, WatchedStock.stock_code == Stock.code)
        .join(Watchlist, Watchlist.id == WatchedStock.watchlist_id)
        .where(Stock.active)
        .group_by(Stock.code)
        .order_by(watchers.desc(), Stock.code)
        .limit(limit)
    )
    return [Watched(code, name, market, users) for code, name, market, users in session.execute(query)]
