"""Scoring each sealed forecast once, when its horizon is complete and its bars are stored."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from nunchi.evaluate import repository
from nunchi.evaluate.rules import score
from nunchi.market.calendar import Calendar
from nunchi.market.paired import Paired
from nunchi.market.repository import paired_series
from nunchi.market.rules import Entry, entry_after
from nunchi.models.forecasts import Forecast
from nunchi.observability import get_logger
from nunchi.seoul import seoul_date

DIGITS = 9
LIMIT = 50_000  # forecasts a run, waiting ones among them


@dataclass(frozen=True)
class Due:
    """A sealed forecast with its entry and exit."""

    forecast: Forecast
    stock_code: str
    sigma20_ratio: float
    correlation_id: str
    market: str
    entry: Entry
    exit_day: date


def evaluate(session: Session, calendar: Calendar, *, now: datetime) -> dict[str, int]:
    """Scores every forecast that can be scored. Returns how many were, and how many still wait for a bar."""
    due = complete(session, calendar, now=now)
    if not due:
        return {"evaluated": 0, "waiting": 0}
    stocks = {(one.stock_code, one.market) for one in due}
    pairs = paired_series(session, stocks, as_of=now, since=min(one.entry.session for one in due))
    scored = [scores for one in due if (scores := _score(one, pairs[one.stock_code]))]
    stored = repository.add_evaluations(session, [{**row, "known_at": now} for row in scored])
    return {"evaluated": stored, "waiting": len(due) - len(scored)}


def complete(session: Session, calendar: Calendar, *, now: datetime) -> list[Due]:
    """The forecasts without a score whose exit session has closed, oldest seal first."""
    found = []
    for forecast, code, sigma20, correlation_id, market, sealed_at in repository.due_for_evaluation(
        session, now=now, limit=LIMIT
    ):
        if sealed_at is None:
            continue
        entry = entry_after(sealed_at, calendar)
        exit_day = calendar.day_after(entry.session, forecast.horizon_sessions)
        if exit_day and calendar.after(exit_day, 0).closes_at <= now:
            found.append(Due(forecast, code, sigma20, correlation_id, market, entry, exit_day))
    return found


def _score(due: Due, pair: Paired) -> dict[str, Any] | None:
    forecast, entry = due.forecast, due.entry
    measured = pair.measure(entry, due.exit_day, forecast.horizon_sessions, due.sigma20_ratio)
    bought, sold = pair.own(entry.session), pair.own(due.exit_day)
    if measured is None or bought is None or sold is None:
        return None
    scores = score((forecast.p_down, forecast.p_flat, forecast.p_up), measured.outcome)
    get_logger().debug(
        "scored", forecast_id=str(forecast.id), correlation_id=due.correlation_id, rps=scores.rps
    )
    return {
        "forecast_id": forecast.id,
        "entry_session": entry.session,
        "entry_kind": entry.kind,
        "entry_won": int(bought.at(entry.kind)),
        "exit_session": due.exit_day,
        "exit_won": int(sold.close),
        "adjusted_return_ratio": measured.move.adjusted,
        "band_ratio": measured.band,
        "outcome": int(measured.outcome),
        "rps": scores.rps,
        "brier": scores.brier,
        "log_loss": scores.log_loss,
        "hit": scores.hit,
    }


def perform(session: Session, *, now: datetime) -> int:
    """Stores the day's record of every arm and horizon; returns how many."""
    records = repository.arm_records(session, now=now)
    rows = [_performance(record._mapping, now) for record in records]
    repository.put_performance(session, rows)
    return len(rows)


def _performance(record: Any, now: datetime) -> dict[str, Any]:
    # rounded, because a database may add the same losses up in another order tomorrow
    values = {
        key: round(value, DIGITS) if isinstance(value, float) else value for key, value in record.items()
    }
    prior_rps = values.pop("prior_rps")
    skill = round(1 - values["mean_rps"] / prior_rps, DIGITS) if prior_rps else 0.0
    return {**values, "day": seoul_date(now), "skill": skill}
