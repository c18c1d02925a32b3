"""Articles a second that find their story: our bands in Postgres, and the MinHash library used naively.

`python -m tests.bench.clustering`. Naively means that an article's signature is compared with each one of the window.
Stored, these are read from the same Postgres for each article, as functions without memory must; in memory they are
kept by one process, which stores nothing. Half of the articles are reprints, half are news.
"""

import pickle
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID, uuid5

from rensa import RMinHash  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from infra.local.errors import LocalError
from nunchi import database
from nunchi.models import Article
from nunchi.stories import repository as stories
from nunchi.stories import rules
from nunchi.stories.repository import Told
from tests.bench.store import copy, fresh_database

WINDOWS = (2_000, 20_000)  # stories known within 72 hours
MEASURED, MEASURED_STORED = 200, 20  # articles for each
NOW = datetime(2026, 10, 19, 3, 0, tzinfo=UTC)
SPACE = UUID(int=0)
PERMUTATIONS, SIMILAR = 128, 0.5  # of the naive way, as the library's own examples have them
SYLLABLES = [chr(code) for code in range(ord("가"), ord("힣"), 7)]
COLUMNS = "id, source, url, title, body, author, published_at, known_at, listed_title"


@dataclass(frozen=True)
class Clustering:
    """Articles a second by number of stories in the window."""

    ours: dict[int, float]
    stored: dict[int, float]
    in_memory: dict[int, float]

    @property
    def slowdown(self) -> float:
        """How many times slower ours is in the largest window than in the smallest; 1 is flat."""
        return self.ours[min(self.ours)] / self.ours[max(self.ours)]

    def ratio(self, window: int) -> float:
        """Ours over the library used naively on the same store."""
        return self.ours[window] / self.stored[window]


def measure(windows: Sequence[int] = WINDOWS) -> Clustering:
    """All three for each size of window, which grows on a server of its own. Raises LocalError."""
    found, kept = Clustering({}, {}, {}), list[RMinHash]()
    with fresh_database():
        for window in sorted(windows):
            added = [_article(number) for number in range(len(kept), window)]
            kept += map(_signature, added)
            _load([stories.read(article, ()) for article in added])
            _measure(window, kept, found)
    return found


def _measure(window: int, kept: Sequence[RMinHash], found: Clustering) -> None:
    found.ours[window] = _timed(_articles(window, MEASURED), _settle)
    found.in_memory[window] = _timed(_articles(window, MEASURED), partial(_compare, list(kept)))
    with _naive_table(kept):
        found.stored[window] = _timed(_articles(window, MEASURED_STORED), _settle_naively)


def table(found: Clustering) -> Table:
    """What was measured."""
    shown = Table(caption="Articles a second. Ours finds, founds or joins, and commits.")
    for heading in ("stories in 72 h", "ours", "naive, stored", "naive, in memory", "ours / stored"):
        shown.add_column(heading, justify="right")
    for window in sorted(found.ours):
        figures = (found.ours[window], found.stored[window], found.in_memory[window])
        shown.add_row(f"{window:,}", *(f"{figure:,.0f}" for figure in figures), f"{found.ratio(window):.1f}")
    return shown


def _article(number: int, reprint: int = 0) -> Article:
    draw = Random(number)
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 5))) for _ in range(180)]
    words += [str(draw.randint(100, 99_999)) for _ in range(6)]
    if reprint:
        words[20:23] = ["고친", "말"]
    return Article(
        id=uuid5(SPACE, f"{number} {reprint}"),
        source="bench",
        url=f"https://bench.example/{number}/{reprint}",
        title=" ".join(words[:6]),
        body=" ".join(words),
        author="",
        published_at=NOW,
        known_at=NOW if reprint else NOW - timedelta(seconds=number % 200_000),
        listed_title="",
    )


def _articles(window: int, count: int) -> list[Article]:
    """Those that are measured: reprints of what is in the window, and news, by turns."""
    step = window * 2 // count
    return [
        _article(10**6 + window + place) if place % 2 else _article(place // 2 * step, reprint=window)
        for place in range(count)
    ]


def _timed(articles: Sequence[Article], founds: Callable[[Article], bool]) -> float:
    with database.session() as session:
        rows = [{key: getattr(one, key) for key in COLUMNS.split(", ")} for one in articles]
        session.execute(insert(Article).on_conflict_do_nothing(), rows)
    began = time.perf_counter()
    founded = sum(map(founds, articles))
    taken = time.perf_counter() - began
    if founded != len(articles) // 2:
        raise LocalError(f"{founded} of {len(articles)} articles founded a story")
    return len(articles) / taken


def _settle(article: Article) -> bool:
    with database.session() as session:
        return stories.settle(session, stories.read(article, ()), {})


def _compare(kept: list[RMinHash], article: Article) -> bool:
    signature = _signature(article)
    founds = bool(max(signature.jaccard(other) for other in kept) < SIMILAR)
    if founds:
        kept.append(signature)
    return founds


def _settle_naively(article: Article) -> bool:
    with database.session() as session:
        kept = [pickle.loads(row) for row in session.scalars(text("SELECT signature FROM naive"))]  # noqa: S301
        founds = _compare(kept, article)
        if founds:
            _keep(session, kept[-1:])
        return founds


def _keep(session: Session, signatures: Sequence[RMinHash]) -> None:
    query = text("INSERT INTO naive (signature) SELECT unnest(CAST(:rows AS bytea[]))")
    session.execute(query, {"rows": [pickle.dumps(one) for one in signatures]})


@contextmanager
def _naive_table(signatures: Sequence[RMinHash]) -> Iterator[None]:
    with database.session() as session:
        session.execute(text("CREATE TABLE naive (signature bytea NOT NULL)"))
        for start in range(0, len(signatures), 1000):
            _keep(session, signatures[start : start + 1000])
    yield
    with database.session() as session:
        session.execute(text("DROP TABLE naive"))


def _signature(article: Article) -> RMinHash:
    hashed = RMinHash(num_perm=PERMUTATIONS, seed=1)
    hashed.update(list(rules.telling(article.title, article.body, ()).shingles))
    return hashed


def _load(told: Sequence[Told]) -> None:
    """The stories that these articles found, by COPY."""
    with database.session() as session:
        cursor = session.connection().connection.cursor()
        copy(cursor, "articles", COLUMNS, _article_rows(told))
        copy(cursor, "stories", "id, title, lead, known_at", _story_rows(told))
        copy(cursor, "story_founders", "story_id, article_id, companies", _founder_rows(told))
        copy(cursor, "story_bands", "band, known_at, story_id", _band_rows(told))
        cursor.execute("ANALYZE")


def _article_rows(told: Sequence[Told]) -> Iterator[Sequence[object]]:
    return ([getattr(one.article, key) for key in COLUMNS.split(", ")] for one in told)


def _story_rows(told: Sequence[Told]) -> Iterator[Sequence[object]]:
    founded = (stories.founded_by(one.article) for one in told)
    return ([story.id, story.title, story.lead, story.known_at] for story in founded)


def _founder_rows(told: Sequence[Told]) -> Iterator[Sequence[object]]:
    return ([stories.founded_by(one.article).id, one.article.id, "{}"] for one in told)


def _band_rows(told: Sequence[Told]) -> Iterator[Sequence[object]]:
    for one in told:
        story_id = stories.founded_by(one.article).id
        yield from ([band, one.article.known_at, story_id] for band in one.bands)


if __name__ == "__main__":
    Console().print(table(measure([int(size) for size in sys.argv[1:]] or WINDOWS)))
