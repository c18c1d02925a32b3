"""How fast article pages are parsed, against trafilatura, which finds the text of any page.

`python -m tests.bench.parsing`. The pages are those of the contract tests, in the shape of the real ones.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nunchi.crawl.sources import SOURCES
from tests.contract.saved_pages import ARTICLES, page

ROUNDS, PAGES = 7, 20


@dataclass(frozen=True)
class Parsing:
    """Seconds a page: ours, which gives title, time, author and body, and trafilatura's with the same."""

    source: str
    ours_s: float
    theirs_s: float

    @property
    def ratio(self) -> float:
        """How many times as fast ours is."""
        return self.theirs_s / self.ours_s


def measure() -> list[Parsing]:
    """The best of some rounds for each site's page, both by turns."""
    return list(map(_measure, ARTICLES))


def _measure(source: str) -> Parsing:
    from trafilatura import bare_extraction

    body, read = page(source, "article"), SOURCES[source].parse_article
    ways = (lambda: read(body, "https://bench.example/1"), lambda: bare_extraction(body, with_metadata=True))
    ours, theirs = zip(*_rounds(*ways), strict=True)
    return Parsing(source, min(ours), min(theirs))


def _rounds(*ways: Callable[[], object]) -> Iterator[tuple[float, ...]]:
    for _ in range(ROUNDS):
        yield tuple(map(_seconds, ways))


def _seconds(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(PAGES):
        way()
    return (time.perf_counter() - began) / PAGES


if __name__ == "__main__":
    for one in measure():
        print(
            f"{one.source}: {1000 * one.ours_s:.2f} ms a page, {one.ratio:.1f} times as fast as trafilatura"
        )
