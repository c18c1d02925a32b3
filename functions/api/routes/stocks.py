"""Listed stocks: finding them, what they last traded at, and, for admins, which of them are followed."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from api.access import problem_responses
from api.audit import Audited
from api.dependencies import (
    CODE,
    PRINTABLE,
    DatabaseSession,
    Now,
    Requires,
    StockPath,
    current_user,
    public,
    require,
)
from api.forms import Strict
from api.paging import Cursor, Order, Page, PageSize
from api.problems import Problem
from nunchi.accounts.rules import Role
from nunchi.errors import NotFound
from nunchi.market import repository as market
from nunchi.models.market import DailyBar, Stock
from nunchi.models.quotes import Quote
from nunchi.stocks import repository
from nunchi.stocks.listing import Listed, Market, StockName, parsed

router = APIRouter(prefix="/stocks", tags=["stocks"])

ORDER = Order(TypeAdapter(tuple[int, str]))
CSV = "text/csv"
LONGEST_TYPED = 40

Typed = Annotated[
    str,
    Query(
        alias="q",
        max_length=LONGEST_TYPED,
        pattern=PRINTABLE,
        description="Part of a name or code; a consonant by itself (초성) stands for every syllable it begins.",
        examples=["ㄷㅇㅅ"],
    ),
]
Priority = Annotated[int | None, Query(ge=1, le=3, description="1 for the stocks that matter most.")]
Active = Annotated[bool, Query(description="`false`, for admins, lists those that are followed no more.")]


class StockLine(BaseModel):
    code: str
    name: str
    market: str
    priority: int = Field(description="1 to 3: how much is asked of the market about it.")
    active: bool = Field(description="Whether it is followed.")


class LastBar(BaseModel):
    session: date
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


class QuoteShown(BaseModel):
    """A price in session, when it was last asked for."""

    known_at: AwareDatetime
    price_won: int
    base_won: int | None = Field(description="What the day's change and limits are counted from.")
    change_won: int | None
    change_percent: float | None
    volume_shares: int
    upper_limit_won: int | None
    lower_limit_won: int | None


class StockDetail(StockLine):
    last_bar: LastBar | None
    quote: QuoteShown | None = Field(
        description="The newest price in session; null where none was asked for."
    )


class NewStock(Strict):
    code: str = Field(pattern=CODE, examples=["990010"])
    name: StockName = Field(examples=["다온솔전자"])
    market: Market = Field(examples=["KOSPI"])
    priority: int = Field(default=2, ge=1, le=3)


class StockChange(Strict):
    """What is left out, or null, stays."""

    name: StockName | None = Field(default=None, examples=["다온솔전자"])
    market: Market | None = Field(default=None, examples=["KOSDAQ"])
    priority: int | None = Field(default=None, ge=1, le=3)
    active: bool | None = Field(default=None, description="Whether it is followed.")


class Imported(BaseModel):
    stocks: int = Field(description="How many are in the list, all of which are followed now.")


def _active(request: Request, now: Now, active: Active = True) -> bool:
    if not active:
        Requires(Role.ADMIN)(current_user(request, now))
    return active


def _csv_alone(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CSV:
        raise Problem(415, "unsupported")


@router.get("", dependencies=[public], responses=problem_responses(401, 403))
def list_stocks(
    active: Annotated[bool, Depends(_active)],
    session: DatabaseSession,
    market: Annotated[Market | None, Query(description="Of one market.")] = None,
    priority: Priority = None,
    typed: Typed = "",
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[StockLine]:
    """The stocks that are followed, by code; of those that fit what is typed, the closest first."""
    wanted = repository.Wanted(active, market, priority, typed)
    found = repository.listed(session, wanted, limit=limit + 1, after=ORDER.after(cursor))
    return ORDER.page(found, limit, lambda one: (one[1], one[0].code), lambda one: _line(one[0]))


@router.get("/{code}", dependencies=[public])
def get_stock(code: StockPath, session: DatabaseSession, now: Now) -> StockDetail:
    """One stock with its last daily bar and its newest price in session."""
    found = market.stock_with_last_bar(session, code, as_of=now)
    if found is None:
        raise NotFound("stock", code)
    return _detail(*found, repository.last_quote(session, code, as_of=now))


@router.post("", status_code=201, responses=problem_responses(409))
def add_stock(body: NewStock, session: DatabaseSession, audit: Audited) -> StockLine:
    """Adds a stock and follows it."""
    added = repository.add(session, Listed(**body.model_dump()))
    audit("stock added", stock=added.code)
    return _line(added)


@router.post(
    "/import",
    dependencies=[require("admin"), Depends(_csv_alone)],
    responses=problem_responses(409, 415),
)
def import_stocks(
    body: Annotated[
        bytes,
        Body(
            media_type=CSV,
            description="UTF-8, with the header code,name,market or code,name,market,priority.",
            openapi_examples={"two": {"value": "code,name,market\n990010,다온솔전자,KOSPI\n"}},
        ),
    ],
    session: DatabaseSession,
    audit: Audited,
) -> Imported:
    """Adds or renames the stocks of a CSV and follows them all, or none if a line is bad. Others stay as they are."""
    saved = repository.save(session, parsed(body))
    audit("stocks imported", stocks=saved)
    return Imported(stocks=saved)


@router.patch("/{code}", responses=problem_responses(409))
def change_stock(code: StockPath, body: StockChange, session: DatabaseSession, audit: Audited) -> StockLine:
    """Changes a stock's name, market or priority, or follows it again."""
    wanted = body.model_dump(exclude_none=True)
    changed = repository.change(session, code, wanted)
    audit("stock changed", stock=code, fields=",".join(sorted(wanted)))
    return _line(changed)


@router.delete("/{code}", status_code=204)
def stop_following(code: StockPath, session: DatabaseSession, audit: Audited) -> None:
    """Follows a stock no more. What is known of it stays."""
    repository.change(session, code, {"active": False})
    audit("stock stopped", stock=code)


def _line(stock: Stock) -> StockLine:
    return StockLine.model_validate(stock, from_attributes=True)


def _detail(stock: Stock, bar: DailyBar | None, quote: Quote | None) -> StockDetail:
    last = LastBar.model_validate(bar, from_attributes=True) if bar else None
    shown: dict[str, Any] = _line(stock).model_dump()
    return StockDetail(**shown, last_bar=last, quote=quote_shown(quote) if quote else None)


def quote_shown(quote: Quote) -> QuoteShown:
    """A price with its change from the day's base."""
    base = quote.base_won
    change = quote.price_won - base if base else None
    percent = round(100 * change / base, 2) if change is not None and base else None
    values = {name: getattr(quote, name) for name in QuoteShown.model_fields if hasattr(quote, name)}
    return QuoteShown(**values, change_won=change, change_percent=percent)
