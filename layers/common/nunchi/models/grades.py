"""What became of reports, and what people say of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class ReportEvaluation(Base):
    """One span of a report graded: what became of its target and its support, against a driftless walk; around 0.

    `touch_sessions` is the session, counted from the report's, that first reached the target; `break_sessions` that
    which broke the support. Kept apart from the proper scores of forecasts.
    """

    __tablename__ = "report_evaluations"

    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)  # short, medium or long
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"))
    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    first_session: Mapped[date]
    last_session: Mapped[date]
    base_won: Mapped[float]
    target_won: Mapped[float]
    support_won: Mapped[float]
    touch_sessions: Mapped[int | None]
    break_sessions: Mapped[int | None]
    chance: Mapped[float]
    accuracy: Mapped[float]
    timing: Mapped[float]
    risk: Mapped[float]
    grade: Mapped[float]
    known_at: Mapped[datetime]

    __table_args__ = (Index("ix_report_evaluations_last_session", "last_session", "report_id", "span"),)


class Rating(Base):
    """What a person says of a report now, 1 to 5."""

    __tablename__ = "ratings"

    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    rater_id: Mapped[UUID] = mapped_column(primary_key=True)
    stars: Mapped[int]
    changed_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", "stars"),)


class RatingChange(Base):
    """One change of a rating and who made it; the first has no `stars_before`. Rows are only added."""

    __tablename__ = "rating_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    report_id: Mapped[UUID]
    rater_id: Mapped[UUID]
    author_id: Mapped[UUID]
    stars_before: Mapped[int | None]
    stars: Mapped[int]
    reason: Mapped[str]
    changed_at: Mapped[datetime]

    __table_args__ = (Index("ix_rating_changes_report_id_rater_id", "report_id", "rater_id"),)
