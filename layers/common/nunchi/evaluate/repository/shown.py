"""Evaluations, grades and ratings as they are listed, page by page, and summed up over a bounded span of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, select
from sqlalchemy.orm import Session

from nunchi.database import Condition, beyond, conditions
from nunchi.errors import NotFound
from nunchi.evaluate.repository.counting import before_cutoff, in_time
from nunchi.models.evaluation import Evaluation, ScoreDay
from nunchi.models.forecasts import Arm, Case, Forecast
from nunchi.models.grades import Rating, RatingChange, ReportEvaluation
from nunchi.models.reports import Report
from nunchi.models.stories import Story

GROUPS = {
    "day": ReportEvaluation.last_session,
    "arm": ReportEvaluation.arm,
    "stock": ReportEvaluation.stock_code,
}


@dataclass(frozen=True)
class Wanted:
    """Which evaluations or grades: those of which all that is given holds. `day` is the session they end with."""

    stock_code: str | None = None
    arm: str | None = None
    horizon_sessions: int | None = None
    day: date | None = None


_OF_FORECASTS: dict[str, Condition] = {
    "stock_code": lambda given: Evaluation.stock_code == given,
    "arm": lambda given: Forecast.arm == given,
    "horizon_sessions": lambda given: Forecast.horizon_sessions == given,
    "day": lambda given: Evaluation.exit_session == given,
}
_OF_REPORTS: dict[str, Condition] = {
    "stock_code": lambda given: ReportEvaluation.stock_code == given,
    "arm": lambda given: ReportEvaluation.arm == given,
    "day": lambda given: ReportEvaluation.last_session == given,
}


def evaluations(
    session: Session, wanted: Wanted, *, limit: int, after: tuple[date, UUID] | None
) -> Sequence[Row[Evaluation, Forecast]]:
    """The newest revision of each evaluation with its forecast; those that ended last come first."""
    order = (Evaluation.exit_session, Evaluation.forecast_id)
    query = (
        select(Evaluation, Forecast)
        .join(Forecast, Forecast.id == Evaluation.forecast_id)
        .where(Evaluation.superseded_at.is_(None), beyond(order, after), *conditions(wanted, _OF_FORECASTS))
        .order_by(*(one.desc() for one in order))
        .limit(limit)
    )
    return session.execute(query).all()


def days(
    session: Session,
    *,
    arm: str | None,
    horizon_sessions: int | None,
    limit: int,
    after: tuple[date, str, int] | None,
) -> Sequence[Row[Any]]:
    """The sums of each entry session, arm and horizon, events before an arm's cut-off left out; newest first."""
    order = (ScoreDay.entry_session, ScoreDay.arm, ScoreDay.horizon_sessions)
    query = (
        select(
            *order,
            *(
                func.sum(getattr(ScoreDay, name)).label(name)
                for name in ("cases", "answered", "late", "abstained", "sum_rps", "sum_prior_rps", "hits")
            ),
        )
        .where(beyond(order, after), ~ScoreDay.before_cutoff)
        .group_by(*order)
        .order_by(*(one.desc() for one in order))
        .limit(limit)
    )
    if arm is not None:
        query = query.where(ScoreDay.arm == arm)
    if horizon_sessions is not None:
        query = query.where(ScoreDay.horizon_sessions == horizon_sessions)
    return session.execute(query).all()


def of_stock(session: Session, code: str, *, since: date, until: date) -> Sequence[Row[Any]]:
    """What came of a stock's forecasts that ended in a span of days, both included, by arm and horizon.

    They are those that count in the records: late ones, and of events before an arm's cut-off, are left out.
    """
    with_prior = Evaluation.prior_rps.is_not(None)
    query = (
        select(
            Forecast.arm,
            Forecast.horizon_sessions,
            func.count().label("forecasts"),
            func.avg(Evaluation.rps).label("mean_rps"),
            func.avg(Evaluation.brier).label("mean_brier"),
            func.avg(Evaluation.log_loss).label("mean_log_loss"),
            func.count().filter(Evaluation.hit).label("hits"),
            func.count().filter(with_prior).label("against_prior"),
            func.sum(Evaluation.rps).filter(with_prior).label("sum_rps"),
            func.sum(Evaluation.prior_rps).label("sum_prior_rps"),
        )
        .join(Forecast, Forecast.id == Evaluation.forecast_id)
        .join(Arm, Arm.name == Forecast.arm)
        .join(Case, Case.id == Forecast.case_id)
        .join(Story, Story.id == Case.story_id)
        .where(
            in_time(Evaluation, Forecast.arm),
            ~before_cutoff(),
            Evaluation.stock_code == code,
            Evaluation.superseded_at.is_(None),
            Evaluation.exit_session.between(since, until),
        )
        .group_by(Forecast.arm, Forecast.horizon_sessions)
        .order_by(Forecast.arm, Forecast.horizon_sessions)
    )
    return session.execute(query).all()


