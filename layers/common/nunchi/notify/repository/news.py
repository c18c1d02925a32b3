"""What a case brings: its story, its sealed forecasts, its stock's price, and the records of its arms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session

from nunchi.errors import NotFound
from nunchi.models.articles import Article
from nunchi.models.forecasts import Answer, Case, Forecast
from nunchi.models.market import DailyBar, Stock
from nunchi.models.stories import Story, StoryFounder
from nunchi.scoreboard import service as scoreboard


@dataclass(frozen=True)
class Opened:
    """A case with its story, its stock, and the article that founded the story."""

    case: Case
    story: Story
    stock: Stock
    article: Article


def opened(session: Session, case_id: UUID) -> Opened:
    """A case and what it is about. Raises `NotFound`."""
    query = (
        select(Case, Story, Stock, Article)
        .join(Story, Story.id == Case.story_id)
        .join(Stock, Stock.code == Case.stock_code)
        .join(StoryFounder, StoryFounder.story_id == Case.story_id)
        .join(Article, Article.id == StoryFounder.article_id)
        .where(Case.id == case_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("case", case_id)
    return Opened(*found)


def sealed(session: Session, case_id: UUID, *, as_of: datetime) -> Sequence[Row[Forecast, str | None]]:
    """A case's forecasts that were sealed by `as_of`, with the impact that their answer names; by arm and horizon."""
    query = (
        select(Forecast, Answer.impact)
        .join(Answer, Answer.id == Forecast.answer_id)
        .where(Forecast.case_id == case_id, Forecast.seal_id.is_not(None), Answer.created_at <= as_of)
        .order_by(Forecast.arm, Forecast.horizon_sessions)
    )
    return session.execute(query).all()


def reliability(session: Session, arms: Iterable[str]) -> dict[tuple[str, int], dict[str, Any]]:
    """The reliability bins of arms by arm and horizon, from those of the newest headline records that can bear it."""
    wanted = set(arms)
    return {
        (one.record.arm, one.record.horizon_sessions): one.record.reliability
        for one in scoreboard.lines(session)
        if one.enough_evidence and one.record.arm in wanted
    }


def last_bars(session: Session, code: str, *, as_of: datetime) -> list[DailyBar]:
    """A stock's bars of its last two sessions, newest first, as known at `as_of`."""
    newest = (
        select(DailyBar.session, func.max(DailyBar.known_at).label("known_at"))
        .where(DailyBar.code == code, DailyBar.known_at <= as_of)
        .group_by(DailyBar.session)
        .order_by(DailyBar.session.desc())
        .limit(2)
        .subquery()
    )
    query = select(DailyBar).join(
        newest, and_(DailyBar.session == newest.c.session, DailyBar.known_at == newest.c.known_at)
    )
    return list(session.scalars(query.where(DailyBar.code == code).order_by(DailyBar.session.desc())))
