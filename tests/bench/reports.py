"""How fast a slot's reports are made by the baselines, against the forecasts of the same arms, one message each.

`python -m tests.bench.reports`.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from math import sin

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infra.local.errors import LocalError
from nunchi import database, ids, outbox
from nunchi.events import ForecastDue, ReportDue
from nunchi.market.calendar import xkrx
from nunchi.models import BaseRate, Case, DailyBar, IndexBar, OutboxRow, Report, Stock, Story
from nunchi.predict import service as predict
from nunchi.report import service
from nunchi.report.slots import moment_of
from tests.bench.store import fresh_database

STOCKS, DAY = 100, date(2026, 10, 19)
ARMS = ("neighbours", "prior")
SLOT = moment_of(DAY, "1300")
KNOWN_AT = moment_of(DAY, "1000")
DAYS = [one.day for one in xkrx().between(date(2026, 7, 1), date(2026, 10, 16))]
COUNTS = {kind: {str(h): [30, 40, 30] for h in (1, 3, 5)} for kind in ("open", "close")}
Write = Callable[[Session], None]


@dataclass(frozen=True)
class Reports:
    """Seconds for a slot's dispatch, and for each of its reports and of as many forecasts."""

    dispatched_s: float
    report_s: float
    forecast_s: float

    @property
    def ratio(self) -> float:
        """A report's time over a forecast's."""
        return self.report_s / self.forecast_s


def measure() -> Reports:
    """Raises LocalError when a report was not made."""
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")  # they go to standard output
    with fresh_database():
        cases = _fill()
        forecast_s = _each(
            [partial(predict.work, one, now=KNOWN_AT, clock=lambda: KNOWN_AT) for one in cases]
        )
        began = time.perf_counter()
        with database.session() as session:
            service.dispatch(session, xkrx(), scheduled_time=SLOT, now=SLOT)
            session.info.clear()  # nothing is sent
        dispatched_s = time.perf_counter() - began
        report_s = _each([partial(service.work, one, now=SLOT, clock=lambda: SLOT) for one in _due()])
        with database.session() as session:
            made = session.scalar(select(func.count(Report.id)))
    if made != STOCKS * len(ARMS):
        raise LocalError(f"{made} of {STOCKS * len(ARMS)} reports were made")
    return Reports(dispatched_s, report_s, forecast_s)


def _each(work: list[Callable[[], Write]]) -> float:
    began = time.perf_counter()
    for one in work:
        write = one()
        with outbox.transaction() as session:
            write(session)
    return (time.perf_counter() - began) / len(work)


def _due() -> list[ReportDue]:
    with database.session() as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        return [ReportDue.model_validate(row.payload) for row in rows]


def _fill() -> list[ForecastDue]:
    """Stocks with a history and a story each; gives what the baselines are asked of them."""
    codes = [f"99{number:04}" for number in range(STOCKS)]
    cases = [_case(code) for code in codes]
    with database.session() as session:
        session.add(BaseRate(scope="KOSPI", known_at=KNOWN_AT, counts=COUNTS))
        session.add_all(Stock(code=code, name=code, market="KOSPI", active=True) for code in codes)
        session.add_all(Story(id=one.story_id, title="새 소식", lead="", known_at=KNOWN_AT) for one in cases)
        session.add_all(_index(day) for day in DAYS)
        session.add_all(_bar(code, day, place) for code in codes for place, day in enumerate(DAYS))
        session.flush()
        session.add_all(cases)
    return [ForecastDue(case_id=one.id, arm=arm, provider="baseline") for one in cases for arm in ARMS]


def _bar(code: str, day: date, place: int) -> DailyBar:
    won = 10_000 + 10 * round(40 * sin(place + int(code)))
    prices = {"open_won": won, "high_won": won + 50, "low_won": won - 50, "close_won": won}
    return DailyBar(code=code, session=day, known_at=_closed(day), volume_shares=1000, **prices)


def _index(day: date) -> IndexBar:
    return IndexBar(
        code="0001", session=day, known_at=_closed(day), open=2500, high=2500, low=2500, close=2500
    )


def _closed(day: date) -> datetime:
    return xkrx().after(day, 0).closes_at


def _case(code: str) -> Case:
    story_id = ids.derive("story", code)
    evidence = {
        "entry_kind": "close",
        "own_counts": COUNTS["close"],
        "market_counts": COUNTS["close"],
        "recent_closes_won": [10_000],
        "neighbours": [],
    }
    return Case(
        id=ids.derive("case", story_id, code),
        story_id=story_id,
        stock_code=code,
        as_of=KNOWN_AT,
        correlation_id="bench",
        sigma20_ratio=0.02,
        asked=list(ARMS),
        evidence=evidence,
    )


if __name__ == "__main__":
    found = measure()
    print(
        f"{1 / found.report_s:,.0f} reports/s on one core, {1000 * found.report_s:.1f} ms each, "
        f"{found.ratio:.1f} times a baseline's forecast; {STOCKS} stocks dispatched in {found.dispatched_s:.2f} s"
    )
