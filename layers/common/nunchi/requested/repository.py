"""Reads and writes of forecasts that users ask for. Nothing here writes to the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, defer

from nunchi.database import beyond
from nunchi.errors import NotFound
from nunchi.models.accounts import User
from nunchi.models.articles import Article
from nunchi.models.forecasts import Answer, Arm, Case, Forecast
from nunchi.models.market import Stock
from nunchi.models.requests import DUE, ForecastRequest, RequestedForecast
from nunchi.models.stories import Story, StoryStock
from nunchi.stories.rules import WINDOW

OK = "ok"
RECENT = 30  # stories of a stock among which one that is news is looked for


@dataclass(frozen=True)
class Asked:
    """What a question is about, by keys."""

    story_id: UUID
    stock_code: str
    arm: str


def arm_and_stock(session: Session, arm: str, code: str) -> tuple[Arm, Stock]:
    """An arm and a stock that are in use. Raises `NotFound`."""
    stock, asked = session.get(Stock, code), session.get(Arm, arm)
    if stock is None or not stock.active:
        raise NotFound("stock", code)
    if asked is None or not asked.active:
        raise NotFound("arm", arm)
    return asked, stock


def recent_stories(session: Session, code: str, *, as_of: datetime) -> list[Story]:
    """The stories about a stock that became known last, newest first; older than `WINDOW`, a story is no news."""
    query = (
        select(Story)
        .join(StoryStock, StoryStock.story_id == Story.id)
        .where(StoryStock.stock_code == code, StoryStock.known_at.between(as_of - WINDOW, as_of))
        .order_by(StoryStock.known_at.desc(), Story.id)
        .limit(RECENT)
    )
    return list(session.scalars(query))


def story_of_article(session: Session, article_id: UUID) -> tuple[Story | None, list[str]]:
    """An article's story, None while it is part of none, and the codes of the stocks it is about. Raises `NotFound`."""
    article = session.get(Article, article_id)
    if article is None:
        raise NotFound("article", article_id)
    if article.story_id is None:
        return None, []
    about = select(StoryStock.stock_code).where(StoryStock.story_id == article.story_id)
    codes = session.scalars(about.order_by(StoryStock.stock_code))
    return session.get(Story, article.story_id), list(codes)


