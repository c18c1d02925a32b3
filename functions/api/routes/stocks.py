"""Listed stocks and what they last traded at."""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from api.dependencies import DatabaseSession, Now, StockPath, public
from nunchi.errors import NotFound
from nunchi.market import repository
from nunchi.models.market import DailyBar, Stock

router = APIRouter(prefix="/stocks", tags=["stocks"], dependencies=[public])


class StockLine(BaseModel):
    code: str
    name: str
    market: str


class LastBar(BaseModel):
    session: date
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


class StockDetail(StockLine):
    last_bar: LastBar | None


@router.get("")
def list_stocks(session: DatabaseSession) -> list[StockLine]:
    """Every stock that is followed, by code."""
    return [
        StockLine.model_validate(stock, from_attributes=True) for stock in repository.active_stocks(session)
    ]


@router.get("/{code}")
def get_stock(code: StockPath, session: DatabaseSession, now: Now) -> StockDetail:
    """One stock with its last daily bar."""
    found = repository.stock_with_last_bar(session, code, as_of=now)
    if found is None:
        raise NotFound("stock", code)
    stock, bar = found
    return _detail(stock, bar)


def _detail(stock: Stock, bar: DailyBar | None) -> StockDetail:
    last = LastBar.model_validate(bar, from_attributes=True) if bar else None
    return StockDetail(code=stock.code, name=stock.name, market=stock.market, last_bar=last)
