"""Reads and writes of recalibrators, and of what they are fitted on."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from nunchi.evaluate.repository.counting import before_cutoff, in_time
from nunchi.evaluate.repository.scores import current
from nunchi.models.calibration import Calibrator
from nunchi.models.evaluation import Evaluation
from nunchi.models.forecasts import Arm, Case, Forecast
from nunchi.models.stories import Story

Known = Row[float, float, float, int, date, date, datetime]


def arms(session: Session) -> list[str]:
    """All arms by name; one that is switched off may be asked again, and is not expensive."""
    return list(session.scalars(select(Arm.name).order_by(Arm.name)))


def outcomes(session: Session, arm: str, horizon: int, *, now: datetime, sessions: int) -> Sequence[Known]:
    """An arm's forecasts of the last so many entry sessions whose outcome was known by `now`, with that outcome.

    They are those that count in the records: late ones, and of events before the arm's cut-off, teach nothing. Raw
    probabilities of down, flat, up; outcome; entry and exit session; `known_at`.
    """
    known = (
        select(
            Forecast.p_down,
            Forecast.p_flat,
            Forecast.p_up,
            Evaluation.outcome,
            Evaluation.entry_session,
            Evaluation.exit_session,
            Evaluation.known_at,
        )
        .join(Evaluation, Evaluation.forecast_id == Forecast.id)
        .join(Arm, Arm.name == Forecast.arm)
        .join(Case, Case.id == Forecast.case_id)
        .join(Story, Story.id == Case.story_id)
        .where(Forecast.arm == arm, Forecast.horizon_sessions == horizon, current(Evaluation, now=now))
        .where(in_time(Evaluation, Forecast.arm), ~before_cutoff())
    )
    listed = known.with_only_columns(Evaluation.entry_session).distinct()
    first = listed.order_by(Evaluation.entry_session.desc()).limit(1).offset(sessions - 1).scalar_subquery()
    after = (first.is_(None)) | (Evaluation.entry_session >= first)
    return session.execute(known.where(after).order_by(Evaluation.entry_session, Forecast.id)).all()


def add(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Stores recalibrators; a version that is there stays. Returns how many were new."""
    if not rows:
        return 0
    query = insert(Calibrator).on_conflict_do_nothing().returning(Calibrator.arm)
    return len(session.scalars(query, rows).all())


def newest(session: Session, arm: str, *, now: datetime) -> dict[int, Calibrator]:
    """An arm's newest recalibrator of each horizon that was fitted by `now`."""
    query = (
        select(Calibrator)
        .ext(distinct_on(Calibrator.horizon_sessions))
        .where(Calibrator.arm == arm, Calibrator.fitted_at <= now)
        .order_by(Calibrator.horizon_sessions, Calibrator.fitted_at.desc())
    )
    return {one.horizon_sessions: one for one in session.scalars(query)}
