"""From a stored article to the questions that it raises: its story, its vector, and a case for each stock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import database, outbox
from nunchi.adapters.milvus import Hit
from nunchi.articles import repository as articles
from nunchi.articles import rules as article_rules
from nunchi.events import ForecastDue
from nunchi.market.calendar import Calendar
from nunchi.match import repository as names
from nunchi.match.rules import named_stocks
from nunchi.models.articles import Article, Story
from nunchi.models.forecasts import Case
from nunchi.predict import cases
from nunchi.predict import repository as predictions
from nunchi.queues import Write

SEARCH_LIMIT = 200  # similar stories asked for; the nearest with complete reactions are kept


class Vectors(Protocol):
    """A store of story vectors."""

    def upsert(self, rows: Sequence[tuple[UUID, datetime, list[float]]]) -> None: ...

    def search(self, vector: list[float], *, as_of: datetime, limit: int) -> list[Hit]: ...


@dataclass(frozen=True)
class Reading:
    """An article, the story it tells, whether we had that story before, and the stocks it is about."""

    article: Article
    story: Story
    told_before: bool
    stock_codes: tuple[str, ...]


def work(
    article_id: UUID,
    embed: Callable[[Sequence[str]], list[list[float]]],
    vectors: Vectors,
    calendar: Calendar,
    *,
    now: datetime,
) -> Write:
    """Reads an article and embeds its story; returns the write that stores the story and opens its cases."""
    with database.session() as session:
        reading = read(session, article_id)
    if reading.told_before:
        return partial(articles.join_story, article_id=article_id, story_id=reading.story.id)
    if not reading.stock_codes:
        return partial(_write, reading=reading, opened=[], now=now)
    vector = embed([text_of(reading.story)])[0]
    # one more than is wanted: after a run that died, the story itself is among them
    found = vectors.search(vector, as_of=now, limit=SEARCH_LIMIT + 1)
    hits = [hit for hit in found if hit.story_id != reading.story.id][:SEARCH_LIMIT]
    vectors.upsert([(reading.story.id, reading.story.known_at, vector)])
    with database.session() as session:
        opened = cases.open_all(session, reading.story, reading.stock_codes, hits, calendar, as_of=now)
    return partial(_write, reading=reading, opened=opened, now=now)


def read(session: Session, article_id: UUID) -> Reading:
    """What an article is about. Raises `NotFound`."""
    article = articles.article(session, article_id)
    lead = article_rules.lead(article.body)
    mark = article_rules.fingerprint(article.title, lead)
    told = articles.story_told_before(session, mark, as_of=article.known_at)
    story = told or articles.new_story(mark, article.title, lead, known_at=article.known_at)
    codes = named_stocks(f"{article.title}\n{lead}", names.listed_names(session))
    return Reading(article, story, told is not None, tuple(codes))


def text_of(story: Story) -> str:
    """What of a story is embedded: its title and its first sentence."""
    return f"{story.title}\n{story.lead}"


def _write(session: Session, *, reading: Reading, opened: list[Case], now: datetime) -> None:
    stored = articles.add_story(session, reading.story, reading.stock_codes)
    articles.join_story(session, reading.article.id, reading.story.id)
    if not stored:
        return
    arms = predictions.active_arms(session)
    for case in opened:
        case.asked = [arm.name for arm in arms]
        case.correlation_id = str(reading.article.id)
    session.add_all(opened)
    session.flush()
    for case in opened:
        for arm in arms:
            due = ForecastDue(case_id=case.id, arm=arm.name, provider=arm.provider)
            outbox.add(session, due, correlation_id=case.correlation_id, now=now)
