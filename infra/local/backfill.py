"""Loads a sample market's history: what a deployment would have collected before its first live session."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from infra.sandbox.market import Article, Bar, IndexBar, Market
from nunchi import database
from nunchi.adapters import embeddings, milvus
from nunchi.articles import repository as articles
from nunchi.articles import rules as article_rules
from nunchi.embed.service import text_of
from nunchi.evaluate import reactions
from nunchi.evaluate.repository import add_reactions
from nunchi.market.calendar import Calendar
from nunchi.match.rules import named_stocks
from nunchi.models import Article as ArticleRow
from nunchi.models import DailyBar, Stock, Story, StoryStock
from nunchi.models import IndexBar as IndexRow

BACKFILL_DELAY = timedelta(minutes=10)  # after a close, its bars count as known
CRAWL_MINUTES = 10
EMBED_BATCH, INSERT_BATCH = 64, 2000

Progress = Callable[[str, int, int], None]  # what, done, of how many


def load(market: Market, calendar: Calendar, site_url: str, source: str, report: Progress) -> None:
    """Stores the history before the live sessions. Doing it again changes nothing."""
    with database.session() as session:
        _insert(
            session,
            Stock,
            [{"code": c.code, "name": c.name, "market": c.market, "active": True} for c in market.companies],
        )
        _insert(session, DailyBar, _bars(market.bars, market.live[0], calendar))
        _insert(session, IndexRow, _bars(market.index_bars, market.live[0], calendar))
        stories = _load_articles(session, market, site_url, source)
    _embed(stories, report)
    report("reactions", 0, 1)
    with database.session() as session:
        _react(session, market, calendar)
    report("reactions", 1, 1)


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


def _load_articles(session: Session, market: Market, site_url: str, source: str) -> list[Story]:
    names = {company.name: company.code for company in market.companies}
    stories: dict[str, Story] = {}  # by fingerprint, the latest
    found, links, rows = [], [], []
    for article in history(market):
        story, told_before = _story_of(article, stories)
        if not told_before:
            found.append(story)
            codes = named_stocks(text_of(story), names)
            links += [
                {"story_id": story.id, "stock_code": code, "known_at": story.known_at} for code in codes
            ]
        rows.append(_article_row(article, story, f"{site_url}/news/stock/{article.no}", source))
    _insert(session, Story, [_columns(story) for story in found])
    _insert(session, StoryStock, links)
    _insert(session, ArticleRow, rows)
    return found


def _story_of(article: Article, stories: dict[str, Story]) -> tuple[Story, bool]:
    known_at, lead = crawled_at(article.published_at), article_rules.lead(article.paragraphs[0])
    mark = article_rules.fingerprint(article.title, lead)
    told = stories.get(mark)
    if told is not None and told.known_at > known_at - articles.REPRINT_WINDOW:
        return told, True
    stories[mark] = articles.new_story(mark, article.title, lead, known_at=known_at)
    return stories[mark], False


def _columns(story: Story) -> dict[str, Any]:
    table = Story.__table__
    assert isinstance(table, Table)  # noqa: S101
    return {column.key: getattr(story, column.key) for column in table.columns}


def _article_row(article: Article, story: Story, url: str, source: str) -> dict[str, Any]:
    return {
        "id": articles.article_id(url),
        "source": source,
        "url": url,
        "title": article.title,
        "body": "\n".join(article.paragraphs),
        "author": article.author,
        "published_at": article.published_at,
        "known_at": crawled_at(article.published_at),
        "story_id": story.id,
    }


def _embed(stories: Sequence[Story], report: Progress) -> None:
    # the sample's texts come back months later; each is embedded once
    vectors: dict[str, list[float]] = {}
    texts = list(dict.fromkeys(text_of(story) for story in stories))
    for start in range(0, len(texts), EMBED_BATCH):
        batch = texts[start : start + EMBED_BATCH]
        vectors |= dict(zip(batch, embeddings.embed(batch), strict=True))
        report("embeddings", start + len(batch), len(texts))
    rows = [(story.id, story.known_at, vectors[text_of(story)]) for story in stories]
    for start in range(0, len(rows), 500):
        milvus.upsert(rows[start : start + 500])
    milvus.flush()


def _react(session: Session, market: Market, calendar: Calendar) -> None:
    first_live = calendar.after(market.live[0], 0).opens_at
    since = calendar.after(market.sessions[0], 0).opens_at
    rows = reactions.due(session, calendar, now=first_live, since=since)
    stored = [{**row, "known_at": _known_at(row["exit_session"], calendar)} for row in rows]
    for start in range(0, len(stored), INSERT_BATCH):
        add_reactions(session, stored[start : start + INSERT_BATCH])
    reactions.count_base_rates(session, now=_known_at(calendar.after(market.live[0], -1).day, calendar))
