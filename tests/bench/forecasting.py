"""Stories a second from article to the baselines' forecasts, beside their embedding alone."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.local.errors import LocalError
from infra.sandbox.market import Market
from nunchi import database, outbox
from nunchi.articles import repository as articles
from nunchi.embed import collections
from nunchi.embed import service as embedding
from nunchi.events import ForecastDue
from nunchi.market import known
from nunchi.models import Article, Case, Forecast, Story
from nunchi.predict import service as predicting
from tests.bench.saving import SYLLABLES

STORIES = 60
ARMS = ("neighbours", "prior")


@dataclass(frozen=True)
class Forecasting:
    """Seconds a story: embedding, search and case; the baselines' answers; and the embedding alone, again."""

    opened_s: float
    answered_s: float
    embedded_s: float

    @property
    def per_s(self) -> float:
        """Stories a second, one after the other."""
        return 1 / (self.opened_s + self.answered_s)

    @property
    def ratio(self) -> float:
        """The whole over its embedding."""
        return (self.opened_s + self.answered_s) / self.embedded_s


def measure(market: Market, *, now: datetime) -> Forecasting:
    """Works new articles on a market whose history is loaded. Raises LocalError when a forecast is missing."""
    ids = _store(market, now)
    with database.session() as session:
        calendar, row = known.calendar(session), collections.in_use(session, now=now)
    embed, vectors = collections.opened(row)
    opened_s = _seconds(
        collections.guarded(embedding.work(one, embed, vectors, calendar, now=now), row.name) for one in ids
    )
    with database.session() as session:
        told = list(
            session.scalars(select(Story).join(Article, Article.id.in_(ids) & (Article.story_id == Story.id)))
        )
        cases = list(session.scalars(select(Case.id).where(Case.story_id.in_([one.id for one in told]))))
    dues = [ForecastDue(case_id=case, arm=arm, provider="baseline") for case in cases for arm in ARMS]
    answered_s = _seconds(predicting.work(due, now=now, clock=lambda: now) for due in dues)
    _check(cases)
    began = time.perf_counter()
    for story in told:
        embed([embedding.text_of(story)])
    taken = time.perf_counter() - began
    return Forecasting(opened_s / STORIES, answered_s / STORIES, taken / STORIES)


def _seconds(writes: Iterator[Callable[[Session], None]]) -> float:
    """How long it takes to make all writes and to write each in a transaction of its own."""
    began = time.perf_counter()
    for write in writes:
        with outbox.transaction() as session:
            write(session)
    return time.perf_counter() - began


def _check(cases: Sequence[UUID]) -> None:
    with database.session() as session:
        made = session.scalars(select(Forecast.id).where(Forecast.case_id.in_(cases))).all()
    if len(cases) != STORIES or len(made) != STORIES * len(ARMS) * 3:
        raise LocalError(f"{len(cases)} cases and {len(made)} forecasts of {STORIES} stories")


def _store(market: Market, now: datetime) -> list[UUID]:
    rows = [_row(market, number, now) for number in range(STORIES)]
    with database.session() as session:
        articles.save(session, rows)
    return [row["id"] for row in rows]


def _row(market: Market, number: int, now: datetime) -> dict[str, Any]:
    draw, company = Random(number), market.companies[number % len(market.companies)]
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 5))) for _ in range(60)]
    sentences = [" ".join(words[start : start + 10]) for start in range(0, len(words), 10)]
    url = f"https://bench.example/forecasting/{number}"
    return {
        "id": articles.article_id(url),
        "source": "bench",
        "url": url,
        "title": f"{company.name}, {' '.join(words[:5])}",
        "body": f"{company.name}는 {'다. '.join(sentences)} {number * 7919}억원.",
        "author": "",
        "published_at": now,
        "known_at": now,
        "stock_code": None,
        "listed_title": "",
    }
