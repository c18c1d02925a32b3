"""Past stories that are like another one, and what followed them, as somebody who reads of it now is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import database
from nunchi.adapters.milvus import Collection, Hit
from nunchi.articles import repository as articles
from nunchi.embed import nearest
from nunchi.embed import repository as embedded
from nunchi.embed.nearest import Found
from nunchi.market import known
from nunchi.market.calendar import Calendar
from nunchi.market.rules import reacted_before
from nunchi.models.stories import Story, StoryStock
from nunchi.models.vectors import VectorCollection
from nunchi.predict import repository
from nunchi.predict.repository import Reacted
from nunchi.predict.similar import Similar, similar
from nunchi.stories import repository as stories


@dataclass(frozen=True)
class Past:
    """A story with complete reactions, the article that founded it, and its cosine similarity, -1 to 1."""

    story: Story
    stocks: Sequence[StoryStock]
    founder: UUID | None
    similarity: float
    reactions: Sequence[Reacted]


def like(article_id: UUID, *, limit: int, now: datetime) -> list[Past] | None:
    """The past stories most like that of an article, the most similar first; None where it has no vector.

    Its vector is the stored one, so no model is asked. No transaction is open while Milvus is. Raises `NotFound`,
    and `UpstreamError` where Milvus fails.
    """
    with database.session() as session:
        story_id = articles.shown(session, article_id).story_id
        calendar, collection = known.calendar(session), embedded.searched(session)
    if story_id is None or collection is None:
        return None
    hits = _hits(story_id, collection, reacted_before(now, calendar))
    if hits is None:
        return None
    with database.session() as session:
        found = similar(session, Found(hits), calendar, as_of=now)
        return _told(session, found, [hit for hit in hits if hit.story_id in found.reactions][:limit])


def _hits(story_id: UUID, collection: VectorCollection, before: datetime) -> list[Hit] | None:
    vectors = Collection(collection.name, collection.dimension)
    vector = vectors.vector(story_id)
    if vector is None:
        return None
    found = nearest.find(vectors, vector, (), but=story_id, before=before)
    return found.near


def _told(session: Session, found: Similar, hits: Sequence[Hit]) -> list[Past]:
    told = {story.id: (story, stocks) for story, stocks in stories.with_stocks(session, _ids(hits))}
    return [
        Past(
            *told[hit.story_id],
            founder=found.founders.get(hit.story_id),
            similarity=hit.similarity,
            reactions=found.reactions[hit.story_id],
        )
        for hit in hits
        if hit.story_id in told
    ]


def _ids(hits: Sequence[Hit]) -> list[UUID]:
    return [hit.story_id for hit in hits]


def reactions(session: Session, story_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, list[Reacted]]:
    """What followed these stories, as far as it is complete and known now, by stock and horizon."""
    calendar: Calendar = known.calendar(session)
    until = calendar.last_closed(now).day
    return repository.reactions_of(session, story_ids, as_of=now, until=until)
