"""The day's record of every arm, from sums by entry session; only those with something new are summed again."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from nunchi.evaluate import performance_rules as rules
from nunchi.evaluate.performance_rules import Bin, Day
from nunchi.evaluate.repository import records, sums, work
from nunchi.scoreboard.rules import skill_interval
from nunchi.seoul import seoul_date

KIND = "performance"
ALPHA = 0.05
DIGITS = 9  # a database may add the same losses up in another order tomorrow
CALIBRATED = 250  # entry sessions over which calibration is shown
PER_RUN = 60  # entry sessions that are summed in one statement

Key = tuple[str, int, bool, str, str]  # arm, horizon, before the cut-off, market, kind of event


def perform(session: Session, *, now: datetime) -> int:
    """Stores the day's records; returns how many."""
    days = sums.changed_sessions(session, work.last_run(session, KIND, before=now))
    for start in range(0, len(days), PER_RUN):
        sums.sum_sessions(session, days[start : start + PER_RUN], now=now)
    series, curves, costs = _series(session), _curves(session), records.costs(session, now=now)
    rows = [
        _record(dict(total._mapping), series, curves, costs) | {"day": seoul_date(now)}
        for total in records.totals(session)
    ]
    records.put_performance(session, rows)
    work.mark_worked(session, KIND, seoul_date(now), now=now)
    return len(rows)


def _series(session: Session) -> dict[Key, list[Day]]:
    found: dict[Key, list[Day]] = defaultdict(list)
    for row in records.series(session):
        found[row.arm, row.horizon_sessions, row.before_cutoff, row.market, row.event_kind].append(
            Day(row.cases, row.rps, row.prior_rps)
        )
    return found


def _curves(session: Session) -> dict[tuple[str, int], dict[str, list[Bin]]]:
    by_arm = defaultdict[tuple[str, int], list[Any]](list)
    for arm, horizon, histogram in records.histograms(session, CALIBRATED):
        by_arm[arm, horizon].append(histogram)
    return {
        key: {name: rules.bins(cells) for name, cells in sorted(rules.added(found).items())}
        for key, found in by_arm.items()
    }


def _record(
    total: dict[str, Any],
    series: dict[Key, list[Day]],
    curves: dict[tuple[str, int], dict[str, list[Bin]]],
    costs: dict[str, float],
) -> dict[str, Any]:
    arm, horizon, market, kind = (total[name] for name in ("arm", "horizon_sessions", "market", "event_kind"))
    cases, answered = total["cases"], total["answered"]
    days = series.get((arm, horizon, total["before_cutoff"], market, kind), [])
    lower, upper = _interval(days, horizon)
    headline = not market and not kind and not total["before_cutoff"]
    curve = curves.get((arm, horizon), {}) if headline else {}
    cost, prior = costs.get(arm) if headline else None, total["sum_prior_rps"]
    kept = ("arm", "horizon_sessions", "market", "event_kind", "before_cutoff")
    counts = ("cases", "answered", "late", "abstained", "entry_sessions")
    return {
        **{name: total[name] for name in (*kept, *counts)},
        "mean_rps": _rounded(total["sum_rps"] / cases),
        "mean_brier": _rounded(total["sum_brier"] / cases),
        "mean_log_loss": _rounded(total["sum_log_loss"] / cases),
        "hit_rate": _rounded(total["hits"] / cases),
        "skill": _rounded(1 - total["sum_rps"] / prior if prior else 0.0),
        "skill_lower": _rounded(lower),
        "skill_upper": _rounded(upper),
        "raw_mean_rps": _rounded(total["sum_raw_rps"] / answered if answered else None),
        "mean_entropy": _rounded(total["sum_entropy"] / answered if answered else None),
        "ece": _rounded(rules.calibration_error(curve)),
        "reliability": {name: [_point(one) for one in found] for name, found in curve.items()},
        "cost_usd": _rounded(cost),
        "cost_usd_per_forecast": _rounded(cost / answered) if cost is not None and answered else None,
    }


def _interval(days: Sequence[Day], horizon: int) -> tuple[float | None, float | None]:
    """Bounds of the skill for one look; none before the minimum of days, nor where `prior` made no error."""
    own, prior = [day.rps for day in days], [day.prior_rps for day in days]
    if not sum(prior):
        return None, None
    found = skill_interval(own, prior, horizon, ALPHA)
    return found.lower, found.upper


def _point(one: Bin) -> list[float | int | None]:
    return [one.count, _rounded(one.mean), _rounded(one.share)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
