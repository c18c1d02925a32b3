"""Fitting every arm's recalibrators again, on the outcomes that are known by now. Uses numpy."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from nunchi.calibrate import fitting, repository
from nunchi.calibrate.service import NEVER
from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.seoul import seoul_date

WINDOW_SESSIONS = (
    250  # a year: an older forecast may be another model's, and a night costs the same in ten years
)


def recalibrate(session: Session, *, now: datetime) -> int:
    """Stores the day's recalibrators of every arm and horizon; returns how many. A second run of a day adds none."""
    rows = [
        _fitted(session, arm, horizon, now)
        for arm in repository.arms(session)
        if arm not in NEVER
        for horizon in FORECAST_HORIZONS
    ]
    return repository.add(session, rows)


def _fitted(session: Session, arm: str, horizon: int, now: datetime) -> dict[str, Any]:
    rows = repository.outcomes(session, arm, horizon, now=now, sessions=WINDOW_SESSIONS)
    sample = _sample(rows, horizon)
    found = fitting.fit(sample)
    return {
        "arm": arm,
        "horizon_sessions": horizon,
        "version": seoul_date(now).isoformat(),
        "fitted_at": now,
        "known_until": max((row.known_at for row in rows), default=None),
        "method": found.method,
        "parameters": asdict(found.parameters),
        "forecasts": len(rows),
        "entry_sessions": len(sample.sessions),
        "rps_before": found.rps_before,
        "rps_after": found.rps_after,
        "log_loss_before": found.log_loss_before,
        "log_loss_after": found.log_loss_after,
    }


def _sample(rows: Sequence[Any], horizon: int) -> fitting.Sample:
    return fitting.Sample(
        probabilities=np.array([(row.p_down, row.p_flat, row.p_up) for row in rows]).reshape(-1, 3),
        outcomes=np.array([row.outcome for row in rows], dtype=np.int64),
        entries=np.array([row.entry_session.toordinal() for row in rows], dtype=np.int64),
        exits=np.array([row.exit_session.toordinal() for row in rows], dtype=np.int64),
        span=horizon,
    )
