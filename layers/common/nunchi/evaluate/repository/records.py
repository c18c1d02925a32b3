"""The records of arms, made of the sums by entry session."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.database import beyond
from nunchi.evaluate.repository.sums import SUMS
from nunchi.models.costs import ModelCall
from nunchi.models.evaluation import Performance, ScoreDay


def totals(session: Session) -> Sequence[Row[Any]]:
    """The sums over all sessions, by arm and horizon, in each market, of each kind of event, and of both together."""
    head = (ScoreDay.arm, ScoreDay.horizon_sessions, ScoreDay.before_cutoff)
    levels = ((), (ScoreDay.market,), (ScoreDay.event_kind,), (ScoreDay.market, ScoreDay.event_kind))
    query = select(
        *head,
        func.coalesce(ScoreDay.market, "").label("market"),
        func.coalesce(ScoreDay.event_kind, "").label("event_kind"),
        *(func.sum(getattr(ScoreDay, name)).label(name) for name in SUMS),
        func.count(ScoreDay.entry_session.distinct()).label("entry_sessions"),
    ).group_by(func.grouping_sets(*(tuple_(*head, *level) for level in levels)))
    return session.execute(query).all()


def series(session: Session) -> Sequence[Row[Any]]:
    """The sums of each entry session, oldest first: by arm and horizon, in each market, and of each kind of event."""
    head = (ScoreDay.arm, ScoreDay.horizon_sessions, ScoreDay.before_cutoff, ScoreDay.entry_session)
    levels = ((), (ScoreDay.market,), (ScoreDay.event_kind,))
    query = select(
        *head[:3],
        func.coalesce(ScoreDay.market, "").label("market"),
        func.coalesce(ScoreDay.event_kind, "").label("event_kind"),
        func.sum(ScoreDay.cases).label("cases"),
        func.sum(ScoreDay.sum_rps).label("rps"),
        func.sum(ScoreDay.sum_prior_rps).label("prior_rps"),
    ).group_by(func.grouping_sets(*(tuple_(*head, *level) for level in levels)))
    return session.execute(query.order_by(ScoreDay.entry_session)).all()


def histograms(session: Session, sessions: int) -> Sequence[Row[str, int, dict[str, Any]]]:
    """Arm, horizon and reliability histogram over the last entry sessions, of events after the arm's cut-off."""
    days = select(ScoreDay.entry_session).distinct().order_by(ScoreDay.entry_session.desc()).limit(sessions)
    query = select(ScoreDay.arm, ScoreDay.horizon_sessions, ScoreDay.reliability)
    first = select(func.min(days.subquery().c.entry_session)).scalar_subquery()
    return session.execute(query.where(ScoreDay.entry_session >= first, ~ScoreDay.before_cutoff)).all()


def costs(session: Session, *, now: datetime) -> dict[str, float]:
    """What each arm's calls for forecasts had cost in all by `now`, in dollars."""
    query = (
        select(ModelCall.arm, func.sum(ModelCall.usd))
        .where(ModelCall.purpose == "forecast", ModelCall.outcome != "reserved", ModelCall.started_at <= now)
        .group_by(ModelCall.arm)
    )
    return dict(session.execute(query).all())


def put_performance(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Stores a day's records, over those of an earlier run of the same day."""
    if not rows:
        return
    query = insert(Performance)
    updated = {key: query.excluded[key] for key in rows[0]}
    session.execute(
        query.on_conflict_do_update(index_elements=Performance.__table__.primary_key, set_=updated), rows
    )


def latest_performance(
    session: Session, *, limit: int | None = None, after: tuple[int, float, str] | None = None
) -> list[Performance]:
    """The newest day's headline records, over all markets and kinds of events, by horizon and mean loss."""
    newest = select(func.max(Performance.day)).scalar_subquery()
    headline = and_(Performance.market == "", Performance.event_kind == "", ~Performance.before_cutoff)
    order = (Performance.horizon_sessions, Performance.mean_rps, Performance.arm)
    query = select(Performance).where(Performance.day == newest, headline, beyond(order, after, going="up"))
    return list(session.scalars(query.order_by(*order).limit(limit)))