def live(session: Session, asked: Asked) -> tuple[Case, Answer, list[Forecast]] | None:
    """The record's own answer of an arm about a story and a stock, if it gave one."""
    query = (
        select(Case, Answer)
        .options(defer(Case.evidence))
        .join(Answer, Answer.case_id == Case.id)
        .where(
            Case.story_id == asked.story_id,
            Case.stock_code == asked.stock_code,
            Answer.arm == asked.arm,
            Answer.outcome == OK,
        )
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    case, answer = found
    made = select(Forecast).where(Forecast.answer_id == answer.id).order_by(Forecast.horizon_sessions)
    return case, answer, list(session.scalars(made))


def newest_answer(session: Session, asked: Asked) -> RequestedForecast | None:
    """The newest good answer to a question that some user asked."""
    query = _of(asked).where(RequestedForecast.outcome == OK).order_by(RequestedForecast.as_of.desc())
    return session.scalars(query.limit(1)).one_or_none()


def _of(asked: Asked) -> Select[RequestedForecast]:
    return (
        select(RequestedForecast)
        .options(defer(RequestedForecast.evidence))
        .where(
            RequestedForecast.stock_code == asked.stock_code,
            RequestedForecast.arm == asked.arm,
            RequestedForecast.story_id == asked.story_id,
        )
    )


def lock_user(session: Session, user_id: UUID) -> None:
    """Lets a user's other requests wait until this transaction ends. Raises `NotFound`."""
    query = select(User.id).where(User.id == user_id).with_for_update(key_share=True)
    if session.scalar(query) is None:
        raise NotFound("user", user_id)


def questions_of_day(session: Session, user_id: UUID, day: date) -> Sequence[UUID]:
    """The question of each request that a user has made on a day in Seoul."""
    query = select(ForecastRequest.requested_id)
    return session.scalars(query.where(ForecastRequest.user_id == user_id, ForecastRequest.day == day)).all()


def waiting_request(session: Session, user_id: UUID, asked: Asked) -> ForecastRequest | None:
    """A user's request of a question that is still due."""
    due = _of(asked).where(RequestedForecast.outcome == DUE).subquery()
    query = select(ForecastRequest).join(due, due.c.id == ForecastRequest.requested_id)
    return session.scalars(query.where(ForecastRequest.user_id == user_id).limit(1)).one_or_none()


def expire(session: Session, asked: Asked, *, before: datetime, now: datetime) -> None:
    """Gives up the question that is due, if it was asked before a moment, so that it can be asked anew."""
    question = RequestedForecast
    query = update(question).where(
        question.story_id == asked.story_id,
        question.stock_code == asked.stock_code,
        question.arm == asked.arm,
        question.outcome == DUE,
        question.as_of <= before,
    )
    session.execute(query.values(outcome="too_late", reason="no answer came in time", finished_at=now))


def open_question(session: Session, row: Mapping[str, Any]) -> UUID:
    """Stores a question; gives its id, or that of the same question that is due already, whose row is then locked."""
    query = insert(RequestedForecast).values(dict(row))
    joined = query.on_conflict_do_update(
        index_elements=["story_id", "stock_code", "arm"],
        index_where=RequestedForecast.outcome == DUE,
        set_={"outcome": DUE},
    )
    return session.execute(joined.returning(RequestedForecast.id)).scalar_one()


def add_request(session: Session, row: Mapping[str, Any]) -> None:
    """Stores a user's request."""
    session.execute(insert(ForecastRequest).values(dict(row)))


def question(session: Session, requested_id: UUID) -> tuple[RequestedForecast, Arm, Story, Stock]:
    """A question with whom and what it is about. Raises `NotFound`."""
    query = (
        select(RequestedForecast, Arm, Story, Stock)
        .join(Arm, Arm.name == RequestedForecast.arm)
        .join(Story, Story.id == RequestedForecast.story_id)
        .join(Stock, Stock.code == RequestedForecast.stock_code)
        .where(RequestedForecast.id == requested_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("requested forecast", requested_id)
    requested, arm, story, stock = found
    return requested, arm, story, stock


def case_evidence(session: Session, story_id: UUID, code: str, *, as_of: datetime) -> dict[str, Any]:
    """The evidence of a story's and stock's case, empty where there was none by `as_of`."""
    query = select(Case.evidence).where(
        Case.story_id == story_id, Case.stock_code == code, Case.as_of <= as_of
    )
    return session.scalar(query) or {}


def finish(session: Session, requested_id: UUID, values: Mapping[str, Any]) -> bool:
    """Stores how a question was answered; False where that was done before."""
    query = update(RequestedForecast).where(
        RequestedForecast.id == requested_id, RequestedForecast.outcome == DUE
    )
    stored = query.values(dict(values)).returning(RequestedForecast.id)
    return session.scalar(stored) is not None


def own_requests(
    session: Session, user_id: UUID, *, limit: int, after: tuple[datetime, UUID] | None
) -> Sequence[Row[ForecastRequest, RequestedForecast]]:
    """A user's requests with their questions, the newest first, those after a place in that order."""
    order = (ForecastRequest.asked_at, ForecastRequest.id)
    query = (
        select(ForecastRequest, RequestedForecast)
        .options(defer(RequestedForecast.evidence))
        .join(RequestedForecast, RequestedForecast.id == ForecastRequest.requested_id)
        .where(ForecastRequest.user_id == user_id, beyond(order, after))
        .order_by(*(one.desc() for one in order))
        .limit(limit)
    )
    return session.execute(query).all()


def own_request(
    session: Session, user_id: UUID, request_id: UUID
) -> tuple[ForecastRequest, RequestedForecast]:
    """One of a user's own requests. Raises `NotFound`, for those of others, too."""
    found = session.execute(
        select(ForecastRequest, RequestedForecast)
        .join(RequestedForecast, RequestedForecast.id == ForecastRequest.requested_id)
        .where(ForecastRequest.id == request_id, ForecastRequest.user_id == user_id)
    ).one_or_none()
    if found is None:
        raise NotFound("request", request_id)
    request, requested = found
    return request, requested
