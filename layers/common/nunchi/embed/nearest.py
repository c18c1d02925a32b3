"""The most similar past stories of any stock, and of each stock that a story is about."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from nunchi.adapters.milvus import MOST_HITS, Hit
from nunchi.adapters.milvus_rows import StoryVector

SEARCH_LIMIT = 200  # stories of any stock; the nearest with complete reactions are kept
SAME_STOCK_LIMIT = 40  # of one stock, likewise
DIGITS = 5  # of a similarity: equal texts differ in the last ones


class Vectors(Protocol):
    """A store of story vectors."""

    def upsert(self, rows: Sequence[StoryVector]) -> None: ...

    def search(
        self, vector: Sequence[float], *, before: datetime, stock_code: str | None = None, limit: int
    ) -> list[Hit]: ...


@dataclass(frozen=True)
class Found:
    """Past stories, the most similar first: of any stock, and of each stock by its code."""

    near: list[Hit]
    of_stock: dict[str, list[Hit]] = field(default_factory=dict)


def find(
    vectors: Vectors, vector: Sequence[float], codes: Iterable[str], *, but: UUID, before: datetime
) -> Found:
    """The stories known before a moment that are nearest to a vector, without the story `but`."""

    def of(code: str | None, wanted: int) -> list[Hit]:
        return nearest(
            lambda limit: vectors.search(vector, before=before, stock_code=code, limit=limit), wanted, but=but
        )

    return Found(of(None, SEARCH_LIMIT), {code: of(code, SAME_STOCK_LIMIT) for code in sorted(codes)})


def nearest(search: Callable[[int], list[Hit]], wanted: int, *, but: UUID) -> list[Hit]:
    """The first `wanted` hits of a search in a fixed order: by similarity, and equals by id.

    A store cuts equals as it happens to hold them. So more are asked for, until one comes that is less similar than
    all that are wanted, or the store's limit is reached.
    """
    limit = 2 * wanted
    while True:
        found = search(limit)
        kept = sorted((hit for hit in found if hit.story_id != but), key=place)[:wanted]
        if len(found) < limit or limit >= MOST_HITS or _rank(found[-1]) < _rank(kept[-1]):
            return kept
        limit = min(4 * limit, MOST_HITS)


def place(hit: Hit) -> tuple[float, str]:
    """What hits are ordered by, the nearest first."""
    return -_rank(hit), str(hit.story_id)


def _rank(hit: Hit) -> float:
    return round(hit.similarity, DIGITS)
