"""What waits, and what may still be spent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select, true
from sqlalchemy.orm import Session

from nunchi.database import beyond
from nunchi.models import Arm, ModelCall, OutboxRow
from nunchi.models.costs import RESERVED
from nunchi.seoul import midnight, seoul_date


@dataclass(frozen=True)
class Backlog:
    """A queue's events that still wait for their consumer: how many, and since when the oldest one does."""

    queue: str
    events: int
    oldest_at: datetime


@dataclass(frozen=True)
class Budget:
    """What an arm may spend on this day in Seoul, in won; what it has spent, and what is taken for calls under way."""

    arm: str
    provider: str
    active: bool
    limit_krw: int
    spent_krw: float
    reserved_krw: float

    @property
    def left_krw(self) -> float:
        """What is left of it; nothing where a lower limit was set after it had been spent."""
        return max(0.0, self.limit_krw - self.spent_krw - self.reserved_krw)


def backlog(session: Session) -> list[Backlog]:
    """The open events of each queue that has any, by queue; those that were given up don't count."""
    query = select(OutboxRow.queue, func.count(), func.min(OutboxRow.created_at)).where(
        OutboxRow.closed_at.is_(None), OutboxRow.given_up_at.is_(None)
    )
    rows = session.execute(query.group_by(OutboxRow.queue).order_by(OutboxRow.queue))
    return [Backlog(queue, events, oldest) for queue, events, oldest in rows]


def given_up(session: Session) -> dict[str, int]:
    """How many events of each queue were given up, of those queues that have any."""
    query = select(OutboxRow.queue, func.count()).where(
        OutboxRow.closed_at.is_(None), OutboxRow.given_up_at.is_not(None)
    )
    return dict(session.execute(query.group_by(OutboxRow.queue)).all())


def budgets(
    session: Session, *, now: datetime, limit: int, after: tuple[str] | None = None, arm: str | None = None
) -> list[Budget]:
    """The budgets of arms that cost something, those after a name, or of one arm, by name.

    They are counted as `calls.repository.held` does.
    """
    start = midnight(seoul_date(now))
    is_held = and_(ModelCall.outcome == RESERVED, ModelCall.expires_at > now)
    sums = [
        func.coalesce(func.sum(ModelCall.krw).filter(counted), 0.0).label(name)
        for name, counted in (("spent", ModelCall.outcome != RESERVED), ("reserved", is_held))
    ]
    span = ModelCall.started_at >= start, ModelCall.started_at < start + timedelta(days=1)
    today = select(*sums).where(ModelCall.arm == Arm.name, *span).lateral()
    query = (
        select(Arm.name, Arm.provider, Arm.active, Arm.daily_budget_krw, today.c.spent, today.c.reserved)
        .join(today, true())
        .where(Arm.provider != "baseline", Arm.name == arm if arm else true())
        .where(beyond((Arm.name,), after, going="up"))
    )
    return [Budget(*tuple(row)) for row in session.execute(query.order_by(Arm.name).limit(limit))]
