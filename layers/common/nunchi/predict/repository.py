"""Reads and writes of arms, cases, answers and forecasts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from nunchi.database import Condition, beyond, conditions
from nunchi.errors import NotFound
from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.models.articles import Article
from nunchi.models.evaluation import BaseRate, Evaluation, Reaction
from nunchi.models.forecasts import Answer, Arm, Case, Forecast, Seal
from nunchi.models.market import Stock
from nunchi.models.stories import Story, StoryFounder

Reacted = Row[UUID, str, int, int, float]  # story, stock, horizon, class, market-adjusted return


def active_arms(session: Session) -> list[Arm]:
    """The arms that forecast every case, by name."""
    return list(session.scalars(select(Arm).where(Arm.active).order_by(Arm.name)))


def question(session: Session, case_id: UUID, arm: str) -> tuple[Arm, Case, Story, Stock]:
    """What an arm is asked. Raises `NotFound` for a case or an arm that is not there."""
    found = session.execute(
        select(Case, Story, Stock)
        .join(Story, Story.id == Case.story_id)
        .join(Stock, Stock.code == Case.stock_code)
        .where(Case.id == case_id)
    ).one_or_none()
    asked = session.get(Arm, arm)
    if found is None or asked is None:
        raise NotFound("case or arm", f"{case_id} / {arm}")
    case, story, stock = found
    return asked, case, story, stock


def published_at(session: Session, story_id: UUID) -> datetime | None:
    """When the article that founded a story says that it was published; None for a story without one."""
    query = select(Article.published_at).join(StoryFounder, StoryFounder.article_id == Article.id)
    return session.scalars(query.where(StoryFounder.story_id == story_id)).one_or_none()


def stocks(session: Session, codes: Iterable[str]) -> list[Stock]:
    """The stocks of these codes, by code."""
    return list(session.scalars(select(Stock).where(Stock.code.in_(list(codes))).order_by(Stock.code)))


def reactions_of(
    session: Session, story_ids: Sequence[UUID], *, as_of: datetime, until: date
) -> dict[UUID, list[Reacted]]:
    """What followed these stories at the horizons that are forecast, as far as it was known by `as_of`.

    `until` is the last session that has closed by then: no reaction that ends later is complete. One without a class is
    left out: it can be compared with no other.
    """
    query = select(
        Reaction.story_id,
        Reaction.stock_code,
        Reaction.horizon_sessions,
        cast("InstrumentedAttribute[int]", Reaction.outcome),
        Reaction.adjusted_return_ratio,
    ).where(
        Reaction.story_id.in_(story_ids),
        Reaction.known_at <= as_of,
        Reaction.exit_session <= until,
        Reaction.outcome.is_not(None),
        or_(Reaction.superseded_at.is_(None), Reaction.superseded_at > as_of),
        Reaction.horizon_sessions.in_(FORECAST_HORIZONS),
    )
    found: dict[UUID, list[Reacted]] = defaultdict(list)
    for reaction in session.execute(query.order_by(Reaction.stock_code, Reaction.horizon_sessions)):
        found[reaction.story_id].append(reaction)
    return dict(found)


def base_counts(session: Session, scopes: Iterable[str], *, as_of: datetime) -> dict[str, dict[str, Any]]:
    """The latest class counts of each scope (a stock's code, or a market) that were known at `as_of`."""
    query = (
        select(BaseRate)
        .ext(distinct_on(BaseRate.scope))
        .where(BaseRate.scope.in_(list(scopes)), BaseRate.known_at <= as_of)
        .order_by(BaseRate.scope, BaseRate.known_at.desc())
    )
    return {rate.scope: rate.counts for rate in session.scalars(query)}


def record(session: Session, answer: Answer, forecasts: Sequence[Forecast]) -> None:
    """Stores an arm's answer with its forecasts. A good answer stays; a recorded failure gives way to a later one."""
    row = {column.key: getattr(answer, column.key) for column in Answer.__table__.columns}
    query = insert(Answer).values(row)
    query = query.on_conflict_do_update(
        index_elements=["case_id", "arm"], set_=row, where=Answer.outcome != "ok"
    )
    if session.scalar(query.returning(Answer.id)) is not None:
        session.add_all(forecasts)


Shown = Row[Forecast, Case, Story, Evaluation | None]


@dataclass(frozen=True)
class Wanted:
    """Which forecasts: those of which all that is given holds; times are of the forecast's making, `until` excluded."""

    stock_code: str | None = None
    arm: str | None = None
    horizon_sessions: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    sealed: bool | None = None


def newest(
    session: Session, wanted: Wanted, *, limit: int, after: tuple[datetime, UUID] | None = None
) -> Sequence[Shown]:
    """The latest forecasts with their case, its story, and their evaluation, those after a place in that order."""
    order = (Forecast.created_at, Forecast.id)
    down = [one.desc() for one in order]
    # picked first, so that only the page's stories and evaluations are looked up
    page = select(Forecast.id).join(Case, Case.id == Forecast.case_id)
    page = page.where(beyond(order, after), *conditions(wanted, _SAID)).order_by(*down).limit(limit)
    picked = page.subquery()
    query = _shown().options(defer(Case.evidence)).join(picked, picked.c.id == Forecast.id)
    return session.execute(query.order_by(*down)).all()


def _shown() -> Select[Forecast, Case, Story, Evaluation | None]:
    scored = and_(Evaluation.forecast_id == Forecast.id, Evaluation.superseded_at.is_(None))
    return (
        select(Forecast, Case, Story, Evaluation)
        .join(Case, Case.id == Forecast.case_id)
        .join(Story, Story.id == Case.story_id)
        .outerjoin(Evaluation, scored)
    )


def of_story(session: Session, story_id: UUID, *, limit: int) -> Sequence[Row[UUID, str, str, int]]:
    """The forecasts made on a story: id, stock_code, arm and horizon_sessions, in that order but the id."""
    order = (Case.stock_code, Forecast.arm, Forecast.horizon_sessions)
    query = select(Forecast.id, *order).join(Case, Case.id == Forecast.case_id)
    return session.execute(query.where(Case.story_id == story_id).order_by(*order).limit(limit)).all()


# what each part of `Wanted` says of a forecast and its case
_SAID: dict[str, Condition] = {
    "stock_code": lambda given: Case.stock_code == given,
    "arm": lambda given: Forecast.arm == given,
    "horizon_sessions": lambda given: Forecast.horizon_sessions == given,
    "since": lambda given: Forecast.created_at >= given,
    "until": lambda given: Forecast.created_at < given,
    "sealed": lambda given: Forecast.sealed_at.is_not(None) if given else Forecast.sealed_at.is_(None),
}


def whole(
    session: Session, forecast_id: UUID
) -> tuple[Forecast, Case, Story, Answer, Evaluation | None, Seal | None]:
    """A forecast with all that belongs to it. Raises `NotFound`."""
    query = _shown().add_columns(Answer, Seal).join(Answer, Answer.id == Forecast.answer_id)
    query = query.outerjoin(Seal, Seal.id == Forecast.seal_id).where(Forecast.id == forecast_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("forecast", forecast_id)
    forecast, case, story, evaluation, answer, seal = found
    return forecast, case, story, answer, evaluation, seal
