"""Reads and writes of the registry of arms, and of experiments."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.database import beyond
from nunchi.errors import NotFound
from nunchi.models.costs import Experiment
from nunchi.models.forecasts import Arm


def arms(session: Session) -> list[Arm]:
    """Every arm, by name."""
    return list(session.scalars(select(Arm).order_by(Arm.name)))


def some_arms(session: Session, *, limit: int, after: tuple[str] | None) -> Sequence[Arm]:
    """Arms by name, those after a place in that order."""
    query = select(Arm).where(beyond([Arm.name], after, going="up"))
    return session.scalars(query.order_by(Arm.name).limit(limit)).all()


def arm(session: Session, name: str) -> Arm:
    """An arm by its name. Raises `NotFound`."""
    found = session.get(Arm, name)
    if found is None:
        raise NotFound("arm", name)
    return found


def add(session: Session, values: dict[str, object]) -> bool:
    """Adds an arm; False when one of that name is there, which stays as it is."""
    query = insert(Arm).values(values).on_conflict_do_nothing(index_elements=["name"]).returning(Arm.name)
    return session.scalar(query) is not None


def experiments(session: Session) -> list[Experiment]:
    """Every experiment, the newest first."""
    return list(session.scalars(select(Experiment).order_by(Experiment.started_at.desc(), Experiment.name)))


def some_experiments(
    session: Session, *, limit: int, after: tuple[datetime, str] | None
) -> Sequence[Experiment]:
    """Experiments, the newest first, those after a place in that order."""
    order = (Experiment.started_at, Experiment.name)
    query = select(Experiment).where(beyond(order, after))
    return session.scalars(query.order_by(*(one.desc() for one in order)).limit(limit)).all()


def experiment(session: Session, name: str) -> Experiment:
    """An experiment by its name. Raises `NotFound`."""
    found = session.get(Experiment, name)
    if found is None:
        raise NotFound("experiment", name)
    return found


def start(session: Session, values: dict[str, object]) -> bool:
    """Starts an experiment; False when its name is taken, or a primary one of the pair is running."""
    query = insert(Experiment).values(values).on_conflict_do_nothing().returning(Experiment.name)
    return session.scalar(query) is not None


def stop(session: Session, name: str, *, now: datetime) -> None:
    """Ends a running experiment. Raises `NotFound` where none of that name is running."""
    query = update(Experiment).where(Experiment.name == name, Experiment.ended_at.is_(None))
    if session.scalar(query.values(ended_at=now).returning(Experiment.name)) is None:
        raise NotFound("running experiment", name)
