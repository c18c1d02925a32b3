"""Who forecasts, what was asked, what was answered, and the seal on it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Arm(Base):
    """One forecaster. `provider` chooses the queue and the function that asks it.

    `training_cutoff` is the last day of which its model may have read; what it forecasts of earlier days is hindsight.
    """

    __tablename__ = "arms"

    name: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    model: Mapped[str]
    prompt_version: Mapped[str]
    role: Mapped[str]  # main, challenger or baseline
    active: Mapped[bool]
    switched_by_hand: Mapped[bool] = mapped_column(
        server_default=text("false")
    )  # no start of ours changes it then
    price_input_usd_per_mtok: Mapped[float] = mapped_column(server_default="0")
    price_cached_usd_per_mtok: Mapped[float] = mapped_column(server_default="0")
    price_output_usd_per_mtok: Mapped[float] = mapped_column(server_default="0")
    training_cutoff: Mapped[date | None]
    daily_budget_krw: Mapped[int] = mapped_column(server_default="0")


class Case(Base):
    """One story and one stock, put to every active arm with the same evidence, as known at `as_of`."""

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"))
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"))
    as_of: Mapped[datetime] = mapped_column(index=True)
    correlation_id: Mapped[str]  # of the article that opened it: it follows the story from crawl to score
    sigma20_ratio: Mapped[float]
    asked: Mapped[list[str]]  # the arms that were active: what one of them does not answer counts against it
    routine: Mapped[str] = mapped_column(default="", server_default="")  # why only the baselines are asked
    evidence: Mapped[dict[str, Any]]

    __table_args__ = (
        UniqueConstraint("story_id", "stock_code"),
        Index("ix_cases_stock_code_as_of", "stock_code", "as_of"),
    )


class Answer(Base):
    """What an arm made of a case: `outcome` is `ok`, or names the failure."""

    __tablename__ = "answers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    outcome: Mapped[str]
    reason: Mapped[str]
    model: Mapped[str]
    prompt_version: Mapped[str]
    rationale: Mapped[str]
    cited: Mapped[list[str]]  # article ids
    sentiment: Mapped[float | None]  # -1 to 1
    impact: Mapped[str | None]  # low, medium or high; so is the urgency
    urgency: Mapped[str | None]
    grounded: Mapped[bool | None]  # whether every number of the rationale was in the input
    calls: Mapped[int] = mapped_column(server_default="0")  # paid ones; a repair is one more
    input_tokens: Mapped[int]
    cached_tokens: Mapped[int] = mapped_column(server_default="0")  # of the input
    output_tokens: Mapped[int]
    cost_usd: Mapped[float | None]  # as the provider tells it
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("case_id", "arm"),)


class Seal(Base):
    """The Merkle root of the forecasts sealed in one minute, chained to the root before it.

    The database refuses to change, remove or truncate it (revision 0012); so it does for what is sealed under it.
    """

    __tablename__ = "seals"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    root: Mapped[str] = mapped_column(unique=True)
    previous_root: Mapped[str] = mapped_column(unique=True)
    forecasts: Mapped[int]
    sealed_at: Mapped[datetime] = mapped_column(index=True)
    header: Mapped[dict[str, Any] | None]  # what `root` is the hash of; none before format 2


class SealDraft(Base):
    """What is about to be sealed after a root. Whoever takes the row away adds the seal."""

    __tablename__ = "seal_drafts"

    previous_root: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]


class Forecast(Base):
    """Probabilities of one horizon: as the arm gave them (p), and as they are shown and scored, recalibrated.

    `calibrator` names what lies between them. `sealed_at` is empty until the Seal function has fixed its hash.
    """

    __tablename__ = "forecasts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    answer_id: Mapped[UUID] = mapped_column(ForeignKey("answers.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    horizon_sessions: Mapped[int]
    p_down: Mapped[float]
    p_flat: Mapped[float]
    p_up: Mapped[float]
    expected_move_ratio: Mapped[float | None]  # market-adjusted
    shown_down: Mapped[float]
    shown_flat: Mapped[float]
    shown_up: Mapped[float]
    calibrator: Mapped[str]
    created_at: Mapped[datetime]
    content_hash: Mapped[str | None]
    seal_id: Mapped[int | None] = mapped_column(ForeignKey("seals.id"), index=True)
    sealed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("case_id", "arm", "horizon_sessions"),
        Index("ix_forecasts_created_at", "created_at", "id"),
        Index("ix_forecasts_arm_created_at", "arm", "created_at", "id"),
        Index("ix_forecasts_horizon_sessions_sealed_at", "horizon_sessions", "sealed_at"),
        Index("ix_forecasts_unsealed", "created_at", postgresql_where=text("sealed_at IS NULL")),
    )
