"""Reads and writes of seals and the forecasts under them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import accumulate
from uuid import UUID

from sqlalchemy import (
    Date,
    Row,
    Select,
    Text,
    Uuid,
    cast,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.database import beyond, recordset
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
    rows = [{"forecast_id": forecast, "hash": content_hash} for forecast, content_hash in hashes.items()]
    given = recordset(rows, {"forecast_id": Uuid(), "hash": Text()})
    query = (
        update(Forecast)
        .where(Forecast.id == given.c.forecast_id, Forecast.sealed_at.is_(None))
        .values(content_hash=given.c.hash, seal_id=seal.id, sealed_at=seal.sealed_at)
    )
    return session.connection().execute(query).rowcount


def sealed_cases(session: Session, seal_id: int) -> Sequence[Row[UUID, str]]:
    """The cases with forecasts under a seal, by id, with their correlation ids."""
    query = select(Case.id, Case.correlation_id).join(Forecast, Forecast.case_id == Case.id)
    return session.execute(query.where(Forecast.seal_id == seal_id).distinct().order_by(Case.id)).all()


def seal(session: Session, root: str) -> Seal | None:
    """A seal by its root."""
    return session.scalar(select(Seal).where(Seal.root == root))


def root_after(session: Session, root: str) -> str | None:
    """The root of the seal that follows a root."""
    return session.scalar(select(Seal.root).where(Seal.previous_root == root))


def sealed(session: Session, forecast_id: UUID) -> Row[Forecast, Answer, Case, Seal] | None:
    """A sealed forecast with its answer, case and seal."""
    query = _with_answers().add_columns(Seal).join(Seal, Seal.id == Forecast.seal_id)
    return session.execute(query.where(Forecast.id == forecast_id)).one_or_none()


def leaves(
    session: Session, seal_id: int, *, after: tuple[UUID] | None = None, limit: int | None = None
) -> dict[UUID, str]:
    """The content hashes under a seal by forecast, in the order of the tree; all, or some of those after a forecast."""
    query = select(Forecast.id, Forecast.content_hash).where(
        Forecast.seal_id == seal_id, beyond((Forecast.id,), after, going="up")
    )
    return {
        forecast: content_hash or ""
        for forecast, content_hash in session.execute(query.order_by(Forecast.id).limit(limit))
    }


def days(session: Session, start: datetime, end: datetime) -> Sequence[Row[date, int, int, str]]:
    """The days in Seoul in [start, end): how many seals and forecasts, and the last root; newest first."""
    day = cast(func.timezone(literal_column("'Asia/Seoul'"), Seal.sealed_at), Date)
    counted = (
        select(
            day.label("day"),
            func.count().label("seals"),
            func.sum(Seal.forecasts).label("forecasts"),
            func.max(Seal.id).label("last"),
        )
        .where(Seal.sealed_at >= start, Seal.sealed_at < end)
        .group_by(day)
        .subquery()
    )
    query = select(counted.c.day, counted.c.seals, counted.c.forecasts, Seal.root)
    return session.execute(query.join(Seal, Seal.id == counted.c.last).order_by(counted.c.day.desc())).all()


def seals_between(session: Session, start: datetime, end: datetime, *, after: int, limit: int) -> list[Seal]:
    """The seals dated in [start, end) that come after a seal's id, in their order."""
    query = select(Seal).where(Seal.sealed_at >= start, Seal.sealed_at < end, Seal.id > after)
    return list(session.scalars(query.order_by(Seal.id).limit(limit)))


# --- the whole ledger, in pages


def seals_after(session: Session, seal_id: int, *, seals: int, forecasts: int) -> list[Seal]:
    """The next seals by id: at most so many, and at most so many forecasts unless the first alone has more."""
    found = session.scalars(select(Seal).where(Seal.id > seal_id).order_by(Seal.id).limit(seals)).all()
    sums = accumulate(one.forecasts for one in found)
    return [
        one
        for place, (one, total) in enumerate(zip(found, sums, strict=True))
        if total <= forecasts or not place
    ]


def sealed_count(session: Session) -> int:
    """How many forecasts the seals count."""
    return session.scalar(select(func.coalesce(func.sum(Seal.forecasts), 0))) or 0


def has_seal(session: Session, root: str) -> bool:
    """Whether a root is a seal's."""
    return session.scalar(select(exists().where(Seal.root == root))) or False


def forecasts_under(session: Session, seal_ids: Iterable[int]) -> list[tuple[Forecast, Answer, Case]]:
    """The forecasts under some seals by id, with answer and case; each case is read once."""
    query = select(Forecast, Answer).join(Answer, Answer.id == Forecast.answer_id)
    rows = session.execute(query.where(Forecast.seal_id.in_(list(seal_ids))).order_by(Forecast.id)).all()
    cases = session.scalars(select(Case).where(Case.id.in_({forecast.case_id for forecast, _ in rows})))
    by_id = {case.id: case for case in cases}
    return [(forecast, answer, by_id[forecast.case_id]) for forecast, answer in rows]


def roots_of(session: Session, forecasts: Iterable[UUID]) -> dict[UUID, str | None]:
    """The root that each of some forecasts lies under, or None; those that are not there are left out."""
    query = select(Forecast.id, Seal.root).outerjoin(Seal, Seal.id == Forecast.seal_id)
    rows = session.execute(query.where(Forecast.id.in_(list(forecasts))))
    return {row.id: row.root for row in rows}


def sealed_nowhere(session: Session, *, limit: int) -> list[UUID]:
    """Forecasts that say when they were sealed, and lie under no seal."""
    query = select(Forecast.id).where(Forecast.sealed_at.is_not(None), Forecast.seal_id.is_(None))
    return list(session.scalars(query.order_by(Forecast.id).limit(limit)))
