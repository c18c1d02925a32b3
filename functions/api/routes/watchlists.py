"""Watchlists: lists of stocks, each seen and changed by its own user alone."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter
from sqlalchemy import Row

from api.access import problem_responses
from api.dependencies import DatabaseSession, Now, StockPath, User
from api.forms import Strict
from api.links import path_of
from api.paging import Cursor, Order, Page, PageSize
from nunchi.models import Quote, Stock
from nunchi.stocks import repository as stocks
from nunchi.watch import repository, rules, service
from nunchi.watch.repository import Held

router = APIRouter(prefix="/watchlists", tags=["watchlists"])


class WatchlistName(Strict):
    name: str = Field(
        max_length=200,
        examples=["반도체"],
        description=f"1 to {rules.LONGEST_NAME} characters once spaces are single; nobody's two lists share one.",
    )


class WatchlistLine(BaseModel):
    id: UUID
    name: str = Field(examples=["반도체"])
    created_at: AwareDatetime
    stocks: int = Field(description=f"How many are on it; at most {rules.MOST_STOCKS}.")


class WatchedLine(BaseModel):
    code: str = Field(examples=["005930"])
    name: str
    market: str = Field(examples=["KOSPI"])
    active: bool = Field(description="False once we follow the stock no more.")
    added_at: AwareDatetime


class PricedLine(WatchedLine):
    """A stock on a list with its newest price; empty where its price was never asked for."""

    price_won: int | None = Field(examples=[71_200])
    change_ratio: float | None = Field(
        examples=[0.0123], description="On the last session's close; empty where that is not known."
    )
    price_at: AwareDatetime | None


LISTS = Order(TypeAdapter(tuple[AwareDatetime, UUID]))
STOCKS = Order(TypeAdapter(str))


@router.get("")
def list_watchlists(
    user: User, session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None
) -> Page[WatchlistLine]:
    """The own lists, the oldest first: that one is the default."""
    found = repository.lists(session, user.id, limit=limit + 1, after=LISTS.after(cursor))
    return LISTS.page(found, limit, lambda held: (held.created_at, held.id), _line)


@router.post("", status_code=201, responses=problem_responses(409, 422))
def create_watchlist(
    body: WatchlistName, user: User, session: DatabaseSession, now: Now, request: Request, response: Response
) -> WatchlistLine:
    """Makes an empty list; a user has 20 at most."""
    made = service.create(session, user.id, body.name, now=now)
    response.headers["Location"] = path_of(request, "get_watchlist", watchlist_id=made.id)
    return _line(made)


@router.get("/{watchlist_id}")
def get_watchlist(watchlist_id: UUID, user: User, session: DatabaseSession) -> WatchlistLine:
    """One of the own lists."""
    return _line(service.found(session, user.id, watchlist_id))


@router.patch("/{watchlist_id}", responses=problem_responses(409, 422))
def rename_watchlist(
    watchlist_id: UUID, body: WatchlistName, user: User, session: DatabaseSession
) -> WatchlistLine:
    """Gives a list another name."""
    return _line(service.rename(session, user.id, watchlist_id, body.name))


@router.delete("/{watchlist_id}", status_code=204)
def delete_watchlist(watchlist_id: UUID, user: User, session: DatabaseSession) -> None:
    """Deletes a list with what is on it."""
    service.drop(session, user.id, watchlist_id)


@router.get("/{watchlist_id}/stocks")
def list_watched(
    watchlist_id: UUID,
    user: User,
    session: DatabaseSession,
    now: Now,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[PricedLine]:
    """The stocks on a list with their newest prices, by code."""
    service.found(session, user.id, watchlist_id)
    found = repository.stocks_on(session, watchlist_id, limit=limit + 1, after=STOCKS.after(cursor))
    quotes = stocks.last_quotes(session, [stock.code for stock, _ in found], as_of=now)
    return STOCKS.page(
        found, limit, lambda row: row[0].code, lambda row: _priced(row, quotes.get(row[0].code))
    )


@router.put("/{watchlist_id}/stocks/{code}", responses=problem_responses(409))
def watch_stock(
    watchlist_id: UUID, code: StockPath, user: User, session: DatabaseSession, now: Now
) -> WatchedLine:
    """Puts a stock that we follow on a list; one that is there stays as it is. A list holds 200 at most."""
    return _watched(service.watch(session, user.id, watchlist_id, code, now=now))


@router.delete("/{watchlist_id}/stocks/{code}", status_code=204)
def unwatch_stock(watchlist_id: UUID, code: StockPath, user: User, session: DatabaseSession) -> None:
    """Takes a stock off a list."""
    service.unwatch(session, user.id, watchlist_id, code)


def _line(held: Held) -> WatchlistLine:
    return WatchlistLine.model_validate(held, from_attributes=True)


def _watched(row: Row[Stock, AwareDatetime]) -> WatchedLine:
    stock, added_at = row
    return WatchedLine(
        code=stock.code, name=stock.name, market=stock.market, active=stock.active, added_at=added_at
    )


def _priced(row: Row[Stock, AwareDatetime], quote: Quote | None) -> PricedLine:
    price, at, base = (quote.price_won, quote.known_at, quote.base_won) if quote else (None, None, None)
    change = price / base - 1 if price and base else None
    return PricedLine(**dict(_watched(row)), price_won=price, change_ratio=change, price_at=at)
