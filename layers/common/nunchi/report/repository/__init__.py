"""Reads and writes of reports and of their runs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from nunchi.database import beyond
from nunchi.errors import NotFound
from nunchi.models import Arm, Case, Forecast, Report, ReportRun, ReportScenario, Stock

OK, DUE = "ok", "due"
LONGEST_WRITE = timedelta(minutes=10)  # from a forecast's moment to its commit: no function lives as long


def told_since(session: Session, since: datetime, until: datetime) -> set[tuple[str, str]]:
    """The stocks, with the arm, that an arm has forecast from `since` to before `until`, or so late before that the
    forecast was committed after it had been looked for at `since`, and no report tells of its story.
    """
    story = func.jsonb_build_array(func.jsonb_build_object("story_id", cast(Case.story_id, Text)))
    is_told = exists().where(
        Report.stock_code == Case.stock_code,
        Report.arm == Forecast.arm,
        Report.as_of > Forecast.created_at,
        Report.evidence["stories"].contains(story),
    )
    query = (
        select(Case.stock_code, Forecast.arm)
        .join(Forecast, Forecast.case_id == Case.id)
        .where(Forecast.created_at >= since - LONGEST_WRITE, Forecast.created_at < until)
        .where(or_(Forecast.created_at >= since, ~is_told))
        .distinct()
    )
    return {(code, arm) for code, arm in session.execute(query)}


def open_runs(session: Session, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Stores runs that are due; gives the ids of those that were not there yet."""
    if not rows:
        return set()
    query = insert(ReportRun).on_conflict_do_nothing().returning(ReportRun.id)
    return set(session.scalars(query, list(rows)))


def newest_run(session: Session, code: str, arm: str, day: date, slot: str) -> ReportRun | None:
    """The newest version of a stock's report of a slot, made or not."""
    query = (
        select(ReportRun)
        .filter_by(stock_code=code, arm=arm, session=day, slot=slot)
        .order_by(ReportRun.version.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def run_with_arm(session: Session, run_id: UUID) -> tuple[ReportRun, Arm, Stock]:
    """A run, who makes it, and about which stock. Raises `NotFound`."""
    query = (
        select(ReportRun, Arm, Stock)
        .join(Arm, Arm.name == ReportRun.arm)
        .join(Stock, Stock.code == ReportRun.stock_code)
        .where(ReportRun.id == run_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("report", run_id)
    run, arm, stock = found
    return run, arm, stock


def finish(session: Session, run: Mapping[str, Any]) -> bool:
    """Records how a run went; False, and nothing is changed, when it had gone well already."""
    query = insert(ReportRun).values(dict(run))
    query = query.on_conflict_do_update(index_elements=["id"], set_=dict(run), where=ReportRun.outcome != OK)
    return session.scalar(query.returning(ReportRun.id)) is not None


def store(session: Session, report: Report, scenarios: Sequence[ReportScenario]) -> None:
    """Stores a report that was made, with its scenarios."""
    session.add(report)
    session.flush()
    session.add_all(scenarios)


def latest(
    session: Session,
    *,
    stock_code: str | None,
    arm: str | None,
    limit: int,
    after: tuple[str, str] | None = None,
) -> Sequence[Report]:
    """The latest report of each stock and arm, the newest version of it, by stock and arm, after a place in that order.

    One look into the index for each pair, so that it takes as long however many reports there are.
    """
    order = (Stock.code, Arm.name)
    newest = (
        select(Report)
        .where(Report.stock_code == Stock.code, Report.arm == Arm.name)
        .order_by(Report.as_of.desc(), Report.version.desc())
        .limit(1)
        .lateral()
    )
    shown = aliased(Report, newest)
    query = select(shown).select_from(Stock).join(Arm, true()).join(newest, true())
    query = query.where(beyond(order, after, going="up")).order_by(*order).limit(limit)
    if stock_code is not None:
        query = query.where(Stock.code == stock_code)
    if arm is not None:
        query = query.where(Arm.name == arm)
    return session.scalars(query).all()


def history(
    session: Session,
    *,
    stock_code: str,
    arm: str | None,
    before: datetime | None,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> Sequence[Report]:
    """All reports of a stock, every version, the newest first; only those before a moment, if one is given."""
    order = (Report.as_of, Report.id)
    query = select(Report).where(Report.stock_code == stock_code, beyond(order, after))
    if arm is not None:
        query = query.where(Report.arm == arm)
    if before is not None:
        query = query.where(Report.as_of < before)
    return session.scalars(query.order_by(*(one.desc() for one in order)).limit(limit)).all()


def with_scenarios(session: Session, report_id: UUID) -> tuple[Report, list[ReportScenario]]:
    """A report with its scenarios, the shortest first. Raises `NotFound`."""
    report = session.get(Report, report_id)
    if report is None:
        raise NotFound("report", report_id)
    query = select(ReportScenario).where(ReportScenario.report_id == report_id)
    return report, list(session.scalars(query.order_by(ReportScenario.horizon_sessions)))
