"""Listed stocks and their daily bars, as traded."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Stock(Base):
    """A tracked stock: its six-digit code, its exact listed name, and `KOSPI` or `KOSDAQ`.

    `priority` is 1 for the stocks that matter most, then 2 and 3; it decides how much is asked of an upstream.
    """

    __tablename__ = "stocks"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    market: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    priority: Mapped[int] = mapped_column(server_default="2")

    __table_args__ = (CheckConstraint("priority BETWEEN 1 AND 3", "priority"),)


class ListedName(Base):
    """A name under which a company of the whole market is registered; former names stay, people go on using them."""

    __tablename__ = "listed_names"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    known_at: Mapped[datetime]


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

    __table_args__ = (
        Index("ix_daily_bars_code_known_at", "code", "known_at"),
        Index("ix_daily_bars_known_at", "known_at"),
    )


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
