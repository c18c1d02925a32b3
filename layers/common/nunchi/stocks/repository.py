"""What is shown of stocks, and the writes of the list of them. Reads of the market say what was known at `as_of`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, case, func, literal, or_, select, true
from sqlalchemy import update as changing
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from nunchi.database import beyond, recordset
from nunchi.errors import NotFound, NunchiError
from nunchi.models.market import DailyBar, Stock
from nunchi.models.quotes import FinancialRatio, InvestorFlow, OrderBook, Quote
from nunchi.stocks import rules
from nunchi.stocks.candles import Traded
from nunchi.stocks.listing import BadLine, BadListing, Listed

Place = tuple[int, str]  # how well a stock fits what is typed, and its code
EXACT, BEGINS, WITHIN = 0, 1, 2
_UPDATED = ("name", "market", "priority", "active")


class Taken(NunchiError):
    """A stock's code or name belongs to another stock. `field` is `code` or `name`."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"the {field} {value} is another stock's")
        self.field = field


@dataclass(frozen=True)
class Wanted:
    """Which stocks are asked for. None asks for all, and so does nothing typed."""

    active: bool | None = True
    market: str | None = None
    priority: int | None = None
    typed: str = ""


def listed(
    session: Session, wanted: Wanted, *, limit: int, after: Place | None = None
) -> Sequence[tuple[Stock, int]]:
    """Stocks and how well they fit: those named exactly as typed, then those that begin so, then others; by code."""
    rank = _rank(rules.pattern(wanted.typed))
    order = (rank, Stock.code)
    query = select(Stock, rank).where(rank <= WITHIN, beyond(order, after, going="up")).order_by(*order)
    for column, value in ((Stock.active, wanted.active), (Stock.market, wanted.market)):
        query = query.where(column == value) if value is not None else query
    if wanted.priority is not None:
        query = query.where(Stock.priority == wanted.priority)
    return [(stock, fit) for stock, fit in session.execute(query.limit(limit))]


def _rank(pattern: str) -> ColumnElement[int]:
    """All stocks that there will ever be are a few thousand rows: they are looked through."""
    if not pattern:
        return literal(EXACT, Integer)
    name = func.replace(Stock.name, " ", "", type_=Text)

    def fits(before: str, after: str) -> ColumnElement[bool]:
        found = f"{before}{pattern}{after}"
        return or_(Stock.code.regexp_match(found, flags="i"), name.regexp_match(found, flags="i"))

    return case((fits("^", "$"), EXACT), (fits("^", ""), BEGINS), (fits("", ""), WITHIN), else_=WITHIN + 1)


def stock(session: Session, code: str) -> Stock:
    """One stock, followed or not. Raises `NotFound`."""
    found = session.get(Stock, code)
    if found is None:
        raise NotFound("stock", code)
    return found


def add(session: Session, listed: Listed) -> Stock:
    """Adds a stock that is followed. Raises `Taken`."""
    query = insert(Stock).values(**listed.model_dump(), active=True).on_conflict_do_nothing()
    added: Stock | None = session.scalar(query.returning(Stock))
    if added is None:
        raise Taken("code" if session.get(Stock, listed.code) else "name", listed.name)
    return added


def change(session: Session, code: str, values: Mapping[str, Any]) -> Stock:
    """Changes columns of a stock. Raises `NotFound`, and `Taken` for a name that another one has."""
    query = changing(Stock).where(Stock.code == code).values(**values).returning(Stock)
    try:
        changed: Stock | None = session.scalar(query) if values else stock(session, code)
    except IntegrityError as exc:
        raise Taken("name", str(values.get("name"))) from exc
    if changed is None:
        raise NotFound("stock", code)
    return changed


