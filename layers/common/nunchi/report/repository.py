"""Reads of what a report is built from, each with what was known at `as_of`, and reads and writes of reports."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, Text, cast, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by, distinct_on, insert
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from nunchi.database import beyond
from nunchi.errors import NotFound
from nunchi.market.bars import MINUTE
from nunchi.market.calendar import Session as Trading
from nunchi.models import (
    Arm,
    Case,
    DailyBar,
    FinancialRatio,
    Forecast,
    InvestorFlow,
    MinuteBar,
    Quote,
    Report,
    ReportRun,
    ReportScenario,
    Stock,
    Story,
)

OK, DUE = "ok", "due"
LONGEST_WRITE = timedelta(minutes=10)  # from a forecast's moment to its commit: no function lives as long
QUOTE = (Quote.known_at, Quote.price_won, Quote.lower_limit_won, Quote.upper_limit_won)
FLOW = (
    InvestorFlow.session,
    InvestorFlow.individual_shares,
    InvestorFlow.foreign_shares,
    InvestorFlow.institution_shares,
)
RATIOS = (
    FinancialRatio.period,
    FinancialRatio.sales_growth_percent,
    FinancialRatio.operating_profit_growth_percent,
    FinancialRatio.net_income_growth_percent,
    FinancialRatio.roe_percent,
    FinancialRatio.debt_ratio_percent,
)
DailyRow = Row[date, datetime, int, int, int, int]  # session, known_at, open, high, low, close


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


def daily_bars(session: Session, code: str, *, as_of: datetime, since: date) -> Sequence[DailyRow]:
    """A stock's daily bars since a day as known at `as_of`, oldest first."""
    query = (
        select(
            DailyBar.session,
            DailyBar.known_at,
            DailyBar.open_won,
            DailyBar.high_won,
            DailyBar.low_won,
            DailyBar.close_won,
        )
        .ext(distinct_on(DailyBar.session))
        .where(DailyBar.code == code, DailyBar.session >= since, DailyBar.known_at <= as_of)
        .order_by(DailyBar.session, DailyBar.known_at.desc())
    )
    return session.execute(query).all()


def seen(session: Session, code: str, trading: Trading, *, as_of: datetime) -> dict[str, Any]:
    """The newest of what the broker says of a stock, as JSON has it; None where nothing is known.

    `quote`, `flow` (of the last session known), `year` and `quarter` (ratios), and `minutes`: the open, high, low, last
    price and volume of the session's minutes that had ended by `as_of`, and when the last of them began.
    """
    flow = (InvestorFlow.code == code, InvestorFlow.known_at <= as_of)
    parts = {
        "quote": _newest(QUOTE, (Quote.code == code, Quote.known_at <= as_of), Quote.known_at),
        "flow": _newest(FLOW, flow, InvestorFlow.session, InvestorFlow.known_at),
        "year": _ratios(code, as_of, quarterly=False),
        "quarter": _ratios(code, as_of, quarterly=True),
        "minutes": _minutes(code, trading, as_of),
    }
    row = session.execute(select(*(part.label(name) for name, part in parts.items()))).one()
    return dict(row._mapping)


def _newest(
    columns: Sequence[InstrumentedAttribute[Any]], conditions: Sequence[Any], *order: Any
) -> ScalarSelect[Any]:
    named = [part for column in columns for part in (column.key, column)]
    whole = func.jsonb_build_object(*named, type_=JSONB)
    query = select(whole).where(*conditions).order_by(*(column.desc() for column in order))
    return query.limit(1).scalar_subquery()


def _ratios(code: str, as_of: datetime, *, quarterly: bool) -> ScalarSelect[Any]:
    known = FinancialRatio.known_at <= as_of
    conditions = (FinancialRatio.code == code, FinancialRatio.quarterly.is_(quarterly), known)
    return _newest(RATIOS, conditions, FinancialRatio.period, FinancialRatio.known_at)


def _minutes(code: str, trading: Trading, as_of: datetime) -> ScalarSelect[Any]:
    first = func.array_agg(aggregate_order_by(MinuteBar.open_won, MinuteBar.at))
    last = func.array_agg(aggregate_order_by(MinuteBar.close_won, MinuteBar.at.desc()))
    whole = func.jsonb_build_object(
        "at", func.max(MinuteBar.at),
        "open_won", first[1],
        "high_won", func.max(MinuteBar.high_won),
        "low_won", func.min(MinuteBar.low_won),
        "last_won", last[1],
        "volume_shares", func.sum(MinuteBar.volume_shares),
        type_=JSONB,
    )  # fmt: skip
    return (
        select(whole)
        .where(
            MinuteBar.code == code,
            MinuteBar.at >= trading.opens_at,
            MinuteBar.at <= as_of - MINUTE,
            MinuteBar.known_at <= as_of,
        )
        .having(func.count() > 0)
        .scalar_subquery()
    )


def forecasts(
    session: Session, code: str, arm: str, *, since: datetime, as_of: datetime
) -> list[tuple[UUID, str, Forecast]]:
    """An arm's forecasts of a stock made from `since` to `as_of`, each with its story's id and title, oldest first."""
    query = (
        select(Story.id, Story.title, Forecast)
        .join(Case, Case.id == Forecast.case_id)
        .join(Story, Story.id == Case.story_id)
        .where(
            Case.stock_code == code,
            Forecast.arm == arm,
            Forecast.created_at >= since,
            Forecast.created_at <= as_of,
        )
        .order_by(Forecast.created_at, Story.id, Forecast.horizon_sessions)
    )
    return [(story, title, made) for story, title, made in session.execute(query)]


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
