"""Reads and writes of what calls of models cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, cast, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.calls.rules import Usage
from nunchi.errors import NotFound
from nunchi.models.costs import RESERVED, ModelCall
from nunchi.models.forecasts import Arm
from nunchi.seoul import midnight, seoul_date


@dataclass(frozen=True)
class Wanted:
    """A call that is to be made: who asks whom about what, and the most that it can cost.

    All calls of its purpose together may take at most `share` of the arm's budget of the day.
    """

    purpose: str
    subject_id: UUID
    arm: str
    provider: str
    model: str
    usd: float
    krw: float
    lease: timedelta
    share: float = 1.0


@dataclass(frozen=True)
class Made:
    """How a call ended. Without `used` nobody knows what it cost, and the most that it can stays."""

    outcome: str
    latency_ms: int
    used: Usage | None = None
    usd: float = 0.0
    krw: float = 0.0


def reserve(session: Session, wanted: Wanted, *, now: datetime) -> UUID | None:
    """Takes the most that a call can cost out of its arm's budget of the day in Seoul; None when it isn't there.

    The arm's row is locked until the commit, so no two callers can take the same won. Raises `NotFound`.
    """
    lock = select(Arm.daily_budget_krw).where(Arm.name == wanted.arm).with_for_update(key_share=True)
    budget = session.scalar(lock)
    if budget is None:
        raise NotFound("arm", wanted.arm)
    if held(session, wanted.arm, now=now) + wanted.krw > budget:
        return None
    if wanted.share < 1 and _of_purpose(session, wanted, now) + wanted.krw > wanted.share * budget:
        return None
    before = select(func.count()).where(
        ModelCall.subject_id == wanted.subject_id, ModelCall.arm == wanted.arm
    )
    call = _reserved(wanted, (session.scalar(before) or 0) + 1, now)
    session.add(call)
    session.flush()
    return call.id


def _reserved(wanted: Wanted, attempt: int, now: datetime) -> ModelCall:
    return ModelCall(
        id=ids.derive("model_call", wanted.subject_id, wanted.arm, attempt),
        purpose=wanted.purpose,
        subject_id=wanted.subject_id,
        arm=wanted.arm,
        attempt=attempt,
        provider=wanted.provider,
        model=wanted.model,
        input_tokens=0,
        cached_tokens=0,
        output_tokens=0,
        usd=wanted.usd,
        krw=wanted.krw,
        outcome=RESERVED,
        latency_ms=0,
        started_at=now,
        expires_at=now + wanted.lease,
    )


def settle(session: Session, call_id: UUID, made: Made) -> bool:
    """Puts what a call cost in the place of what was reserved; False when that was done before."""
    values: dict[str, Any] = {"outcome": made.outcome, "latency_ms": made.latency_ms}
    if made.used is not None:
        values |= {
            "input_tokens": made.used.input_tokens,
            "cached_tokens": made.used.cached_tokens,
            "output_tokens": made.used.output_tokens,
            "usd": made.usd,
            "krw": made.krw,
        }
    query = update(ModelCall).where(ModelCall.id == call_id, ModelCall.outcome == RESERVED).values(values)
    return session.scalar(query.returning(ModelCall.id)) is not None


def _of_purpose(session: Session, wanted: Wanted, now: datetime) -> float:
    return held(session, wanted.arm, now=now, purpose=wanted.purpose)


def held(session: Session, arm: str, *, now: datetime, purpose: str | None = None) -> float:
    """The won of an arm's budget of the day in Seoul that are spent, or reserved and not expired.

    Those of one purpose alone, if one is given.
    """
    start = midnight(seoul_date(now))
    query = select(func.coalesce(func.sum(ModelCall.krw), 0.0)).where(
        ModelCall.arm == arm,
        ModelCall.started_at >= start,
        ModelCall.started_at < start + timedelta(days=1),
        or_(ModelCall.outcome != RESERVED, ModelCall.expires_at > now),
    )
    if purpose is not None:
        query = query.where(ModelCall.purpose == purpose)
    return float(session.scalar(query) or 0.0)


def spend(session: Session, *, since: date, until: date) -> Sequence[Row[str, date, int, float, float]]:
    """What each arm spent on each day in Seoul of a span, both ends included: arm, day, calls, US dollars, won.

    Calls that nobody told the end of are not in it.
    """
    day = cast(func.timezone(literal_column("'Asia/Seoul'"), ModelCall.started_at), Date)
    query = (
        select(ModelCall.arm, day, func.count(), func.sum(ModelCall.usd), func.sum(ModelCall.krw))
        .where(ModelCall.outcome != RESERVED, day.between(since, until))
        .group_by(ModelCall.arm, day)
        .order_by(day, ModelCall.arm)
    )
    return session.execute(query).all()
