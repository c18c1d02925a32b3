"""What the market did, and what that says of each forecast."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Reaction(Base):
    """A stock's market-adjusted return after a story, `horizon_sessions` after the entry session."""

    __tablename__ = "reactions"

    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"), primary_key=True)
    horizon_sessions: Mapped[int] = mapped_column(primary_key=True)
    entry_session: Mapped[date]
    entry_kind: Mapped[str]
    exit_session: Mapped[date]
    stock_return_ratio: Mapped[float]
    adjusted_return_ratio: Mapped[float]
    band_ratio: Mapped[float]
    outcome: Mapped[int]
    known_at: Mapped[datetime]


class BaseRate(Base):
    """How often a stock, or all of a market, fell, stayed or rose: counts by entry kind and horizon."""

    __tablename__ = "base_rates"

    scope: Mapped[str] = mapped_column(primary_key=True)  # a stock's code, or KOSPI or KOSDAQ
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, Any]]


class Evaluation(Base):
    """One forecast scored, once."""

    __tablename__ = "evaluations"

    forecast_id: Mapped[UUID] = mapped_column(ForeignKey("forecasts.id"), primary_key=True)
    entry_session: Mapped[date] = mapped_column(index=True)
    entry_kind: Mapped[str]
    entry_won: Mapped[int]
    exit_session: Mapped[date]
    exit_won: Mapped[int]
    adjusted_return_ratio: Mapped[float]
    band_ratio: Mapped[float]
    outcome: Mapped[int]
    rps: Mapped[float]
    brier: Mapped[float]
    log_loss: Mapped[float]
    hit: Mapped[bool]
    known_at: Mapped[datetime]


class Performance(Base):
    """An arm's record at one horizon over everything evaluated up to the end of a day in Seoul."""

    __tablename__ = "performance"

    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"), primary_key=True)
    horizon_sessions: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    cases: Mapped[int]
    answered: Mapped[int]
    entry_sessions: Mapped[int]
    mean_rps: Mapped[float]
    mean_brier: Mapped[float]
    mean_log_loss: Mapped[float]
    hit_rate: Mapped[float]
    skill: Mapped[float]
