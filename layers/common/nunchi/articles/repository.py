"""Reads and writes of articles."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, func, literal, select, true, union_all, update
from sqlalchemy import Row as SqlRow
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.articles.rules import KIND_OF_SOURCE, LEAD_MAX, SHORTEST_WORD, Kind
from nunchi.database import beyond, recordset
from nunchi.errors import NotFound
from nunchi.models.articles import Article, ArticleRevision
from nunchi.models.stories import StoryFounder, StoryStock
from nunchi.stories.rules import WINDOW

Row = Mapping[str, Any]
DISCLOSURES = "dart"  # the source of what companies file
# the columns that a crawler fills in; the story is found later, and the database itself takes the title apart
SAVED = {c.key: c.type for c in Article.__table__.columns if c.key not in {"story_id", "title_pairs"}}


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


@dataclass(frozen=True)
class Wanted:
    """Which articles are asked for; None, or nothing, asks for all. `since` is included, `before` is not."""

    stock_code: str | None = None
    source: str | None = None
    kind: Kind | None = None
    since: datetime | None = None
    before: datetime | None = None
    words: Sequence[str] = ()


# what is shown of an article; of its body, as much as the excerpt is made from
SHOWN = (
    *(Article.id, Article.source, Article.url, Article.title, Article.author),
    *(
        Article.published_at,
        Article.known_at,
        Article.story_id,
        func.left(Article.body, LEAD_MAX + 1).label("body"),
    ),
)

ORDER = (Article.known_at, Article.id)
DOWN = tuple(one.desc() for one in ORDER)


def newest(
    session: Session, wanted: Wanted, *, limit: int, after: tuple[datetime, UUID] | None = None
) -> Sequence[SqlRow[Any]]:
    """What is shown of the articles that became known last, of those wanted, after a place in that order."""
    narrowed = any((wanted.source, wanted.kind, wanted.since, wanted.before, wanted.words))
    if wanted.stock_code is not None and not narrowed:
        query = select(*SHOWN).where(Article.id.in_(_told_last(wanted.stock_code, limit, after)))
    else:
        query = select(*SHOWN).where(*_conditions(wanted), beyond(ORDER, after))
    return session.execute(query.order_by(*DOWN).limit(limit)).all()


def _told_last(code: str, limit: int, after: tuple[datetime, UUID] | None) -> Select[UUID]:
    """The ids of the newest articles about a stock, after a place in that order: read from its newest stories.

    Each story became known with the article that founded it, and all its articles within 72 hours of that. So the
    `limit` newest stories bring as many articles, and what is newer than the oldest of these was told in a story that
    became known 72 hours before that one, or later.
    """
    stories = select(StoryStock.known_at).where(StoryStock.stock_code == code)
    told = select(StoryStock.story_id).where(StoryStock.stock_code == code)
    if after is not None:
        stories = stories.where(StoryStock.known_at < after[0])
        told = told.where(StoryStock.known_at <= after[0] + WINDOW)
    enough = stories.order_by(StoryStock.known_at.desc()).limit(limit).subquery()
    oldest = func.coalesce(select(func.min(enough.c.known_at)).scalar_subquery(), *(after or ())[:1])
    # OFFSET 0 keeps this a look into the index for each story: the planner can't know that they are few
    near = told.where(StoryStock.known_at >= oldest - WINDOW).offset(0).subquery("near")
    article = (
        select(*ORDER).where(Article.story_id == near.c.story_id, beyond(ORDER, after)).offset(0).lateral()
    )
    down = (article.c.known_at.desc(), article.c.id.desc())
    return select(article.c.id).select_from(near).join(article, true()).order_by(*down).limit(limit)


def shown(session: Session, wanted: UUID) -> SqlRow[Any]:
    """What is shown of one article. Raises `NotFound`."""
    found = session.execute(select(*SHOWN).where(Article.id == wanted)).one_or_none()
    if found is None:
        raise NotFound("article", wanted)
    return found


def of_story(session: Session, story_id: UUID, *, limit: int) -> Sequence[SqlRow[Any]]:
    """What is shown of a story's articles, the first known first."""
    query = select(*SHOWN).where(Article.story_id == story_id)
    return session.execute(query.order_by(Article.known_at, Article.id).limit(limit)).all()


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.stock_code is not None:
        about = select(StoryStock.story_id).where(StoryStock.stock_code == wanted.stock_code)
        yield Article.story_id.in_(about)
    if wanted.source is not None:
        yield Article.source == wanted.source
    if wanted.kind is not None:
        yield _of_kind(wanted.kind)
    if wanted.since is not None:
        yield Article.known_at >= wanted.since
    if wanted.before is not None:
        yield Article.known_at < wanted.before
    for word in wanted.words:
        yield from _titled(word)


def _of_kind(kind: Kind) -> ColumnElement[bool]:
    if kind == "news":
        return Article.source.not_in(KIND_OF_SOURCE)
    return Article.source.in_([source for source, one in KIND_OF_SOURCE.items() if one == kind])


def _titled(word: str) -> Iterator[ColumnElement[bool]]:
    """A title that holds a word. Its pairs of letters find it by an index; that they stand in order is looked up."""
    text = literal(word, Text)
    if len(word) >= SHORTEST_WORD:
        yield Article.title_pairs.contains(func.letter_pairs(text, type_=ARRAY(Text)))
    yield func.strpos(func.folded(Article.title), func.folded(text)) > 0
