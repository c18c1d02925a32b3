"""Scoring each sealed forecast when its horizon is complete and its bars are stored, and again when they change."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from nunchi.database import Pause, never
from nunchi.evaluate import page_rules
from nunchi.evaluate.repository import dues, scores, work
from nunchi.evaluate.repository.dues import KIND, Due
from nunchi.market.calendar import Calendar
from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.market.tapes import Asked, Reach, tapes
from nunchi.market.trades import Opened, Tape, Trade, Wait, close_after, open_after
from nunchi.observability import count
from nunchi.seoul import seoul_date

PAGE = 60  # sessions that are looked at together; a day on which nothing was missed has fewer
CHUNK = 5_000  # trades of one statement, which must not take longer than the database is waited for
BEFORE = timedelta(days=14)  # holds the session before an entry, for its price limits
AFTER = timedelta(days=14)  # beyond a page's session, for stocks that did not trade in it


@dataclass
class Run:
    """One run at one moment: what it has seen and what it stores."""

    session: Session
    calendar: Calendar
    now: datetime
    scored: int = 0
    waits: list[dict[str, Any]] = field(default_factory=list)


def evaluate(session: Session, calendar: Calendar, *, now: datetime, pause: Pause = never) -> dict[str, int]:
    """Scores every forecast that can be scored, page by page of the session with which it ends.

    Between two pages it calls `pause`; pages for which that leaves no time are the next run's. Returns how many were
    scored and revised now, and how many wait for a bar, with those of them that are missing.
    """
    run = Run(session, calendar, now)
    revised = _revise(run)
    days = _sessions(run)
    while days and pause():
        _page(run, days[:PAGE])
        del days[:PAGE]
    if days:
        count("EvaluateBehind", len(days))
    _work(run, dues.waiting(session))
    _keep_waiting(run)
    scores.resolve(session, now=now)
    return {"evaluated": run.scored, "revised": revised, **_report_waiting(run)}


def _page(run: Run, days: Sequence[date]) -> None:
    windows = page_rules.windows(days, FORECAST_HORIZONS, run.calendar)
    _work(run, dues.ending(run.session, windows, now=run.now), until=days[-1] + AFTER)
    _keep_waiting(run)
    work.mark_worked(run.session, KIND, *days, now=run.now)


def _keep_waiting(run: Run) -> None:
    work.put_waiting(run.session, KIND, run.waits, now=run.now)
    run.waits.clear()


def _sessions(run: Run) -> list[date]:
    last = work.last_worked(run.session, KIND)
    earliest = None if last else dues.earliest(run.session)
    return page_rules.sessions_to_work(last.session if last else None, earliest, run.now, run.calendar)


def _revise(run: Run) -> int:
    """Scores again what stood on bars and factors that changed since the last run; returns how many changed."""
    since = work.last_run(run.session, KIND)
    if since is None:
        return 0
    _work(Run(run.session, run.calendar, run.now), dues.standing_on_changes(run.session, since, now=run.now))
    revised = scores.supersede(run.session, now=run.now)
    if revised:
        count("EvaluationsRevised", revised)
    return revised


def _report_waiting(run: Run) -> dict[str, int]:
    before = page_rules.overdue_since(run.now, run.calendar)
    reported = work.report_missing(run.session, KIND, before, now=run.now)
    if reported:
        count("ForecastsMissing", reported)
    waits, missing = work.still_waiting(run.session, KIND)
    return {"waiting": waits, "missing": missing}


def _work(run: Run, due: Sequence[Due], *, until: date | None = None) -> None:
    """Scores what has a trade, and keeps what waits for one.

    Bars after `until` are not looked at, and so nothing is taken for delisted that was delisted only after it: it may
    have traded in between, and waits for a look at all bars.
    """
    today = min(seoul_date(run.now), until or date.max)
    for start in range(0, len(due), CHUNK):
        some = due[start : start + CHUNK]
        reach = Reach(run.now, seoul_date(min(one.moment for one in some)) - BEFORE, until)
        asked = [Asked(one.stock_code, one.market, one.moment) for one in some]
        found = tapes(run.session, asked, run.calendar, reach)
        rows = list(_rows(run, some, found, today))
        run.scored += scores.score(run.session, rows, now=run.now)


def _rows(run: Run, due: Iterable[Due], found: dict[str, Tape], today: date) -> Iterator[dict[str, Any]]:
    opened: dict[tuple[str, datetime], Opened | Wait] = {}
    is_late = cache(page_rules.is_late)
    for one in due:
        tape, key = found[one.stock_code], (one.stock_code, one.moment)
        if key not in opened:
            opened[key] = open_after(tape, one.moment, run.calendar, today=today)
        entry = opened[key]
        trade = (
            entry
            if isinstance(entry, Wait)
            else close_after(tape, entry, one.horizon, run.calendar, today=today)
        )
        if isinstance(trade, Wait):
            run.waits.extend(_waiting(run, one, trade))
        else:
            late = is_late(one.as_of, one.moment, run.calendar)
            yield {"ids": one.ids, "stock_code": one.stock_code, "late": late, **trade_columns(trade)}


def trade_columns(trade: Trade) -> dict[str, Any]:
    """What a trade is stored as."""
    opened = trade.opened
    return {
        "from_session": opened.planned,
        "entry_session": opened.session,
        "entry_kind": opened.kind,
        "entry_at": opened.at,
        "entry_won": int(opened.price_won),
        "share": opened.share,
        "exit_session": trade.exit_session,
        "exit_won": int(trade.exit_won),
        "stock_return_ratio": trade.stock,
        "adjusted_return_ratio": trade.adjusted,
        "flags": list(trade.flags),
    }


def _waiting(run: Run, due: Due, wait: Wait) -> Iterator[dict[str, Any]]:
    ends = page_rules.due_session(due.moment, due.horizon, run.calendar)
    if ends is not None:
        yield {
            "ids": due.ids,
            "stock_code": due.stock_code,
            "horizon_sessions": due.horizon,
            "reason": wait.reason,
            "due_session": ends,
        }
