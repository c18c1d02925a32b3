"""Filtered searches of story vectors: recall against exact search, and time against numpy that holds all in memory.

`python -m tests.bench.searching [STORIES] [INDEX]`, for example `100000 HNSW`, or `1000000 FLAT`: that takes an hour on
two cores, since Milvus Lite goes over all rows in Python, and 8 GB.
Vectors are like those of sentences: a common direction, one of some thousand topics, and what is a text's own. Stocks
are as unequal as in the news, and the searches those of a case: all stories known before a moment, and those of one
stock.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from statistics import fmean
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from infra.local.folders import temporary_home
from infra.local.stores import running_stores
from nunchi.adapters import milvus
from nunchi.adapters.milvus import Collection
from nunchi.adapters.milvus_rows import matching
from nunchi.embed.nearest import SAME_STOCK_LIMIT, SEARCH_LIMIT
from tests.bench.searched import DIMENSION, Stories

QUERIES, BATCH, TOP = 100, 2_000, 10
# index → what it is built with, and each setting that is searched with
INDICES: dict[str, tuple[dict[str, int], list[dict[str, int]]]] = {
    "FLAT": ({}, [{}]),
    "HNSW": ({"M": 16, "efConstruction": 200}, [{"ef": 400}, {"ef": 1024}, {"ef": 4096}]),
    "IVF_FLAT": ({"nlist": 1024}, [{"nprobe": 16}, {"nprobe": 128}, {"nprobe": 512}]),
}
Seconds = NDArray[np.float64]
Search = Callable[[NDArray[np.float32], datetime, str | None, int], list[UUID]]


@dataclass(frozen=True)
class Searched:
    """One kind of search: what was found of the ten nearest, and seconds of each search, ours and numpy's."""

    name: str
    recall: float
    ours_s: Seconds
    numpy_s: Seconds

    def ms(self, share: float) -> tuple[float, float]:
        """A percentile of both, in milliseconds."""
        ours, exact = (
            float(np.percentile(times, 100 * share) * 1000) for times in (self.ours_s, self.numpy_s)
        )
        return ours, exact


@dataclass(frozen=True)
class Searching:
    """All kinds of search over a number of stories, and how many a second were stored."""

    stories: int
    stored_per_s: float
    searched: Sequence[Searched]


def measure(stories: int = 100_000, index: str = "FLAT") -> Searching:
    """Stores them in the Milvus of the environment, searches, and removes them."""
    drawn, collection = Stories.draw(stories), Collection("bench_stories", DIMENSION)
    built, settings = INDICES[index]
    collection.drop()
    milvus.create(milvus.get_client(), collection.name, DIMENSION, (index, built))
    began = time.perf_counter()
    _store(drawn, collection)
    stored_per_s = stories / (time.perf_counter() - began)
    searched = [one for setting in settings for one in _searches(drawn, collection, index, setting)]
    collection.drop()
    return Searching(stories, stored_per_s, searched)


def _store(drawn: Stories, collection: Collection) -> None:
    for start in range(0, len(drawn.vectors), BATCH):
        collection.upsert(
            [drawn.row(place) for place in range(start, min(start + BATCH, len(drawn.vectors)))]
        )
    collection.flush()


def _searches(drawn: Stories, collection: Collection, index: str, setting: dict[str, int]) -> list[Searched]:
    search = partial(_ask, collection) if index == "FLAT" else partial(_ask_with, collection, setting)
    named = f"{index} {setting}" if setting else index
    return [
        _timed(f"{named}, before nine tenths", drawn, search, 0.9, SEARCH_LIMIT, same_stock=False),
        _timed(f"{named}, before one tenth", drawn, search, 0.1, SEARCH_LIMIT, same_stock=False),
        _timed(f"{named}, of one stock", drawn, search, 0.9, SAME_STOCK_LIMIT, same_stock=True),
    ]


def _timed(
    name: str, drawn: Stories, search: Search, share: float, wanted: int, *, same_stock: bool
) -> Searched:
    """As the pipeline searches: for twice what is wanted, in case there are equals."""
    before, recalls, ours, exact = drawn.moment(share), list[float](), list[float](), list[float]()
    for vector, code in drawn.questions(QUERIES):
        asked = code if same_stock else None
        began = time.perf_counter()
        found = search(vector, before, asked, 2 * wanted)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        truth = drawn.nearest(vector, before, asked, 2 * wanted)
        exact.append(time.perf_counter() - began)
        recalls.append(len({*found[:TOP]} & {*truth[:TOP]}) / len(truth[:TOP]) if truth else 1.0)
    return Searched(name, fmean(recalls), np.array(ours), np.array(exact))


def _ask(
    collection: Collection, vector: NDArray[np.float32], before: datetime, code: str | None, limit: int
) -> list[UUID]:
    hits = collection.search(vector.tolist(), before=before, stock_code=code, limit=limit)
    return [hit.story_id for hit in hits]


def _ask_with(
    collection: Collection,
    setting: dict[str, int],
    vector: NDArray[np.float32],
    before: datetime,
    code: str | None,
    limit: int,
) -> list[UUID]:
    (hits,) = milvus.get_client().search(
        collection.name,
        [vector.tolist()],
        limit=limit,
        filter=matching(before, code),
        output_fields=["story_id"],
        search_params={"params": setting},
    )
    return [UUID(hit["story_id"]) for hit in hits]


def lines(found: Searching) -> list[str]:
    """What was measured, a line each."""
    return [f"{found.stories:,} stories, {found.stored_per_s:,.0f} stored a second"] + [
        f"{one.name}: recall@10 {one.recall:.4f}, p50 {one.ms(0.5)[0]:.1f} / {one.ms(0.5)[1]:.1f} ms, "
        f"p99 {one.ms(0.99)[0]:.1f} / {one.ms(0.99)[1]:.1f} ms (Milvus / numpy)"
        for one in found.searched
    ]


def main(stories: str = "100000", index: str = "FLAT") -> None:
    milvus.TIMEOUT_S = 120  # Milvus Lite takes seconds for a search of a million
    with temporary_home() as home, running_stores(home) as stores:
        os.environ["MILVUS_URI"] = stores.milvus_uri
        print("\n".join(lines(measure(int(stories), index))))


if __name__ == "__main__":
    main(*sys.argv[1:])
