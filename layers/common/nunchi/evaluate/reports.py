"""Grading each span of a report when its last session has closed and its bars are stored.

A span counts from the close of its report's session: what had moved by then earns nothing. Prices after a split are
compared with a target on their own footing.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from nunchi.database import Pause, never
from nunchi.evaluate import page_rules, report_rules
from nunchi.evaluate.repository import reports, work
from nunchi.evaluate.repository.reports import KIND, Scenario
from nunchi.market import repository as market
from nunchi.market.calendar import Calendar
from nunchi.market.paired import Paired
from nunchi.observability import count
from nunchi.quotes import repository as quotes
from nunchi.seoul import seoul_date

AFTER = timedelta(days=14)  # beyond a session, for stocks that did not trade in it
HORIZONS = (5, 20, 60)  # sessions: short, medium and long


def grade(session: Session, calendar: Calendar, *, now: datetime, pause: Pause = never) -> dict[str, int]:
    """Grades every span that can be graded; returns how many were, and how many wait for a bar.

    Between two sessions it calls `pause`; those for which that leaves no time are the next run's.
    """
    graded, days = 0, _sessions(session, calendar, now)
    while days and pause():
        graded += _day(session, calendar, days.pop(0), now)
    if days:
        count("ReportsBehind", len(days))
    graded += _grade(session, calendar, reports.waiting(session), now)
    reports.resolve(session, now=now)
    missing = work.report_missing(session, KIND, page_rules.overdue_since(now, calendar), now=now)
    if missing:
        count("ReportsMissing", missing)
    return {"graded": graded, "waiting": work.still_waiting(session, KIND)[0]}


def _sessions(session: Session, calendar: Calendar, now: datetime) -> list[date]:
    last = work.last_worked(session, KIND)
    first = None if last else reports.earliest(session)
    opened = calendar.after(first, 0).opens_at if first else None
    return page_rules.sessions_to_work(last.session if last else None, opened, now, calendar)


def _day(session: Session, calendar: Calendar, day: date, now: datetime) -> int:
    starts = [(h, calendar.after(day, -h).day) for h in HORIZONS]
    found = _grade(session, calendar, reports.ending(session, starts), now, until=day + AFTER)
    work.mark_worked(session, KIND, day, now=now)
    return found


def _grade(
    session: Session, calendar: Calendar, due: Sequence[Scenario], now: datetime, until: date | None = None
) -> int:
    """Grades what is over by `until`; bars after that are not looked at, nor is a delisting."""
    if not due:
        return 0
    since = min(one.session for one in due)
    stocks = {(one.stock_code, one.market) for one in due}
    pairs = market.paired_series(session, stocks, as_of=now, since=since, until=until)
    ranges = market.ranges(session, {code for code, _ in stocks}, as_of=now, since=since, until=until)
    today = min(seoul_date(now), until or date.max)
    gone = {code for code, day in quotes.delistings(session, pairs, as_of=now).items() if day <= today}
    rows, waits = [], []
    for one in due:
        last = calendar.after(one.session, one.horizon).day
        pair = pairs[one.stock_code]
        over = one.stock_code in gone or pair.traded_from(last) is not None
        if pair.own(one.session) is None or not over:
            waits.append(_waiting(one, last))
        else:
            rows.append({**_row(one, last, pair, ranges.get(one.stock_code, {})), "known_at": now})
    reports.add(session, rows)
    work.put_waiting(session, KIND, waits, now=now)
    return len(rows)


def _waiting(one: Scenario, last: date) -> dict[str, Any]:
    return {
        "ids": str(one.report_id),
        "stock_code": one.stock_code,
        "horizon_sessions": one.horizon,
        "reason": "no_bar",
        "due_session": last,
    }


def _row(one: Scenario, last: date, pair: Paired, ranges: dict[date, tuple[int, int]]) -> dict[str, Any]:
    base = pair.own(one.session)
    if base is None:
        raise ValueError(f"{one.stock_code} has no bar of {one.session}")
    # every price on the footing of the report's session
    days = [
        report_rules.Day(*(price / pair.ratio_of(one.session, day) for price in ranges[day]))
        for day in sorted(ranges)
        if one.session < day <= last
    ]
    found = report_rules.grade(
        report_rules.Scenario(base.close, one.target_won, one.support_won, one.sigma20, one.horizon), days
    )
    return {
        "report_id": one.report_id,
        "span": one.span,
        "stock_code": one.stock_code,
        "arm": one.arm,
        "first_session": one.session,
        "last_session": last,
        "base_won": base.close,
        "target_won": one.target_won,
        "support_won": one.support_won,
        "touch_sessions": found.touched_in,
        "break_sessions": found.broken_in,
        "chance": found.chance,
        "accuracy": found.accuracy,
        "timing": found.timing,
        "risk": found.risk,
        "grade": found.total,
    }
