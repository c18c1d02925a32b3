"""How fast articles are saved once, whoever saved them before, against COPY of the same rows into the same table.

`python -m tests.bench.saving`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from infra.local.errors import LocalError
from nunchi import database
from nunchi.articles import repository
from tests.bench.store import copy, fresh_database

ARTICLES, BATCH, ROUNDS = 10_000, 1000, 5
NOW = datetime(2026, 10, 19, 3, 0, tzinfo=UTC)
SYLLABLES = [chr(code) for code in range(ord("가"), ord("힣"), 7)]
COLUMNS = "id, source, url, title, body, author, published_at, known_at, listed_title"


@dataclass(frozen=True)
class Saving:
    """Seconds for all articles: saved in batches, each one statement, and copied."""

    saved_s: float
    copied_s: float

    @property
    def ratio(self) -> float:
        """The speed of saving over that of COPY."""
        return self.copied_s / self.saved_s


def measure() -> Saving:
    """The best of some rounds, both by turns, each into an empty table. Raises LocalError when one stored too few."""
    rows = [_row(number) for number in range(ARTICLES)]
    with fresh_database():
        saved, copied = zip(*_rounds(rows), strict=True)
    return Saving(min(saved), min(copied))


def _rounds(rows: list[dict[str, Any]]) -> Iterator[tuple[float, ...]]:
    for _ in range(ROUNDS):
        yield tuple(_seconds(way, rows) for way in (_save, _copy))


def _seconds(way: Callable[[Session, list[dict[str, Any]]], None], rows: list[dict[str, Any]]) -> float:
    with database.session() as session:
        session.execute(text("TRUNCATE articles CASCADE"))
    began = time.perf_counter()
    with database.session() as session:
        way(session, rows)
    taken = time.perf_counter() - began
    with database.session() as session:
        stored = session.scalar(text("SELECT count(*) FROM articles"))
    if stored != len(rows):
        raise LocalError(f"{stored} of {len(rows)} articles were stored")
    return taken


def _save(session: Session, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        repository.save(session, rows[start : start + BATCH])


def _copy(session: Session, rows: list[dict[str, Any]]) -> None:
    names = COLUMNS.split(", ")
    cursor = session.connection().connection.cursor()
    copy(cursor, "articles", COLUMNS, ([row[name] for name in names] for row in rows))


def _row(number: int) -> dict[str, Any]:
    draw, url = Random(number), f"https://bench.example/{number}"
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 5))) for _ in range(180)]
    return {
        "id": repository.article_id(url),
        "source": "bench",
        "url": url,
        "title": " ".join(words[:6]),
        "body": " ".join(words),
        "author": "",
        "published_at": NOW,
        "known_at": NOW,
        "stock_code": None,
        "listed_title": "",
    }


if __name__ == "__main__":
    measured = measure()
    print(f"{ARTICLES / measured.saved_s:,.0f} articles/s, {measured.ratio:.2f} of the speed of COPY")
