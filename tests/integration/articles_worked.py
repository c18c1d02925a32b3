"""A listed stock, and articles worked without the model and without the store of vectors."""

from collections.abc import Sequence
from datetime import date, datetime
from math import sin
from typing import Any
from uuid import UUID

from sqlalchemy import select

from nunchi import database, outbox
from nunchi.adapters.milvus import Hit
from nunchi.adapters.milvus_rows import StoryVector
from nunchi.embed import nearest, service
from nunchi.market.calendar import xkrx
from nunchi.models import DailyBar, IndexBar
from tests.factories import NOON, article, bar, index_bar, stock

CODE = "990010"
DAYS = [one.day for one in xkrx().between(date(2026, 9, 1), date(2026, 10, 16))]


class Near:
    """A store of vectors that finds what it was told to, and remembers what it was asked."""

    def __init__(self, *found: UUID) -> None:
        self.found, self.kept, self.asked = found, list[UUID](), list[tuple[datetime, str | None]]()

    def upsert(self, rows: Sequence[StoryVector]) -> None:
        self.kept += [row.story_id for row in rows]

    def search(
        self, vector: Sequence[float], *, before: datetime, stock_code: str | None = None, limit: int
    ) -> list[Hit]:
        self.asked.append((before, stock_code))
        return [Hit(story_id, 0.9) for story_id in self.found][:limit]


def flat(texts: Sequence[str]) -> list[list[float]]:
    """A stand-in for the model where nearness does not matter."""
    return [[1.0] * 384 for _ in texts]


def store(*rows: Any) -> None:
    with database.session() as session:
        session.add_all(rows)


def history() -> list[Any]:
    """A stock with bars of 30 sessions, and its index."""
    bars = [
        DailyBar(**bar(CODE, day, 10_000 + round(400 * sin(place)), NOON)) for place, day in enumerate(DAYS)
    ]
    points = [IndexBar(**index_bar("0001", day, 2500.0, NOON)) for day in DAYS]
    return [stock(), *bars, *points]


def work(number: int, vectors: nearest.Vectors, now: datetime = NOON) -> None:
    """Works one article's message, to its end."""
    write = read(number, vectors, now)
    with outbox.transaction() as session:
        write(session)


def read(number: int, vectors: nearest.Vectors, now: datetime = NOON) -> Any:
    return service.work(article(number).id, flat, vectors, xkrx(), now=now)


def found(table: type[Any]) -> list[Any]:
    with database.session() as session:
        return list(session.scalars(select(table)))
