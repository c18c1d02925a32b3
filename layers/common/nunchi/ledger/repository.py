"""Reads and writes of seals and the forecasts under them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.models.forecasts import Answer, Case, Forecast, Seal, SealDraft

Sealed = Row[Forecast, Answer, Case]


def _with_answers() -> Select[Forecast, Answer, Case]:
    return (
        select(Forecast, Answer, Case)
        .join(Answer, Answer.id == Forecast.answer_id)
        .join(Case, Case.id == Forecast.case_id)
    )


def unsealed(session: Session, *, before: datetime, limit: int) -> Sequence[Sealed]:
    """The oldest forecasts made before a moment that carry no seal, with their answer and case."""
    query = (
        _with_answers()
        .where(Forecast.sealed_at.is_(None), Forecast.created_at < before)
        .order_by(Forecast.created_at, Forecast.id)
        .limit(limit)
    )
    return session.execute(query).all()


def unsealed_among(session: Session, ids: Iterable[str]) -> Sequence[Sealed]:
    """Those of some forecasts that carry no seal, with their answer and case."""
    wanted = [UUID(one) for one in ids]
    return session.execute(_with_answers().where(Forecast.id.in_(wanted), Forecast.sealed_at.is_(None))).all()


def last_seal(session: Session) -> Seal | None:
    """The newest seal."""
    return session.scalar(select(Seal).order_by(Seal.id.desc()).limit(1))


def draft(session: Session, previous_root: str) -> SealDraft | None:
    """The draft of the seal that follows a root."""
    return session.get(SealDraft, previous_root)


def put_draft(session: Session, previous_root: str, body: str) -> SealDraft:
    """Keeps a draft of the seal that follows a root, unless there is one; gives the one that is kept."""
    row = {"previous_root": previous_root, "body": body}
    session.execute(insert(SealDraft).values(row).on_conflict_do_nothing())
    return session.get_one(SealDraft, previous_root)


def close_draft(session: Session, previous_root: str) -> bool:
    """Takes a draft away, and with it the right to add its seal; False where another run was given that."""
    query = delete(SealDraft).where(SealDraft.previous_root == previous_root)
    return session.scalar(query.returning(SealDraft.previous_root)) is not None


def add_seal(session: Session, seal: Seal, hashes: Mapping[str, str]) -> int:
    """Stores a seal and marks its forecasts (forecast → content hash); returns how many it marked.

    The unique previous root refuses a second seal on the same predecessor.
    """
    session.add(seal)
    session.flush()
    table = Forecast.__table__
    rows = [
        {"forecast_id": UUID(forecast), "hash": content_hash} for forecast, content_hash in hashes.items()
    ]
    query = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("forecast_id"), table.c.sealed_at.is_(None))
        .values(content_hash=bindparam("hash"), seal_id=seal.id, sealed_at=seal.sealed_at)
    )
    return session.connection().execute(query, rows).rowcount
