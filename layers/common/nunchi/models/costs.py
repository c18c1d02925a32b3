"""What models cost, and which of them are compared."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base

RESERVED = "reserved"


class ModelCall(Base):
    """One call of a model. While its `outcome` is `reserved`, `usd` and `krw` are the most that it can cost.

    `subject_id` is the case, or whatever else `purpose` asks about; `attempt` counts the calls about it from 1. A call
    that nobody told the end of stays `reserved`, and counts no more after `expires_at`.
    """

    __tablename__ = "model_calls"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    subject_id: Mapped[UUID]
    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    attempt: Mapped[int]
    provider: Mapped[str]
    model: Mapped[str]
    input_tokens: Mapped[int]
    cached_tokens: Mapped[int]
    output_tokens: Mapped[int]
    usd: Mapped[float]
    krw: Mapped[float]
    outcome: Mapped[str]
    latency_ms: Mapped[int]
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("subject_id", "arm", "attempt"),
        Index("ix_model_calls_arm_started_at", "arm", "started_at"),
    )


class Experiment(Base):
    """Two arms that are compared, and the one comparison that decides; but for its end, it never changes.

    `pair` is the two names in order, so that a pair has one running primary experiment at most.
    """

    __tablename__ = "experiments"

    name: Mapped[str] = mapped_column(primary_key=True)
    arm_a: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    arm_b: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    pair: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    horizon_sessions: Mapped[int]
    alpha: Mapped[float]
    primary: Mapped[bool]

    __table_args__ = (
        CheckConstraint("arm_a <> arm_b", "two_arms"),
        CheckConstraint("alpha > 0 AND alpha < 1", "alpha"),
        Index(
            "ix_experiments_running_primary",
            "pair",
            unique=True,
            postgresql_where=text('ended_at IS NULL AND "primary"'),
        ),
    )
