"""Which listed companies a text is about. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nunchi.match import article, headline
from nunchi.match.listing import Company, Listing

__all__ = ["ABOUT", "Company", "Evidence", "Listing", "Match", "match"]

LONGEST_TITLE = 500  # characters; rules about a headline look at every pair of its names
ABOUT = 0.5  # from this relevance on, a text is about the company


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the company is named: characters `start` to `end` of the title or of the body."""

    field: Literal["title", "body"]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A company of the listing, how much the text is about it (0..1), and the best place to see that."""

    code: str
    relevance: float
    evidence: Evidence


def match(title: str, body: str, listing: Listing) -> list[Match]:
    """The companies that an article names, the most relevant first, then in the order of mention; one match each.

    An article is about those from `ABOUT` on. The others are named as a source, as a group or for an unlisted
    subsidiary (a match with the listed parent), in passing or in what surrounds the article.
    """
    best: dict[str, Match] = {}
    for found in _all(title[:LONGEST_TITLE], body, listing):
        known = best.get(found.code)
        if known is None or found.relevance > known.relevance:
            best[found.code] = found
    return sorted(best.values(), key=_rank)


def _all(title: str, body: str, listing: Listing) -> Iterator[Match]:
    for mention in headline.mentions(title, listing):
        yield Match(mention.code, mention.relevance, Evidence("title", mention.start, mention.end))
    if body:
        for mention in article.mentions(body, listing):
            yield Match(mention.code, mention.relevance, Evidence("body", mention.start, mention.end))


def _rank(found: Match) -> tuple[float, bool, int]:
    return -found.relevance, found.evidence.field == "body", found.evidence.start
