"""Reads of what a report is built from, each with what was known at `as_of`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by, distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from nunchi.market.bars import MINUTE
from nunchi.market.calendar import Session as Trading
from nunchi.models import (
    Case,
    DailyBar,
    FinancialRatio,
    Forecast,
    InvestorFlow,
    MinuteBar,
    Quote,
    Story,
)

QUOTE = (Quote.known_at, Quote.price_won, Quote.lower_limit_won, Quote.upper_limit_won)
FLOW = (
    InvestorFlow.session,
    InvestorFlow.individual_shares,
    InvestorFlow.foreign_shares,
    InvestorFlow.institution_shares,
)
RATIOS = (
    FinancialRatio.period,
    FinancialRatio.sales_growth_percent,
    FinancialRatio.operating_profit_growth_percent,
    FinancialRatio.net_income_growth_percent,
    FinancialRatio.roe_percent,
    FinancialRatio.debt_ratio_percent,
)
DailyRow = Row[date, datetime, int, int, int, int]  # session, known_at, open, high, low, close


def daily_bars(session: Session, code: str, *, as_of: datetime, since: date) -> Sequence[DailyRow]:
    """A stock's daily bars since a day as known at `as_of`, oldest first."""
    query = (
        select(
            DailyBar.session,
            DailyBar.known_at,
            DailyBar.open_won,
            DailyBar.high_won,
            DailyBar.low_won,
            DailyBar.close_won,
        )
        .ext(distinct_on(DailyBar.session))
        .where(DailyBar.code == code, DailyBar.session >= since, DailyBar.known_at <= as_of)
        .order_by(DailyBar.session, DailyBar.known_at.desc())
    )
    return session.execute(query).all()


def seen(session: Session, code: str, trading: Trading, *, as_of: datetime) -> dict[str, Any]:
    """The newest of what the broker says of a stock, as JSON has it; None where nothing is known.

    `quote`, `flow` (of the last session known), `year` and `quarter` (ratios), and `minutes`: the open, high, low, last
    price and volume of the session's minutes that had ended by `as_of`, and when the last of them began.
    """
    flow = (InvestorFlow.code == code, InvestorFlow.known_at <= as_of)
    parts = {
        "quote": _newest(QUOTE, (Quote.code == code, Quote.known_at <= as_of), Quote.known_at),
        "flow": _newest(FLOW, flow, InvestorFlow.session, InvestorFlow.known_at),
        "year": _ratios(code, as_of, quarterly=False),
        "quarter": _ratios(code, as_of, quarterly=True),
        "minutes": _minutes(code, trading, as_of),
    }
    row = session.execute(select(*(part.label(name) for name, part in parts.items()))).one()
    return dict(row._mapping)


def _newest(
    columns: Sequence[InstrumentedAttribute[Any]], conditions: Sequence[Any], *order: Any
) -> ScalarSelect[Any]:
    named = [part for column in columns for part in (column.key, column)]
    whole = func.jsonb_build_object(*named, type_=JSONB)
    query = select(whole).where(*conditions).order_by(*(column.desc() for column in order))
    return query.limit(1).scalar_subquery()


def _ratios(code: str, as_of: datetime, *, quarterly: bool) -> ScalarSelect[Any]:
    known = FinancialRatio.known_at <= as_of
    conditions = (FinancialRatio.code == code, FinancialRatio.quarterly.is_(quarterly), known)
    return _newest(RATIOS, conditions, FinancialRatio.period, FinancialRatio.known_at)


def _minutes(code: str, trading: Trading, as_of: datetime) -> ScalarSelect[Any]:
    first = func.array_agg(aggregate_order_by(MinuteBar.open_won, MinuteBar.at))
    last = func.array_agg(aggregate_order_by(MinuteBar.close_won, MinuteBar.at.desc()))
    whole = func.jsonb_build_object(
        "at", func.max(MinuteBar.at),
        "open_won", first[1],
        "high_won", func.max(MinuteBar.high_won),
        "low_won", func.min(MinuteBar.low_won),
        "last_won", last[1],
        "volume_shares", func.sum(MinuteBar.volume_shares),
        type_=JSONB,
    )  # fmt: skip
    return (
        select(whole)
        .where(
            MinuteBar.code == code,
            MinuteBar.at >= trading.opens_at,
            MinuteBar.at <= as_of - MINUTE,
            MinuteBar.known_at <= as_of,
        )
        .having(func.count() > 0)
        .scalar_subquery()
    )


def forecasts(
    session: Session, code: str, arm: str, *, since: datetime, as_of: datetime
) -> list[tuple[UUID, str, Forecast]]:
    """An arm's forecasts of a stock made from `since` to `as_of`, each with its story's id and title, oldest first."""
    query = (
        select(Story.id, Story.title, Forecast)
        .join(Case, Case.id == Forecast.case_id)
        .join(Story, Story.id == Case.story_id)
        .where(
            Case.stock_code == code,
            Forecast.arm == arm,
            Forecast.created_at >= since,
            Forecast.created_at <= as_of,
        )
        .order_by(Forecast.created_at, Story.id, Forecast.horizon_sessions)
    )
    return [(story, title, made) for story, title, made in session.execute(query)]
