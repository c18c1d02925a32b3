"""Loads a sample market's history: what a deployment would have collected before its first live session."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from infra.sandbox.market import Article, Bar, IndexBar, Market, address
from nunchi import database
from nunchi.adapters.milvus_rows import StoryVector
from nunchi.articles import repository as articles
from nunchi.embed import collections
from nunchi.embed.service import text_of
from nunchi.evaluate import reactions
from nunchi.evaluate.repository import reactions as reacted
from nunchi.evaluate.repository import work
from nunchi.market.calendar import Calendar
from nunchi.match.rules import ABOUT, Company, Listing, match
from nunchi.models import Article as ArticleRow
from nunchi.models import DailyBar, Stock, Story, StoryBand, StoryFounder, StoryStock
from nunchi.models import IndexBar as IndexRow
from nunchi.seoul import midnight
from nunchi.stories import repository as stories
from nunchi.stories import rules
from nunchi.stories.repository import Told
from nunchi.stories.rules import Founder

BACKFILL_DELAY = timedelta(minutes=10)  # after a close, its bars count as known
CRAWL_MINUTES = 10
FIRST_PLACES = {1: 2, 2: 10}  # by priority: the companies before this place
EMBED_BATCH, UPSERT_BATCH, INSERT_BATCH = 64, 500, 2000

Progress = Callable[[str, int, int], None]  # what, done, of how many


def load(market: Market, calendar: Calendar, report: Progress) -> None:
    """Stores the history before the live sessions. Doing it again changes nothing."""
    with database.session() as session:
        _insert(session, Stock, list(_stocks(market)))
        _insert(session, DailyBar, _bars(market.bars, market.live[0], calendar))
        _insert(session, IndexRow, _bars(market.index_bars, market.live[0], calendar))
        founded = _load_articles(session, market)
    _embed(founded, calendar, market, report)
    report("reactions", 0, 1)
    with database.session() as session:
        _react(session, market, calendar)
    report("reactions", 1, 1)


def _stocks(market: Market) -> Iterator[dict[str, Any]]:
    for place, company in enumerate(market.companies):
        priority = next((n for n, places in FIRST_PLACES.items() if place < places), 3)
        yield {**asdict(company), "active": True, "priority": priority}


def _insert(session: Session, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), INSERT_BATCH):
        # with RETURNING, SQLAlchemy sends many rows in one statement
        query = insert(table).on_conflict_do_nothing().returning(*table.__table__.primary_key.columns)
        session.execute(query, rows[start : start + INSERT_BATCH])


def _bars(
    bars: Mapping[str, Sequence[Bar | IndexBar]], before: date, calendar: Calendar
) -> list[dict[str, Any]]:
    return [
        {"code": code, "known_at": _known_at(bar.session, calendar), "backfilled": True, **asdict(bar)}
        for code, series in bars.items()
        for bar in series
        if bar.session < before
    ]


def _known_at(day: date, calendar: Calendar) -> datetime:
    return calendar.after(day, 0).closes_at + BACKFILL_DELAY


def history(market: Market) -> list[Article]:
    """The articles that were published before the first live day in Seoul."""
    return [article for article in market.articles if article.published_at.date() < market.live[0]]


def crawled_at(published_at: datetime) -> datetime:
    """When a crawler that runs every ten minutes would have seen an article."""
    late = timedelta(minutes=published_at.minute % CRAWL_MINUTES, seconds=published_at.second)
    return published_at - late + timedelta(minutes=CRAWL_MINUTES)


def article_row(article: Article) -> ArticleRow:
    """An article as a crawler would have stored it."""
    url = address(article)
    return ArticleRow(
        id=articles.article_id(url),
        source=article.outlet,
        url=url,
        title=article.title,
        body="\n".join(article.paragraphs),
        author=article.author,
        published_at=article.published_at,
        known_at=crawled_at(article.published_at),
        listed_title=article.title,
    )


@dataclass(frozen=True)
class Founded:
    """A story, the article that founded it, and how relevant it is to which stocks."""

    story: Story
    told: Told
    about: Mapping[str, float]

    def links(self) -> list[dict[str, Any]]:
        """Rows of `story_stocks`."""
        row = {"story_id": self.story.id, "known_at": self.story.known_at}
        return [row | {"stock_code": code, "relevance": relevance} for code, relevance in self.about.items()]

    def founder(self) -> dict[str, Any]:
        """The row of `story_founders`."""
        companies = sorted(self.told.telling.companies)
        return {"story_id": self.story.id, "article_id": self.told.article.id, "companies": companies}

    def vector(self, vector: list[float]) -> StoryVector:
        """The row of the collection of vectors."""
        return StoryVector(self.story.id, self.story.known_at, tuple(sorted(self.about)), vector)

    def bands(self) -> list[dict[str, Any]]:
        """Rows of `story_bands`."""
        row = {"story_id": self.story.id, "known_at": self.story.known_at}
        return [row | {"band": band} for band in self.told.bands]


class _Shelf:
    """The founders of stories by band, as the database finds them."""

    def __init__(self) -> None:
        self._by_band = defaultdict[int, list[Founder]](list)

    def story_of(self, told: Told) -> UUID | None:
        """The story that an article tells."""
        since = told.article.known_at - rules.WINDOW
        near = {
            one.story_id: one for band in told.bands for one in self._by_band[band] if one.known_at >= since
        }
        found = rules.best(told.telling, near.values())
        return found.story_id if found else None

    def add(self, story: Story, told: Told) -> None:
        for band in told.bands:
            self._by_band[band].append(Founder(story.id, story.known_at, told.telling))


def _load_articles(session: Session, market: Market) -> list[Founded]:
    listing = Listing.build(Company(one.code, one.name, one.market) for one in market.companies)
    shelf, rows, founded = _Shelf(), list[ArticleRow](), list[Founded]()
    for article in history(market):
        row = article_row(article)
        about = _about(row, listing)
        told = stories.read(row, tuple(about))
        row.story_id = shelf.story_of(told)
        if row.story_id is None:
            founded.append(Founded(stories.founded_by(row), told, about))
            row.story_id = founded[-1].story.id
            shelf.add(founded[-1].story, told)
        rows.append(row)
    _store(session, rows, founded, bands_since=midnight(market.live[0]) - rules.WINDOW)
    return founded


def _about(row: ArticleRow, listing: Listing) -> dict[str, float]:
    found = match(row.title, row.body, listing)
    return {one.code: one.relevance for one in found if one.relevance >= ABOUT}


def _store(
    session: Session, rows: Sequence[ArticleRow], founded: Sequence[Founded], *, bands_since: datetime
) -> None:
    found_by = [one for one in founded if one.story.known_at >= bands_since]  # nobody asks for older ones
    _insert(session, Story, [_columns(one.story) for one in founded])
    _insert(session, StoryStock, [link for one in founded for link in one.links()])
    _insert(session, ArticleRow, [_columns(row) for row in rows])
    _insert(session, StoryFounder, [one.founder() for one in founded])
    _insert(session, StoryBand, [band for one in found_by for band in one.bands()])


def _columns(row: Story | ArticleRow) -> dict[str, Any]:
    table = row.__table__
    assert isinstance(table, Table)  # noqa: S101
    return {column.key: getattr(row, column.key) for column in table.columns}


def _embed(founded: Sequence[Founded], calendar: Calendar, market: Market, report: Progress) -> None:
    with database.session() as session:
        first_live = calendar.after(market.live[0], 0).opens_at
        embed, collection = collections.opened(collections.in_use(session, now=first_live))
    # the sample's texts come back months later; each is embedded once
    vectors: dict[str, list[float]] = {}
    told = [one for one in founded if one.about]
    texts = list(dict.fromkeys(text_of(one.story) for one in told))
    for start in range(0, len(texts), EMBED_BATCH):
        batch = texts[start : start + EMBED_BATCH]
        vectors |= dict(zip(batch, embed(batch), strict=True))
        report("embeddings", start + len(batch), len(texts))
    rows = [one.vector(vectors[text_of(one.story)]) for one in told]
    for start in range(0, len(rows), UPSERT_BATCH):
        collection.upsert(rows[start : start + UPSERT_BATCH])
    collection.flush()


def _react(session: Session, market: Market, calendar: Calendar) -> None:
    first_live = calendar.after(market.live[0], 0).opens_at
    since = calendar.after(market.sessions[0], 0).opens_at
    told = reacted.told_since(session, since, now=first_live)
    found = reactions.due(session, calendar, told, now=first_live)
    stored = [
        {**row, "revision": 1, "known_at": _known_at(row["exit_session"], calendar)} for row in found.rows
    ]
    for start in range(0, len(stored), INSERT_BATCH):
        reacted.add(session, stored[start : start + INSERT_BATCH])
    last = calendar.after(market.live[0], -1).day
    work.put_waiting(session, reacted.KIND, found.waits, now=first_live)
    work.mark_worked(session, reacted.KIND, last, now=_known_at(last, calendar))
    reactions.count_base_rates(session, now=_known_at(last, calendar))
