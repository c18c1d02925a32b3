"""Reads and writes of reactions, base rates, evaluations and performance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Integer, Row, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session, aliased

from nunchi.models.evaluation import BaseRate, Evaluation, Performance, Reaction
from nunchi.models.forecasts import Arm, Case, Forecast
from nunchi.models.market import DailyBar, Stock
from nunchi.models.stories import Story, StoryStock

PRIOR = "prior"


def told_since(
    session: Session, since: datetime, *, now: datetime
) -> Sequence[Row[UUID, str, datetime, str]]:
    """Story, stock, when it was known, and the stock's market, of what became known in (since, now)."""
    query = (
        select(StoryStock.story_id, StoryStock.stock_code, StoryStock.known_at, Stock.market)
        .join(Stock, Stock.code == StoryStock.stock_code)
        .where(StoryStock.known_at > since, StoryStock.known_at < now)
        .order_by(StoryStock.known_at, StoryStock.story_id, StoryStock.stock_code)
    )
    return session.execute(query).all()


def reacted(session: Session, since: datetime, *, now: datetime) -> set[tuple[UUID, str, int]]:
    """The (story, stock, horizon) that have a reaction, of the stories known in (since, now)."""
    query = (
        select(Reaction.story_id, Reaction.stock_code, Reaction.horizon_sessions)
        .join(Story, Story.id == Reaction.story_id)
        .where(Story.known_at > since, Story.known_at < now)
    )
    return {(story, code, horizon) for story, code, horizon in session.execute(query)}


def add_reactions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Stores reactions; one that is there stays."""
    if rows:
        session.execute(insert(Reaction).on_conflict_do_nothing().returning(Reaction.horizon_sessions), rows)


def stocks_with_new_bars(session: Session, *, now: datetime) -> list[Stock]:
    """The active stocks with a bar known since their base rate was last counted."""
    counted = (
        select(func.max(BaseRate.known_at))
        .where(BaseRate.scope == Stock.code, BaseRate.known_at <= now)
        .scalar_subquery()
    )
    newest = (
        select(func.max(DailyBar.known_at))
        .where(DailyBar.code == Stock.code, DailyBar.known_at <= now)
        .scalar_subquery()
    )
    never_counted = and_(counted.is_(None), newest.is_not(None))
    query = select(Stock).where(Stock.active, or_(newest > counted, never_counted))
    return list(session.scalars(query.order_by(Stock.code)))


def latest_counts(session: Session, market: str, *, now: datetime) -> list[dict[str, Any]]:
    """The newest class counts of every stock of a market that are known by `now`."""
    query = (
        select(BaseRate.scope, BaseRate.counts)
        .ext(distinct_on(BaseRate.scope))
        .join(Stock, Stock.code == BaseRate.scope)
        .where(Stock.market == market, BaseRate.known_at <= now)
        .order_by(BaseRate.scope, BaseRate.known_at.desc())
    )
    return [counts for _, counts in session.execute(query)]


def add_base_rates(session: Session, counts: dict[str, Any], *, now: datetime) -> None:
    """Stores class counts by scope, as known from now on."""
    rows = [{"scope": scope, "known_at": now, "counts": counted} for scope, counted in counts.items()]
    if rows:
        session.execute(insert(BaseRate).on_conflict_do_nothing().returning(BaseRate.scope), rows)


def due_for_evaluation(
    session: Session, *, now: datetime, limit: int
) -> Sequence[Row[Forecast, str, float, str, str, datetime | None]]:
    """Sealed forecasts without a score, oldest first, with stock, σ20, correlation id, market and seal's time."""
    query = (
        select(
            Forecast,
            Case.stock_code,
            Case.sigma20_ratio,
            Case.correlation_id,
            Stock.market,
            Forecast.sealed_at,
        )
        .join(Case, Case.id == Forecast.case_id)
        .join(Stock, Stock.code == Case.stock_code)
        .outerjoin(Evaluation, Evaluation.forecast_id == Forecast.id)
        .where(Forecast.sealed_at < now, Evaluation.forecast_id.is_(None))
        .order_by(Forecast.sealed_at, Forecast.id)
        .limit(limit)
    )
    return session.execute(query).all()


def add_evaluations(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Stores scores; one that is there stays. Returns how many were new."""
    if not rows:
        return 0
    query = insert(Evaluation).on_conflict_do_nothing().returning(Evaluation.forecast_id)
    return len(session.scalars(query, rows).all())


def arm_records(session: Session, *, now: datetime) -> Sequence[Row[Any]]:
    """Counts and mean losses by arm and horizon. Where an arm that was asked has no score, `prior`'s stands for it."""
    base, own = aliased(Forecast), aliased(Forecast)
    base_score, own_score = aliased(Evaluation), aliased(Evaluation)
    same_question = and_(
        own.case_id == base.case_id, own.horizon_sessions == base.horizon_sessions, own.arm == Arm.name
    )
    # a forecast that was sealed so late that it entered elsewhere is no answer to the same question
    same_trade = and_(
        own_score.forecast_id == own.id,
        own_score.known_at <= now,
        own_score.entry_session == base_score.entry_session,
        own_score.entry_kind == base_score.entry_kind,
    )
    query = (
        select(Arm.name.label("arm"), base.horizon_sessions, *_record(own_score, base_score))
        .select_from(base)
        .join(base_score, base_score.forecast_id == base.id)
        .join(Case, Case.id == base.case_id)
        .join(Arm, Case.asked.has_key(Arm.name))
        .outerjoin(own, same_question)
        .outerjoin(own_score, same_trade)
        .where(base.arm == PRIOR, base_score.known_at <= now)
        .group_by(Arm.name, base.horizon_sessions)
    )
    return session.execute(query).all()


def _record(own: Any, base: Any) -> list[Any]:
    """The columns of a record, over an arm's scores with `prior`'s in place of those that are missing."""

    def mean_of(column: str) -> Any:
        value = func.coalesce(getattr(own, column), getattr(base, column))
        return func.avg(cast(cast(value, Integer), Float) if column == "hit" else value)

    return [
        func.count().label("cases"),
        func.count(own.forecast_id).label("answered"),
        func.count(base.entry_session.distinct()).label("entry_sessions"),
        mean_of("rps").label("mean_rps"),
        mean_of("brier").label("mean_brier"),
        mean_of("log_loss").label("mean_log_loss"),
        mean_of("hit").label("hit_rate"),
        func.avg(base.rps).label("prior_rps"),
    ]


def put_performance(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Stores a day's records, over those of an earlier run of the same day."""
    if not rows:
        return
    query = insert(Performance)
    updated = {key: query.excluded[key] for key in rows[0]}
    session.execute(
        query.on_conflict_do_update(index_elements=["arm", "horizon_sessions", "day"], set_=updated), rows
    )


def latest_performance(session: Session) -> list[Performance]:
    """The newest day's records, by horizon and mean loss."""
    newest = select(func.max(Performance.day)).scalar_subquery()
    query = select(Performance).where(Performance.day == newest)
    return list(session.scalars(query.order_by(Performance.horizon_sessions, Performance.mean_rps)))
