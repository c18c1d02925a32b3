"""Reports: what was asked for, what came of it, and its scenarios."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class ReportRun(Base):
    """A report that was asked for: `outcome` is `due`, then `ok`, or names the failure.

    Version 1 is the scheduled one, with the slot's moment as its `as_of`; a later one was asked for at `as_of`.
    """

    __tablename__ = "report_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"))
    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    session: Mapped[date]
    slot: Mapped[str]
    version: Mapped[int]
    as_of: Mapped[datetime]
    created_at: Mapped[datetime]
    outcome: Mapped[str]
    reason: Mapped[str]
    finished_at: Mapped[datetime | None]
    model: Mapped[str]
    prompt_version: Mapped[str]
    calls: Mapped[int]  # paid ones; a repair is a second one
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]

    __table_args__ = (
        UniqueConstraint("stock_code", "arm", "session", "slot", "version"),
        CheckConstraint("slot IN ('1000', '1300', '1545')", "slot"),
    )


class Report(Base):
    """A report that was made. Its id is its run's; an older version stays when a newer one is made."""

    __tablename__ = "reports"

    id: Mapped[UUID] = mapped_column(ForeignKey("report_runs.id"), primary_key=True)
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"))
    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"))
    session: Mapped[date]
    slot: Mapped[str]
    version: Mapped[int]
    as_of: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    base_price_won: Mapped[int] = mapped_column(BigInteger)
    base_price_at: Mapped[datetime]
    base_price_source: Mapped[str]  # minute, quote or close
    sigma20_ratio: Mapped[float]
    summary_ko: Mapped[str]
    risks: Mapped[list[str]]
    opportunities: Mapped[list[str]]
    recommendation: Mapped[str]  # a key of report.rules.RECOMMENDATIONS
    evidence: Mapped[dict[str, Any]]

    __table_args__ = (
        UniqueConstraint("stock_code", "arm", "session", "slot", "version"),
        Index("ix_reports_stock_code_arm_as_of", "stock_code", "arm", "as_of"),
        Index("ix_reports_as_of", "as_of", "id"),
        CheckConstraint(
            "recommendation IN ('favourable', 'balanced', 'cautious', 'uncertain')", "recommendation"
        ),
    )


class ReportScenario(Base):
    """Target and support of one span; report/rules.py says when each is touched.

    The span ends with the close of `last_session`, `horizon_sessions` after the session that had opened last at the
    report's `as_of`; None where the exchange's calendar does not reach that far yet.
    """

    __tablename__ = "report_scenarios"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    horizon_sessions: Mapped[int]
    last_session: Mapped[date | None]
    target_won: Mapped[int] = mapped_column(BigInteger)
    support_won: Mapped[int] = mapped_column(BigInteger)
    snapped: Mapped[bool]  # a price was not on a tick and was moved to the nearest
    text_ko: Mapped[str]

    __table_args__ = (CheckConstraint("span IN ('short', 'medium', 'long')", "span"),)
