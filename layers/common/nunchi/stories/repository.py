"""Finds the story that an article tells, or founds one: two articles at once that tell the same become one story."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Integer, Select, Subquery, any_, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from nunchi import ids
from nunchi.articles.rules import lead
from nunchi.database import beyond
from nunchi.models.articles import Article
from nunchi.models.stories import BandLock, Story, StoryBand, StoryFounder, StoryStock
from nunchi.stories import rules
from nunchi.stories.rules import Founder, Telling

COMPARED = (
    50  # stories at most, those with most bands in common: a template's notes are many, a text's reprints few
)
STRIPES = (
    2**16
)  # rows of locks; two articles that have nothing in common wait for each other once in a hundred times


@dataclass(frozen=True)
class Told:
    """An article, what it says, and the bands that its story is looked for in; a disclosure has none."""

    article: Article
    telling: Telling
    bands: tuple[int, ...]


def read(article: Article, companies: Sequence[str]) -> Told:
    """An article as it is compared. A disclosure is filed once, so it neither joins a story nor is joined."""
    telling = rules.telling(article.title, article.body, companies)
    return Told(article, telling, () if article.stock_code else rules.bands(telling))


def story_of(session: Session, told: Told, *, as_of: datetime | None = None) -> UUID | None:
    """The story that an article tells, of those known within 72 hours of it, and at `as_of` where that is given."""
    if not told.bands:
        return None
    founders = (
        Founder(row.story_id, row.known_at, rules.telling(row.title, row.body, row.companies))
        for row in session.execute(_founders(told, as_of))
    )
    found = rules.best(told.telling, founders)
    return found.story_id if found else None


def settle(session: Session, told: Told, relevances: dict[str, float]) -> bool:
    """Makes an article part of the story that it tells; True when it has founded that story.

    `relevances` are those of the tracked stocks that it is about, by code; they become the story's. Whoever settles an
    article that shares a band waits here until this transaction has ended, and then sees what it did. Who is settled
    first founds the story, also where its article became known later: so a text raises one question, and no more.
    """
    _lock(session, told.bands)
    story_id = story_of(session, told)
    founded = story_id is None and _found(session, told, relevances)
    joined = update(Article).where(Article.id == told.article.id)
    session.execute(joined.values(story_id=story_id or founded_by(told.article).id))
    return founded


def founded_by(article: Article) -> Story:
    """The story that an article founds if it joins none. Its id follows from the article's."""
    return Story(
        id=ids.derive("story", article.id),
        title=article.title,
        lead=lead(article.body),
        known_at=article.known_at,
    )


def newest(
    session: Session, *, stock_code: str | None, limit: int, after: tuple[datetime, UUID] | None = None
) -> Sequence[Story]:
    """The stories that became known last, of one stock or of all, those after a place in that order."""
    query = select(Story)
    order: tuple[InstrumentedAttribute[Any], ...] = (Story.known_at, Story.id)
    if stock_code is not None:
        # by the times beside the stock's code, which are the stories' own: an index has them in order
        order = (StoryStock.known_at, StoryStock.story_id)
        query = query.join(StoryStock, StoryStock.story_id == Story.id)
        query = query.where(StoryStock.stock_code == stock_code)
    query = query.where(beyond(order, after)).order_by(*(one.desc() for one in order))
    return session.scalars(query.limit(limit)).all()


def with_stocks(session: Session, story_ids: Sequence[UUID]) -> list[tuple[Story, list[StoryStock]]]:
    """Stories in the order of their ids given, each with the stocks that it is about, the most relevant first."""
    told = {story.id: story for story in session.scalars(select(Story).where(Story.id.in_(story_ids)))}
    about = select(StoryStock).where(StoryStock.story_id.in_(story_ids))
    stocks = defaultdict[UUID, list[StoryStock]](list)
    for one in session.scalars(about.order_by(StoryStock.relevance.desc(), StoryStock.stock_code)):
        stocks[one.story_id].append(one)
    return [(told[story_id], stocks[story_id]) for story_id in story_ids if story_id in told]


def _founders(told: Told, as_of: datetime | None) -> Select[UUID, datetime, str, str, list[str]]:
    near = _near(told, as_of)
    return (
        select(near.c.story_id, near.c.known_at, Article.title, Article.body, StoryFounder.companies)
        .join(StoryFounder, StoryFounder.story_id == near.c.story_id)
        .join(Article, Article.id == StoryFounder.article_id)
    )


def _near(told: Told, as_of: datetime | None) -> Subquery:
    known_at = told.article.known_at
    last = known_at + rules.WINDOW
    within = StoryBand.known_at.between(known_at - rules.WINDOW, min(as_of, last) if as_of else last)
    bands = any_(cast(list(told.bands), ARRAY(BigInteger)))
    return (
        select(StoryBand.story_id, StoryBand.known_at)
        .where(StoryBand.band == bands, within)
        .group_by(StoryBand.story_id, StoryBand.known_at)
        .order_by(func.count().desc(), StoryBand.known_at, StoryBand.story_id)
        .limit(COMPARED)
        .subquery("near")
    )


def _lock(session: Session, bands: Sequence[int]) -> None:
    # all in one order, so that two that share several bands never wait for each other
    stripes = sorted({band % STRIPES for band in bands})
    if not stripes:
        return
    rows = select(func.unnest(cast(stripes, ARRAY(Integer))))
    query = insert(BandLock).from_select(["stripe"], rows)
    again = query.excluded.stripe
    session.execute(query.on_conflict_do_update(index_elements=["stripe"], set_={"stripe": again}))


def _found(session: Session, told: Told, relevances: dict[str, float]) -> bool:
    story = founded_by(told.article)
    row = {column.key: getattr(story, column.key) for column in Story.__table__.columns}
    query = insert(Story).values(row).on_conflict_do_nothing().returning(Story.id)
    if session.scalar(query) is None:
        return False  # this article's message has been worked before
    companies = sorted(told.telling.companies)
    founder = {"story_id": story.id, "article_id": told.article.id, "companies": companies}
    session.execute(insert(StoryFounder).values(founder))
    _add_bands(session, story, told.bands)
    _add_stocks(session, story, relevances)
    return True


def _add_bands(session: Session, story: Story, bands: Sequence[int]) -> None:
    each = func.unnest(cast(list(bands), ARRAY(BigInteger)))
    rows = select(each, literal(story.known_at, StoryBand.known_at.type), literal(story.id))
    session.execute(insert(StoryBand).from_select(["band", "known_at", "story_id"], rows))


def _add_stocks(session: Session, story: Story, relevances: dict[str, float]) -> None:
    rows = [
        {"story_id": story.id, "stock_code": code, "known_at": story.known_at, "relevance": relevance}
        for code, relevance in relevances.items()
    ]
    if rows:
        session.execute(insert(StoryStock).values(rows))
