"""What else is known of a stock: who buys it, its company's ratios, and technical indicators."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.dependencies import DatabaseSession, Now, StockPath, public
from api.routes.prices import Span
from nunchi.predict import evidence
from nunchi.stocks import repository

router = APIRouter(prefix="/stocks/{code}", tags=["stocks"], dependencies=[public])

Count = Annotated[int, Query(alias="limit", ge=1, le=80, description="How many periods at most.")]
Ratio = float | None


class Flow(BaseModel):
    """Who bought on balance in a session; negative where sold."""

    session: date
    known_at: AwareDatetime
    individual_shares: int
    foreign_shares: int
    institution_shares: int
    individual_krw_millions: int
    foreign_krw_millions: int
    institution_krw_millions: int


class Flows(BaseModel):
    stock_code: str
    sessions: list[Flow] = Field(description="Oldest first.")


class Ratios(BaseModel):
    """Of a year or a quarter that ended with the month that begins on `period`."""

    period: date
    quarterly: bool
    known_at: AwareDatetime
    sales_growth_percent: float | None
    operating_profit_growth_percent: float | None
    net_income_growth_percent: float | None
    roe_percent: float | None
    eps_won: float | None
    bps_won: float | None
    debt_ratio_percent: float | None


class CompanyRatios(BaseModel):
    stock_code: str
    periods: list[Ratios] = Field(description="Newest first.")


class Indicators(BaseModel):
    """Of closes on the last one's footing; null where too few sessions are known. A ratio of 0.05 is five percent."""

    stock_code: str
    last_session: date | None = None
    last_close_won: int | None = None
    return_1_sessions_ratio: Ratio = None
    return_5_sessions_ratio: Ratio = None
    return_20_sessions_ratio: Ratio = None
    volatility_20_sessions_ratio: Ratio = Field(default=None, description="A day's; not annualised.")
    rsi_14: Ratio = Field(default=None, description="Wilder's, 0 to 100, of the sessions of 130 days.")
    sma_5_won: int | None = None
    sma_20_won: int | None = None
    sma_60_won: int | None = None
    close_above_sma_5_ratio: Ratio = None
    close_above_sma_20_ratio: Ratio = None
    close_above_sma_60_ratio: Ratio = None
    volume_to_mean_of_20_sessions_ratio: Ratio = None
    price_now_won: int | None = Field(default=None, description="In session, before its bar is known.")
    return_today_ratio: Ratio = None


@router.get("/flows")
def list_flows(code: StockPath, days: Span, session: DatabaseSession, now: Now) -> Flows:
    """Who bought a stock on balance, session by session."""
    repository.stock(session, code)
    found = repository.flows(session, code, days.both, as_of=now)
    return Flows(stock_code=code, sessions=[Flow.model_validate(one, from_attributes=True) for one in found])


@router.get("/ratios")
def list_ratios(
    code: StockPath,
    session: DatabaseSession,
    now: Now,
    of: Annotated[Literal["years", "quarters"] | None, Query(description="Both without it.")] = None,
    limit: Count = 20,
) -> CompanyRatios:
    """A company's financial ratios, as they are known now."""
    repository.stock(session, code)
    quarterly = None if of is None else of == "quarters"
    found = repository.ratios(session, code, quarterly=quarterly, limit=limit, as_of=now)
    shown = [Ratios.model_validate(one, from_attributes=True) for one in found]
    return CompanyRatios(stock_code=code, periods=shown)


@router.get("/indicators")
def get_indicators(code: StockPath, session: DatabaseSession, now: Now) -> Indicators:
    """Technical indicators of a stock, the same as a forecast is made from."""
    stock = repository.stock(session, code)
    found = evidence.indicators_of(evidence.read(session, [stock], as_of=now), code)
    return Indicators(stock_code=code, **(found or {}))
