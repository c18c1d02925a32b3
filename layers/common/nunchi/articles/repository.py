"""Reads and writes of articles."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.database import beyond, recordset
from nunchi.errors import NotFound
from nunchi.models.articles import Article, ArticleRevision
from nunchi.models.stories import StoryFounder, StoryStock

Row = Mapping[str, Any]
DISCLOSURES = "dart"  # the source of what companies file
# the columns that a crawler fills in; the story is found later
SAVED = {c.key: c.type for c in Article.__table__.columns if c.key != "story_id"}


def article_id(url: str) -> UUID:
    """An article's id, which follows from its canonical address."""
    return ids.derive("article", url)


def listed_before(session: Session, urls: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Of these addresses, those that are stored: the source that stored each, and how it was listed there."""
    query = select(Article.url, Article.source, Article.listed_title).where(Article.url.in_(urls))
    return {url: (source, title) for url, source, title in session.execute(query)}


def save(session: Session, rows: Sequence[Row]) -> set[UUID]:
    """Stores articles that nobody has stored before, all in one statement. Gives the ids of those that are new.

    A row has the keys of `SAVED`; its times are aware. Rows go in by id, so that two runs that save the same
    articles in another order wait for each other and never for each other's end.
    """
    given = recordset(rows, SAVED)
    query = (
        insert(Article)
        .from_select(list(SAVED), select(given).order_by(given.c.id))
        .on_conflict_do_nothing()
        .returning(Article.id)
    )
    return set(session.scalars(query))


def add_revision(
    session: Session, url: str, listed_title: str, read: Mapping[str, str], *, known_at: datetime
) -> bool:
    """Keeps what a page says now beside what it said before; False when it says the same.

    `read` has title, body and author. The article itself keeps its first text and its first published time.
    """
    wanted = article_id(url)
    session.execute(update(Article).where(Article.id == wanted).values(listed_title=listed_title))
    if read == _newest_text(session, wanted):
        return False
    values = {"article_id": wanted, "known_at": known_at, **read}
    query = (
        insert(ArticleRevision).values(values).on_conflict_do_nothing().returning(ArticleRevision.known_at)
    )
    return session.scalar(query) is not None


def _newest_text(session: Session, wanted: UUID) -> Mapping[str, str]:
    texts = [
        select(table.title, table.body, table.author, table.known_at).where(key == wanted)
        for table, key in ((Article, Article.id), (ArticleRevision, ArticleRevision.article_id))
    ]
    both = union_all(*texts).subquery()
    query = select(both.c.title, both.c.body, both.c.author).order_by(both.c.known_at.desc()).limit(1)
    return dict(session.execute(query).mappings().one())


def newest_known_at(session: Session, source: str) -> datetime | None:
    """When the newest article of a source became known, or None when there is none."""
    return session.scalar(select(func.max(Article.known_at)).where(Article.source == source))


def article(session: Session, wanted: UUID) -> Article:
    """One article. Raises `NotFound`."""
    found = session.get(Article, wanted)
    if found is None:
        raise NotFound("article", wanted)
    return found


def unsettled_before(session: Session, article: Article, *, since: datetime, limit: int) -> list[Article]:
    """The last articles before this one that are part of no story yet, the earliest first.

    Disclosures are left out. Before means known before, or at the same time and published before.
    """
    order = (Article.known_at, Article.published_at, Article.id)
    here = (article.known_at, article.published_at, article.id)
    query = (
        select(Article)
        .where(Article.story_id.is_(None), Article.stock_code.is_(None), Article.known_at >= since)
        .where(beyond(order, here))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    return list(reversed(session.scalars(query).all()))


def founders(session: Session, story_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The article that founded each story, by the story's id."""
    query = select(StoryFounder.story_id, StoryFounder.article_id).where(StoryFounder.story_id.in_(story_ids))
    return dict(session.execute(query).all())


def disclosures(
    session: Session, codes: Sequence[str], *, as_of: datetime, since: datetime
) -> dict[str, list[tuple[UUID, str, datetime]]]:
    """What companies filed that became known from `since` to `as_of`: ids, titles and times by code, newest first."""
    query = (
        select(Article.stock_code, Article.id, Article.title, Article.known_at)
        .where(
            Article.source == DISCLOSURES,
            Article.stock_code.in_(codes),
            Article.known_at.between(since, as_of),
        )
        .order_by(Article.known_at.desc(), Article.id)
    )
    found: dict[str, list[tuple[UUID, str, datetime]]] = defaultdict(list)
    for code, article_id, title, known_at in session.execute(query):
        found[str(code)].append((article_id, title, known_at))
    return dict(found)


def newest(
    session: Session, *, stock_code: str | None, limit: int, after: tuple[datetime, UUID] | None = None
) -> Sequence[Article]:
    """The articles that became known last, of one stock or of all, those after a place in that order."""
    order = (Article.known_at, Article.id)
    query = select(Article).where(beyond(order, after)).order_by(*(one.desc() for one in order)).limit(limit)
    if stock_code is not None:
        about = select(StoryStock.story_id).where(StoryStock.stock_code == stock_code)
        query = query.where(Article.story_id.in_(about))
    return session.scalars(query).all()
