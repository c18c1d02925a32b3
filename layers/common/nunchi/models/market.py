"""Listed stocks and their daily bars, as traded."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Stock(Base):
    """A listed stock: its six-digit code, its exact listed name, and `KOSPI` or `KOSDAQ`."""

    __tablename__ = "stocks"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    market: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)


class DailyBar(Base):
    """One session of one stock, as traded. A revision is a new row with a later `known_at`."""

    __tablename__ = "daily_bars"

    code: Mapped[str] = mapped_column(primary_key=True)
    session: Mapped[date] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    open_won: Mapped[int]
    high_won: Mapped[int]
    low_won: Mapped[int]
    close_won: Mapped[int]
    volume_shares: Mapped[int] = mapped_column(BigInteger)
    backfilled: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("ix_daily_bars_code_known_at", "code", "known_at"),)


class IndexBar(Base):
    """One session of one index, in index points. A revision is a new row with a later `known_at`."""

    __tablename__ = "index_bars"

    code: Mapped[str] = mapped_column(primary_key=True)
    session: Mapped[date] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    open: Mapped[float]
    high: Mapped[float]
    low: Mapped[float]
    close: Mapped[float]
    backfilled: Mapped[bool] = mapped_column(default=False)
