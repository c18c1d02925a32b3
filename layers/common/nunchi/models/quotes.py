"""What else the market data says of stocks and indices, each row with the moment from which we knew it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class MinuteBar(Base):
    """One minute of one stock, as traded; `at` is the minute's beginning. Partitioned by month.

    A correction replaces the row, and its `known_at`.
    """

    __tablename__ = "minute_bars"

    code: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    known_at: Mapped[datetime]
    open_won: Mapped[int]
    high_won: Mapped[int]
    low_won: Mapped[int]
    close_won: Mapped[int]
    volume_shares: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = {"postgresql_partition_by": "RANGE (at)"}


class IndexLevel(Base):
    """The level of an index in session, in points, when it was asked for."""

    __tablename__ = "index_levels"

    code: Mapped[str] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    level_points: Mapped[float]


class Quote(Base):
    """A stock's price in session when it was asked for, and what bounds it that day.

    `base_won` is what the day's change and limits are counted from: the last close, or less after a right was detached.
    """

    __tablename__ = "quotes"

    code: Mapped[str] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    price_won: Mapped[int]
    volume_shares: Mapped[int] = mapped_column(BigInteger)
    base_won: Mapped[int | None]
    upper_limit_won: Mapped[int | None]
    lower_limit_won: Mapped[int | None]


class OrderBook(Base):
    """The best offers and bids of a stock when it was asked for, best first; shares beside prices."""

    __tablename__ = "order_books"

    code: Mapped[str] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    ask_won: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    ask_shares: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    bid_won: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    bid_shares: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class InvestorFlow(Base):
    """Who bought a stock on balance in a session: shares and millions of won, negative where sold."""

    __tablename__ = "investor_flows"

    code: Mapped[str] = mapped_column(primary_key=True)
    session: Mapped[date] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    individual_shares: Mapped[int] = mapped_column(BigInteger)
    foreign_shares: Mapped[int] = mapped_column(BigInteger)
    institution_shares: Mapped[int] = mapped_column(BigInteger)
    individual_krw_millions: Mapped[int] = mapped_column(BigInteger)
    foreign_krw_millions: Mapped[int] = mapped_column(BigInteger)
    institution_krw_millions: Mapped[int] = mapped_column(BigInteger)


class OvertimeDay(Base):
    """What a stock did after a session's close: its last price there, None where nothing was traded, and its volume."""

    __tablename__ = "overtime_days"

    code: Mapped[str] = mapped_column(primary_key=True)
    session: Mapped[date] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    close_won: Mapped[int | None]
    volume_shares: Mapped[int] = mapped_column(BigInteger)


class Product(Base):
    """What a listed stock is, as the exchange describes it."""

    __tablename__ = "products"

    code: Mapped[str] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    name: Mapped[str]
    english_name: Mapped[str]
    market: Mapped[str]
    sector: Mapped[str]
    listed_shares: Mapped[int] = mapped_column(BigInteger)
    par_won: Mapped[float | None]
    is_halted: Mapped[bool]
    is_administrative: Mapped[bool]
    delisted_on: Mapped[date | None]  # the first day without it


class FinancialRatio(Base):
    """A company's ratios of a year or a quarter that ended with the month that begins on `period`."""

    __tablename__ = "financial_ratios"

    code: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    quarterly: Mapped[bool] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    sales_growth_percent: Mapped[float | None]
    operating_profit_growth_percent: Mapped[float | None]
    net_income_growth_percent: Mapped[float | None]
    roe_percent: Mapped[float | None]
    eps_won: Mapped[float | None]
    bps_won: Mapped[float | None]
    debt_ratio_percent: Mapped[float | None]


class Adjustment(Base):
    """From `from_session` on, prices are in other units: those before are to be multiplied by `factor_ratio`."""

    __tablename__ = "adjustments"

    code: Mapped[str] = mapped_column(primary_key=True)
    from_session: Mapped[date] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    factor_ratio: Mapped[float]


class CalendarDay(Base):
    """What the broker says of a day: whether the exchange is open on it."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    is_open: Mapped[bool]


class Quarantined(Base):
    """A row that could not be true, with the reasons and what was sent; it is in no other table."""

    __tablename__ = "quarantined"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    code: Mapped[str]
    known_at: Mapped[datetime]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (Index("ix_quarantined_code_known_at", "code", "known_at"),)
