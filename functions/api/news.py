"""How articles, stories and what followed them are shown, wherever they are."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from nunchi.articles.rules import Kind, kind, lead
from nunchi.market.rules import Outcome
from nunchi.models.stories import Story, StoryStock
from nunchi.predict.repository import Reacted


class ArticleLine(BaseModel):
    id: UUID
    source: str
    kind: Kind
    url: str
    title: str
    excerpt: str
    author: str
    published_at: AwareDatetime
    known_at: AwareDatetime
    story_id: UUID | None


class Match(BaseModel):
    stock_code: str
    relevance: float = Field(description="How much the story is about the stock, 0.5 to 1.")


class StoryLine(BaseModel):
    """A cluster of near-identical articles, told by the one that founded it."""

    id: UUID
    title: str
    lead: str
    known_at: AwareDatetime
    matches: list[Match] = Field(description="The stocks that it is about.")


class ReactionLine(BaseModel):
    """What a stock did after a story: its return less its market's, and the class of that."""

    stock_code: str
    horizon_sessions: int
    outcome: str = Field(examples=["up"])
    adjusted_return_ratio: float


def article_line(article: Any) -> ArticleLine:
    """What is shown of a row of `articles.repository.SHOWN`."""
    given = article._mapping
    values = {name: given[name] for name in ArticleLine.model_fields if name in given}
    return ArticleLine(**values, kind=kind(article.source), excerpt=lead(article.body))


def story_line(story: Story, stocks: Sequence[StoryStock]) -> StoryLine:
    """What is shown of a story and of the stocks that it is about."""
    matches = [Match.model_validate(one, from_attributes=True) for one in stocks]
    return StoryLine(
        id=story.id, title=story.title, lead=story.lead, known_at=story.known_at, matches=matches
    )


def reaction_lines(reactions: Iterable[Reacted]) -> list[ReactionLine]:
    """What followed a story, by stock and horizon."""
    return [
        ReactionLine(
            stock_code=one.stock_code,
            horizon_sessions=one.horizon_sessions,
            outcome=Outcome(one.outcome).name.lower(),
            adjusted_return_ratio=one.adjusted_return_ratio,
        )
        for one in reactions
    ]
