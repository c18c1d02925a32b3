"""Reads and writes of articles and the stories they belong to."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.errors import NotFound
from nunchi.models.articles import Article, Story, StoryStock
from nunchi.seoul import seoul_date

REPRINT_WINDOW = timedelta(days=3)


def article_id(url: str) -> UUID:
    """An article's id, which follows from its canonical address."""
    return ids.derive("article", url)


def known_urls(session: Session, urls: Sequence[str]) -> set[str]:
    """Which of these addresses are stored already."""
    return set(session.scalars(select(Article.url).where(Article.url.in_(urls))))


def add_article(session: Session, article: Article) -> bool:
    """Stores an article; False when another run has stored it first."""
    row = {column.key: getattr(article, column.key) for column in Article.__table__.columns}
    query = insert(Article).values(row).on_conflict_do_nothing().returning(Article.id)
    return session.scalar(query) is not None


def article(session: Session, wanted: UUID) -> Article:
    """One article. Raises `NotFound`."""
    found = session.get(Article, wanted)
    if found is None:
        raise NotFound("article", wanted)
    return found


def story_told_before(session: Session, fingerprint: str, *, as_of: datetime) -> Story | None:
    """The story with this fingerprint that was first known within three days before `as_of`."""
    query = (
        select(Story)
        .where(
            Story.fingerprint == fingerprint, Story.known_at <= as_of, Story.known_at > as_of - REPRINT_WINDOW
        )
        .order_by(Story.known_at)
        .limit(1)
    )
    return session.scalar(query)


def new_story(fingerprint: str, title: str, lead: str, *, known_at: datetime) -> Story:
    """A story, not stored yet; two runs that find it on the same day give it the same id."""
    day = seoul_date(known_at)
    return Story(
        id=ids.derive("story", fingerprint, day),
        fingerprint=fingerprint,
        known_on=day,
        title=title,
        lead=lead,
        known_at=known_at,
    )


def add_story(session: Session, story: Story, stock_codes: Iterable[str]) -> bool:
    """Stores a story and the stocks it is about; False when another run has stored it first."""
    row = {column.key: getattr(story, column.key) for column in Story.__table__.columns}
    query = insert(Story).values(row).on_conflict_do_nothing().returning(Story.id)
    if session.scalar(query) is None:
        return False
    links = [{"story_id": story.id, "stock_code": code, "known_at": story.known_at} for code in stock_codes]
    if links:
        session.execute(insert(StoryStock).on_conflict_do_nothing(), links)
    return True


def join_story(session: Session, article_id: UUID, story_id: UUID) -> None:
    """Makes an article part of a story."""
    session.execute(update(Article).where(Article.id == article_id).values(story_id=story_id))


def newest(session: Session, *, stock_code: str | None, limit: int) -> Sequence[Article]:
    """The articles that became known last, of one stock or of all."""
    query = select(Article).order_by(Article.known_at.desc(), Article.id).limit(limit)
    if stock_code is not None:
        about = select(StoryStock.story_id).where(StoryStock.stock_code == stock_code)
        query = query.where(Article.story_id.in_(about))
    return session.scalars(query).all()
