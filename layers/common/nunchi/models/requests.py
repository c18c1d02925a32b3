"""Forecasts that users ask for: the questions with their answers, and who asked. They are no part of the record."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base

DUE = "due"


class RequestedForecast(Base):
    """One question, whoever asked it, and its answer: `outcome` is `due`, then `ok`, or names the failure.

    Never sealed and never scored. `forecasts` holds a JSON object for each horizon, the shortest first. At most one of
    the same story, stock and arm is due at a time, so that two who ask the same are answered by one call.
    """

    __tablename__ = "requested_forecasts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"))
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"))
    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    as_of: Mapped[datetime]
    outcome: Mapped[str]
    reason: Mapped[str]
    finished_at: Mapped[datetime | None]
    model: Mapped[str]
    prompt_version: Mapped[str]
    rationale: Mapped[str]
    cited: Mapped[list[str]]  # article ids
    grounded: Mapped[bool | None]
    forecasts: Mapped[list[dict[str, Any]]]
    evidence: Mapped[dict[str, Any]]

    __table_args__ = (
        Index(
            "ix_requested_forecasts_due",
            "story_id",
            "stock_code",
            "arm",
            unique=True,
            postgresql_where=text("outcome = 'due'"),
        ),
        Index("ix_requested_forecasts_question", "stock_code", "arm", "story_id", "as_of"),
    )


class ForecastRequest(Base):
    """A user's request, the `number`th of a day in Seoul, from 1. The quota counts those that opened their question."""

    __tablename__ = "forecast_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    day: Mapped[date]
    number: Mapped[int]
    requested_id: Mapped[UUID] = mapped_column(ForeignKey("requested_forecasts.id"), index=True)
    asked_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("user_id", "day", "number"),
        Index("ix_forecast_requests_user_id_asked_at", "user_id", "asked_at", "id"),
    )
