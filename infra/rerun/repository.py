"""Reads of stored history: the cases of some days, and what came of each.

Probabilities are raw ones, as the arms gave them: an arm that is put to its cases again has no recalibrator.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.rerun.answers import Triple
from infra.rerun.record import Happened
from nunchi.evaluate.repository.counting import PRIOR
from nunchi.models import Arm, Case, Evaluation, Forecast, Story
from nunchi.seoul import seoul_date


def arm(session: Session, name: str) -> Arm | None:
    """A registered arm, active or not."""
    return session.get(Arm, name)


def cutoffs(session: Session) -> dict[str, date]:
    """The training cut-off of each registered arm that has one."""
    query = select(Arm.name, Arm.training_cutoff).where(Arm.training_cutoff.is_not(None))
    return {name: day for name, day in session.execute(query) if day is not None}


def case_ids(session: Session, first: datetime, last: datetime) -> list[UUID]:
    """The cases that were opened from `first` on and before `last`, oldest first."""
    query = select(Case.id).where(Case.as_of >= first, Case.as_of < last)
    return list(session.scalars(query.order_by(Case.as_of, Case.id)))


def routine_ids(session: Session, first: datetime, last: datetime) -> set[UUID]:
    """Those of these cases about which only baselines are asked."""
    query = select(Case.id).where(Case.as_of >= first, Case.as_of < last, Case.routine != "")
    return set(session.scalars(query))


def happened(session: Session, first: datetime, last: datetime) -> list[Happened]:
    """What came of the cases opened in that time, by entry session; a horizon that is not over is not among it."""
    query = (
        select(Forecast, Evaluation.entry_session, Evaluation.outcome, Story.known_at)
        .join(Evaluation, Evaluation.forecast_id == Forecast.id)
        .join(Case, Case.id == Forecast.case_id)
        .join(Story, Story.id == Case.story_id)
        .where(Forecast.arm == PRIOR, Evaluation.superseded_at.is_(None))
        .where(Case.as_of >= first, Case.as_of < last)
        .order_by(Evaluation.entry_session, Forecast.case_id, Forecast.horizon_sessions)
    )
    return [
        Happened(one.case_id, one.horizon_sessions, session_, outcome, _raw(one), seoul_date(known_at))
        for one, session_, outcome, known_at in session.execute(query)
    ]


def live(session: Session, first: datetime, last: datetime) -> dict[tuple[UUID, str], dict[int, Triple]]:
    """What the arms that were asked at the time said of the cases opened in that time; nothing where one failed."""
    asked = select(Case.id, Case.asked).where(Case.as_of >= first, Case.as_of < last)
    said: dict[tuple[UUID, str], dict[int, Triple]] = {
        (case_id, arm): {} for case_id, arms in session.execute(asked) for arm in arms
    }
    query = select(Forecast).join(Case, Case.id == Forecast.case_id)
    for one in session.scalars(query.where(Case.as_of >= first, Case.as_of < last)):
        said.setdefault((one.case_id, one.arm), {})[one.horizon_sessions] = _raw(one)
    return said


def _raw(one: Forecast) -> Triple:
    return one.p_down, one.p_flat, one.p_up
