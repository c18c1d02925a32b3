"""Spans of reports that are due, their grades, and ratings with every change of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.evaluate.repository import work
from nunchi.models.evaluation import Waiting
from nunchi.models.grades import Rating, RatingChange, ReportEvaluation
from nunchi.models.market import Stock
from nunchi.models.reports import Report, ReportScenario

KIND = "reports"


@dataclass(frozen=True)
class Scenario:
    """A span of a report: what is graded once its last session has closed."""

    report_id: UUID
    span: str
    stock_code: str
    market: str
    arm: str
    session: date
    sigma20: float
    horizon: int
    target_won: float
    support_won: float


def earliest(session: Session) -> date | None:
    """The session of the first report."""
    return session.scalar(select(Report.session).order_by(Report.session).limit(1))


def ending(session: Session, starts: Sequence[tuple[int, date]]) -> list[Scenario]:
    """The scenarios without a grade of these horizons and sessions of their reports."""
    if not starts:
        return []
    span = ReportScenario
    of_starts = or_(*((span.horizon_sessions == h) & (Report.session == day) for h, day in starts))
    return _scenarios(session, _ungraded().where(of_starts))


def waiting(session: Session) -> list[Scenario]:
    """The scenarios that wait for a bar."""
    open_ones = work.is_open(KIND, Report.id, Report.stock_code, ReportScenario.horizon_sessions)
    return _scenarios(session, _ungraded().where(open_ones))


def _ungraded() -> Any:
    report, span = Report, ReportScenario
    graded = exists().where(ReportEvaluation.report_id == report.id, ReportEvaluation.span == span.span)
    of_report = (report.id, span.span, report.stock_code, Stock.market, report.arm, report.session)
    of_span = (report.sigma20_ratio, span.horizon_sessions, span.target_won, span.support_won)
    return (
        select(*of_report, *of_span)
        .select_from(Report)
        .join(ReportScenario, span.report_id == report.id)
        .join(Stock, Stock.code == report.stock_code)
        # one that was asked for later is as of another moment than its session's close, from which grades count
        .where(~graded, Report.version == 1)
        .order_by(report.id, span.span)
    )


def _scenarios(session: Session, query: Any) -> list[Scenario]:
    return [Scenario(*row) for row in session.execute(query)]


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Stores grades; one that is there stays."""
    if rows:
        query = insert(ReportEvaluation).on_conflict_do_nothing()
        session.execute(query.returning(ReportEvaluation.span), rows)


def resolve(session: Session, *, now: datetime) -> None:
    """Closes what waited and has a grade."""
    due = (Waiting.owner_id == ReportScenario.report_id) & (
        Waiting.horizon_sessions == ReportScenario.horizon_sessions
    )
    graded = exists().where(
        due,
        ReportEvaluation.report_id == ReportScenario.report_id,
        ReportEvaluation.span == ReportScenario.span,
    )
    work.resolve(session, KIND, graded, now=now)


def rating(session: Session, report_id: UUID, rater_id: UUID) -> Rating | None:
    """What a person says of a report, locked until the transaction ends."""
    return session.get(Rating, (report_id, rater_id), with_for_update=True, populate_existing=True)


def add_rating(session: Session, values: dict[str, Any]) -> bool:
    """Stores a first rating; False where that person has rated the report already."""
    query = insert(Rating).values(values).on_conflict_do_nothing().returning(Rating.stars)
    return session.scalar(query) is not None


def set_stars(session: Session, report_id: UUID, rater_id: UUID, stars: int, *, now: datetime) -> None:
    """Changes a rating."""
    query = update(Rating).where(Rating.report_id == report_id, Rating.rater_id == rater_id)
    session.execute(query.values(stars=stars, changed_at=now))


def add_change(session: Session, values: dict[str, Any]) -> None:
    """Adds to the history of ratings; nothing in it is ever changed."""
    session.execute(insert(RatingChange).values(values))