def save(session: Session, rows: Mapping[int, Listed]) -> int:
    """Stores the stocks of a list, each by its line's number, and follows them; those not in it stay as they are.

    Returns how many. Raises `BadListing` where a name is that of a stock with another code.
    """
    if not rows:
        return 0
    _refuse_taken(session, rows)
    given = recordset(
        [{**row.model_dump(), "active": True} for row in rows.values()],
        {name: Stock.__table__.columns[name].type for name in ("code", *_UPDATED)},
    )
    query = insert(Stock).from_select(["code", *_UPDATED], select(given).order_by(given.c.code))
    fresh = {name: query.excluded[name] for name in _UPDATED}
    try:
        session.execute(query.on_conflict_do_update(index_elements=["code"], set_=fresh))
    except IntegrityError as exc:  # somebody else took a name this very moment
        raise Taken("name", "of a line") from exc
    return len(rows)


def _refuse_taken(session: Session, rows: Mapping[int, Listed]) -> None:
    names = [row.name for row in rows.values()]
    query = select(Stock.name, Stock.code).where(Stock.name.in_(names))
    held: dict[str, str] = dict(session.execute(query).all())
    taken = [n for n, row in rows.items() if held.get(row.name, row.code) != row.code]
    if taken:
        raise BadListing([BadLine(number, ("name",), "line_taken") for number in taken])


def daily(session: Session, code: str, days: tuple[date, date], *, as_of: datetime) -> list[Traded]:
    """A stock's bars as traded from one day to another, both included, oldest first, as known at `as_of`."""
    prices = (DailyBar.open_won, DailyBar.high_won, DailyBar.low_won, DailyBar.close_won)
    query = (
        select(DailyBar.session, *prices, DailyBar.volume_shares)
        .ext(distinct_on(DailyBar.session))
        .where(DailyBar.code == code, DailyBar.session.between(*days), DailyBar.known_at <= as_of)
        .order_by(DailyBar.session, DailyBar.known_at.desc())
    )
    return [Traded(*row) for row in session.execute(query)]


def last_quote(session: Session, code: str, *, as_of: datetime) -> Quote | None:
    """What a stock's price was when it was last asked for."""
    query = select(Quote).where(Quote.code == code, Quote.known_at <= as_of)
    return session.scalar(query.order_by(Quote.known_at.desc()).limit(1))


def last_quotes(session: Session, codes: Sequence[str], *, as_of: datetime) -> dict[str, Quote]:
    """What stocks' prices were when they were last asked for, by code."""
    given = recordset([{"code": code} for code in codes], {"code": Text()})
    newest = (
        select(Quote)
        .where(Quote.code == given.c.code, Quote.known_at <= as_of)
        .order_by(Quote.known_at.desc())
        .limit(1)
        .lateral()
    )
    quote = aliased(Quote, newest)
    return {one.code: one for one in session.scalars(select(quote).select_from(given).join(newest, true()))}


def last_order_book(session: Session, code: str, *, as_of: datetime) -> OrderBook | None:
    """What the best offers and bids were when they were last asked for."""
    query = select(OrderBook).where(OrderBook.code == code, OrderBook.known_at <= as_of)
    return session.scalar(query.order_by(OrderBook.known_at.desc()).limit(1))


def flows(session: Session, code: str, days: tuple[date, date], *, as_of: datetime) -> Sequence[InvestorFlow]:
    """Who bought a stock on balance from one session to another, both included, oldest first."""
    query = (
        select(InvestorFlow)
        .ext(distinct_on(InvestorFlow.session))
        .where(InvestorFlow.code == code, InvestorFlow.session.between(*days), InvestorFlow.known_at <= as_of)
        .order_by(InvestorFlow.session, InvestorFlow.known_at.desc())
    )
    return session.scalars(query).all()


def ratios(
    session: Session, code: str, *, quarterly: bool | None, limit: int, as_of: datetime
) -> Sequence[FinancialRatio]:
    """A company's ratios, the newest periods first; of years, of quarters, or of both."""
    order = (FinancialRatio.period, FinancialRatio.quarterly)
    query = (
        select(FinancialRatio)
        .ext(distinct_on(*order))
        .where(
            FinancialRatio.quarterly == quarterly if quarterly is not None else true(),
            FinancialRatio.code == code,
            FinancialRatio.known_at <= as_of,
        )
        .order_by(*(column.desc() for column in order), FinancialRatio.known_at.desc())
        .limit(limit)
    )
    return session.scalars(query).all()
