"""Reads and writes of seals and the forecasts under them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from nunchi.models.forecasts import Answer, Case, Forecast, Seal

Unsealed = Row[Forecast, Answer, Case]


def unsealed(session: Session, *, before: datetime, limit: int) -> Sequence[Unsealed]:
    """The oldest forecasts made before a moment that carry no seal, with their answer and case."""
    query = (
        select(Forecast, Answer, Case)
        .join(Answer, Answer.id == Forecast.answer_id)
        .join(Case, Case.id == Forecast.case_id)
        .where(Forecast.sealed_at.is_(None), Forecast.created_at < before)
        .order_by(Forecast.created_at, Forecast.id)
        .limit(limit)
    )
    return session.execute(query).all()


def last_root(session: Session) -> str | None:
    """The root of the newest seal."""
    return session.scalar(select(Seal.root).order_by(Seal.id.desc()).limit(1))


def add_seal(session: Session, seal: Seal, hashes: Mapping[UUID, str]) -> int:
    """Stores a seal and marks its forecasts (forecast → content hash); returns how many it marked.

    The unique previous root refuses a second seal on the same predecessor.
    """
    session.add(seal)
    session.flush()
    table = Forecast.__table__
    rows = [{"forecast_id": forecast, "hash": content_hash} for forecast, content_hash in hashes.items()]
    query = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("forecast_id"), table.c.sealed_at.is_(None))
        .values(content_hash=bindparam("hash"), seal_id=seal.id, sealed_at=seal.sealed_at)
    )
    return session.connection().execute(query, rows).rowcount
