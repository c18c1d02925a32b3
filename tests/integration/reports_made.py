"""A stock with all that a report is built from, and its reports."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update

from nunchi import database, outbox
from nunchi.events import ReportDue
from nunchi.market.calendar import xkrx
from nunchi.models import (
    Arm,
    BaseRate,
    FinancialRatio,
    InvestorFlow,
    MinuteBar,
    OutboxRow,
    Quote,
    Report,
    ReportRun,
    ReportScenario,
)
from nunchi.report import service
from nunchi.seoul import SEOUL
from tests.factories import NOON, answer, case, forecast, story
from tests.integration.articles_worked import CODE, history, store

DAY = date(2026, 10, 19)
COUNTS = {kind: {str(h): [30, 40, 30] for h in (1, 3, 5)} for kind in ("open", "close")}


def at(hour: int, minute: int = 0, second: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute, second), tzinfo=SEOUL)


def store_stock() -> None:
    """A stock with bars of 30 sessions up to Friday, and base rates, all known at noon of Monday."""
    store(
        *history(),
        BaseRate(scope="KOSPI", known_at=NOON, counts=COUNTS),
        BaseRate(scope=CODE, known_at=NOON, counts=COUNTS),
    )


def store_market(known_at: datetime = NOON) -> None:
    """A quote, minutes, flows and ratios of the stock."""
    store(
        quote(10_100, known_at),
        minute(at(12, 40), 10_150, known_at),
        minute(at(12, 41), 10_200, known_at),
        InvestorFlow(code=CODE, session=date(2026, 10, 16), known_at=known_at, **FLOWS),
        FinancialRatio(
            code=CODE, period=date(2025, 12, 1), quarterly=False, known_at=known_at, debt_ratio_percent=230.5
        ),
    )


FLOWS = {
    "individual_shares": 1200,
    "foreign_shares": -5400,
    "institution_shares": 900,
    "individual_krw_millions": 12,
    "foreign_krw_millions": -54,
    "institution_krw_millions": 9,
}


def quote(won: int, known_at: datetime) -> Quote:
    return Quote(
        code=CODE,
        known_at=known_at,
        price_won=won,
        volume_shares=5,
        base_won=10_000,
        upper_limit_won=13_000,
        lower_limit_won=7_000,
    )


def minute(begins: datetime, won: int, known_at: datetime) -> MinuteBar:
    prices = {"open_won": won - 10, "high_won": won + 20, "low_won": won - 20, "close_won": won}
    return MinuteBar(code=CODE, at=begins, known_at=known_at, volume_shares=10, **prices)


def store_forecasts(arm: str = "prior", made_at: datetime = NOON, up: float = 0.5, mark: str = "a") -> None:
    """An arm's answer to a story about the stock."""
    told = story(mark, known_at=made_at)
    asked = case(told, CODE, as_of=made_at)
    said = answer(asked, arm, created_at=made_at)
    with database.session() as session:
        for row in (told, asked, said):
            session.merge(row)
            session.flush()
        session.add_all(forecast(said, horizon, (0.8 - up, 0.2, up)) for horizon in (1, 3, 5))


def dispatch(scheduled: datetime, now: datetime | None = None) -> int:
    with outbox.transaction() as session:
        return service.dispatch(session, xkrx(), scheduled_time=scheduled, now=now or scheduled)


def due(arm: str = "prior", slot: Any = "1300", version: int = 1) -> ReportDue:
    return ReportDue(stock_code=CODE, arm=arm, session=DAY, slot=slot, version=version)


def work(asked: ReportDue, now: datetime | None = None, **given: Any) -> None:
    moment = now or at(13, 1)
    write = service.work(asked, now=moment, clock=lambda: moment, **given)
    with database.session() as session:
        write(session)


def switch_on(arm: str) -> None:
    with database.session() as session:
        session.execute(update(Arm).where(Arm.name == arm).values(active=True))


def run(asked: ReportDue) -> ReportRun:
    with database.session() as session:
        return session.get_one(ReportRun, service.run_id(asked))


def reports() -> list[Report]:
    with database.session() as session:
        return list(session.scalars(select(Report).order_by(Report.arm, Report.as_of, Report.version)))


def scenarios(report: Report) -> list[ReportScenario]:
    with database.session() as session:
        query = select(ReportScenario).where(ReportScenario.report_id == report.id)
        return list(session.scalars(query.order_by(ReportScenario.horizon_sessions)))


def events() -> list[dict[str, Any]]:
    with database.session() as session:
        return [row.payload for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))]


A_SECOND = timedelta(seconds=1)