def grades(
    session: Session, wanted: Wanted, *, limit: int, after: tuple[date, UUID, str] | None
) -> Sequence[Row[ReportEvaluation, list[int] | None]]:
    """The grades of reports' spans, each with its report's stars; those that ended last come first."""
    order = (ReportEvaluation.last_session, ReportEvaluation.report_id, ReportEvaluation.span)
    stars = (
        select(func.array_agg(Rating.stars))
        .where(Rating.report_id == ReportEvaluation.report_id)
        .correlate(ReportEvaluation)
        .scalar_subquery()
    )
    query = (
        select(ReportEvaluation, stars)
        .where(beyond(order, after), *conditions(wanted, _OF_REPORTS))
        .order_by(*(one.desc() for one in order))
        .limit(limit)
    )
    return session.execute(query).all()


def graded(
    session: Session,
    by: Literal["day", "arm", "stock"],
    *,
    since: date,
    until: date,
    limit: int,
    after: tuple[str] | tuple[date] | None,
) -> Sequence[Row[Any]]:
    """The grades that ended in a span of days, both included, summed up by day, arm or stock, in that order."""
    key = GROUPS[by]
    stars = (
        select(Rating.report_id, func.avg(Rating.stars).label("mean"), func.count().label("ratings"))
        .where(Rating.report_id == ReportEvaluation.report_id)
        .group_by(Rating.report_id)
        .lateral()
    )
    query = (
        select(
            key.label("key"),
            func.count().label("spans"),
            func.avg(ReportEvaluation.grade).label("mean_grade"),
            func.coalesce(func.sum(stars.c.ratings), 0).label("ratings"),
            func.avg(stars.c.mean).label("mean_stars"),
        )
        .outerjoin(stars, stars.c.report_id == ReportEvaluation.report_id)
        .where(ReportEvaluation.last_session.between(since, until), beyond([key], after, going="up"))
        .group_by(key)
        .order_by(key)
        .limit(limit)
    )
    return session.execute(query).all()


def unrated(
    session: Session,
    rater_id: UUID,
    *,
    since: datetime,
    limit: int,
    after: tuple[datetime, UUID] | None,
) -> Sequence[Row[Report, int]]:
    """The reports as of `since` or later that a person has not rated, with how many others have; newest first."""
    order = (Report.as_of, Report.id)
    by_rater = exists().where(Rating.report_id == Report.id, Rating.rater_id == rater_id)
    others = select(func.count()).where(Rating.report_id == Report.id).correlate(Report).scalar_subquery()
    query = (
        select(Report, others)
        .where(Report.as_of >= since, ~by_rater, beyond(order, after))
        .order_by(*(one.desc() for one in order))
        .limit(limit)
    )
    return session.execute(query).all()


def require_report(session: Session, report_id: UUID) -> None:
    """Raises `NotFound` where there is no such report."""
    if session.scalar(select(Report.id).where(Report.id == report_id)) is None:
        raise NotFound("report", report_id)


def ratings(session: Session, report_id: UUID, *, limit: int, after: tuple[UUID] | None) -> Sequence[Rating]:
    """The ratings of a report as they are now, by rater."""
    query = select(Rating).where(Rating.report_id == report_id, beyond([Rating.rater_id], after, going="up"))
    return session.scalars(query.order_by(Rating.rater_id).limit(limit)).all()


def rating(session: Session, report_id: UUID, rater_id: UUID) -> Rating:
    """A person's rating of a report. Raises `NotFound`."""
    found = session.get(Rating, (report_id, rater_id), populate_existing=True)
    if found is None:
        raise NotFound("rating", f"{report_id} / {rater_id}")
    return found


def changes(
    session: Session, report_id: UUID, rater_id: UUID, *, limit: int, after: tuple[int] | None
) -> Sequence[RatingChange]:
    """Every change of a person's rating of a report, the newest first."""
    query = select(RatingChange).where(
        and_(RatingChange.report_id == report_id, RatingChange.rater_id == rater_id),
        beyond([RatingChange.id], after),
    )
    return session.scalars(query.order_by(RatingChange.id.desc()).limit(limit)).all()
