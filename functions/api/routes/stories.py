"""Stories: what many articles tell, told once."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from api.dependencies import DatabaseSession, Now, StockCode, public
from api.news import ArticleLine, ReactionLine, StoryLine, article_line, reaction_lines, story_line
from api.paging import Cursor, Order, Page, PageSize
from nunchi.articles import repository as articles
from nunchi.errors import NotFound
from nunchi.predict import past
from nunchi.predict import repository as predictions
from nunchi.stories import repository

router = APIRouter(prefix="/stories", tags=["articles"], dependencies=[public])
ORDER = Order(TypeAdapter(tuple[AwareDatetime, UUID]))
MOST_ARTICLES = 200
MOST_FORECASTS = 500


class ForecastMade(BaseModel):
    id: UUID
    stock_code: str
    arm: str
    horizon_sessions: int


class StoryDetail(StoryLine):
    articles: list[ArticleLine] = Field(description=f"The first known first, {MOST_ARTICLES} at most.")
    reactions: list[ReactionLine] = Field(description="As far as they are complete and known now.")
    forecasts: list[ForecastMade] = Field(description=f"By stock, arm and horizon, {MOST_FORECASTS} at most.")


@router.get("")
def list_stories(
    session: DatabaseSession,
    stock_code: StockCode | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[StoryLine]:
    """The newest stories, of all or about one stock."""
    found = repository.newest(session, stock_code=stock_code, limit=limit + 1, after=ORDER.after(cursor))
    stocks = dict(repository.with_stocks(session, [story.id for story in found[:limit]]))
    return ORDER.page(
        found, limit, lambda story: (story.known_at, story.id), lambda story: story_line(story, stocks[story])
    )


@router.get("/{story_id}")
def get_story(story_id: UUID, session: DatabaseSession, now: Now) -> StoryDetail:
    """One story with its articles, the stocks that it is about, what they did after it, and what was forecast."""
    found = repository.with_stocks(session, [story_id])
    if not found:
        raise NotFound("story", story_id)
    told = articles.of_story(session, story_id, limit=MOST_ARTICLES)
    made = predictions.of_story(session, story_id, limit=MOST_FORECASTS)
    followed = past.reactions(session, [story_id], now=now).get(story_id, [])
    return StoryDetail(
        **story_line(*found[0]).model_dump(),
        articles=[article_line(one) for one in told],
        reactions=reaction_lines(followed),
        forecasts=[ForecastMade.model_validate(one, from_attributes=True) for one in made],
    )
