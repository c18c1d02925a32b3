"""The daily look at every experiment: is one of its arms better?"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.models.costs import Experiment
from nunchi.scoreboard import repository
from nunchi.scoreboard.comparing import Comparison, compare_days, own_alpha
from nunchi.seoul import midnight, seoul_date

DIGITS = 9
WIND_DOWN = timedelta(days=30)  # holds the longest horizon, with time for late bars


def look(session: Session, *, now: datetime) -> int:
    """Stores today's look at each experiment and horizon on which something is evaluated; returns how many."""
    found = repository.experiments(session, now=now, ended_after=now - WIND_DOWN)
    rows = [row for experiment in found for row in _looks(session, experiment, now)]
    repository.put_looks(session, rows)
    return len(rows)


def _looks(session: Session, experiment: Experiment, now: datetime) -> list[dict[str, Any]]:
    cutoffs = repository.training_cutoffs(session, (experiment.arm_a, experiment.arm_b))
    days = repository.daily_differences(session, experiment, now=now, known_after=_end_of(cutoffs))
    by_horizon = groupby(days, key=lambda day: day.horizon_sessions)
    return [_look(experiment, horizon, list(found), seoul_date(now)) for horizon, found in by_horizon]


def _end_of(cutoffs: Sequence[date]) -> datetime | None:
    """The end of the last of these days, in Seoul."""
    return midnight(max(cutoffs) + timedelta(days=1)) if cutoffs else None


def _look(experiment: Experiment, horizon: int, days: Sequence[Any], day: date) -> dict[str, Any]:
    named = experiment.horizon_sessions if experiment.primary else None
    alpha = own_alpha(experiment.alpha, horizon, named, FORECAST_HORIZONS)
    means = [round(one.mean_difference, DIGITS) for one in days if one.pairs]
    counts = ("pairs", "missing_a", "missing_b", "before_cutoff")
    return {
        "experiment": experiment.name,
        "horizon_sessions": horizon,
        "day": day,
        "role": "primary" if horizon == named else "secondary",
        "alpha": alpha,
        **_columns(compare_days(means, horizon, alpha)),
        **{name: sum(getattr(one, name) for one in days) for name in counts},
    }


def _columns(found: Comparison) -> dict[str, Any]:
    # rounded, because a database may add the same losses up in another order tomorrow
    return {
        "mean_difference": round(found.mean_difference, DIGITS),
        "lower": round(found.lower, DIGITS),
        "upper": round(found.upper, DIGITS),
        "verdict": found.verdict,
        "kind": found.kind,
        "minimum_days": found.minimum_days,
        "days": found.days,
        "days_needed": found.days_needed,
    }
