"""When two articles tell the same story, and in which bands a story is looked for. Pure.

Reprints of a wire text change its title, its by-line and its order, cut its tail or add a paragraph; updates change a
few numbers. Notes from one template (a broker's target, a new high, an index at its close) look as alike as reprints
do, and differ in the company and in nearly all numbers. So three things are asked, each of which has its threshold.
"""

import re
import struct
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from nunchi.stories import numerals

WINDOW = timedelta(hours=72)  # what is told again later than this is news again
SHINGLE = 5  # characters: about two Korean words, which unrelated texts hardly ever share
# Of the shorter text, what also stands in the longer one. A cut or lengthened reprint keeps nearly all, one with edits
# in each sentence 0.8; notes of one template on one company reach 0.6.
SHARED_TEXT = 0.67
# Of the shorter list of numbers, weighed by their digits. An update that corrects some keeps half of them or more;
# another note of the same template shares a price at most, the day, and what comes by chance: up to 0.3.
SHARED_NUMBERS = 0.4
SHORT_BODY = 40  # letters; a body below this says too little without its title
LONGEST = 20_000  # characters that are compared; no article has more, a hostile page may
HEAD = 100  # letters: the first sentence or two, which a shortened reprint keeps
# Of the permutations. With another one no story of the last 72 hours is found.
SEED = 20260101
# Two texts of Jaccard similarity s share a band with a probability of 1 - (1 - s**ROWS) ** bands.
BODY_BANDS, HEAD_BANDS, ROWS = 20, 8, 3

_TAGS = re.compile(r"[\[【<〈(][^\[\]【】<>〈〉()]{1,20}[\]】>〉)]")  # [속보], (종합), <단독>
_BYLINE = re.compile(r"(?:\s*[\[【(][^\[\]【】()]{1,30}[\]】)])*(?:\s*\S{2,4} (?:기자|특파원))?\s*=?\s*")
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Telling:
    """What an article says, as far as it tells stories apart. Title and text are bare letters and digits."""

    title: str
    text: str
    shingles: frozenset[str]
    numbers: frozenset[str]
    companies: frozenset[str]  # the codes of those that it is about


@dataclass(frozen=True)
class Likeness:
    """How alike two articles are, each 0..1. `similarity` (Jaccard) ranks, the shares decide."""

    similarity: float
    shared_text: float
    shared_numbers: float


@dataclass(frozen=True)
class Founder:
    """A story and the article that founded it."""

    story_id: UUID
    known_at: datetime
    telling: Telling


def telling(title: str, body: str, companies: Iterable[str]) -> Telling:
    """What an article with this title and body, about these companies, says."""
    title, body = _normal(title), _without_byline(_normal(body)[:LONGEST])
    bare_title, text = _bare(_TAGS.sub("", title)), _bare(body)
    if len(text) < SHORT_BODY:
        text, body = bare_title + text, f"{title}\n{body}"
    return Telling(bare_title, text, _shingles(text), numerals.quoted(body), frozenset(companies))


def likeness(one: Telling, other: Telling) -> Likeness:
    """How alike two articles are. The order does not matter."""
    common, sizes = len(one.shingles & other.shingles), sorted((len(one.shingles), len(other.shingles)))
    if not sizes[0]:
        return Likeness(0.0, 0.0, 0.0)
    return Likeness(common / (sum(sizes) - common), common / sizes[0], _shared_numbers(one, other))


def same_story(one: Telling, other: Telling) -> bool:
    """Whether two articles tell the same story. The order does not matter."""
    return _may_be_about_the_same(one, other) and _alike(likeness(one, other))


def best(article: Telling, founders: Iterable[Founder]) -> Founder | None:
    """The founder that an article joins: the most similar of those that tell its story, then the earliest.

    An excerpt that names nobody joins the article that it was cut from. That article does not join the excerpt where
    it came first: the story of such an excerpt raises no question, and so nobody would ever be asked about the stock.
    """
    rated = [
        (likeness(article, founder.telling), founder)
        for founder in founders
        if _may_join(article, founder.telling)
    ]
    told = [(alike.similarity, founder) for alike, founder in rated if _alike(alike)]
    first = min(told, key=lambda one: (-one[0], one[1].known_at, one[1].story_id), default=None)
    return first[1] if first else None


def bands(article: Telling) -> tuple[int, ...]:
    """Signed 64-bit numbers, sorted, of which near-identical articles share at least one.

    Those of the text are for reprints with edits and in another order, those of its head for shortened and lengthened
    ones, that of the title for search hits, which are an excerpt from anywhere.
    """
    if not article.text:
        return ()
    of_text = _bands("text", _signature(article.shingles, BODY_BANDS), BODY_BANDS)
    of_head = _bands("head", _signature(_shingles(article.text[:HEAD]), HEAD_BANDS), HEAD_BANDS)
    of_title = [_band("title", article.title.encode())] if article.title else []
    return tuple(sorted({*of_text, *of_head, *of_title}))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", text).casefold()


def _without_byline(body: str) -> str:
    found = _BYLINE.match(body)
    return body[found.end() :] if found else body


def _shingles(text: str) -> frozenset[str]:
    if not text:
        return frozenset()
    return frozenset(text[start : start + SHINGLE] for start in range(max(1, len(text) - SHINGLE + 1)))


def _may_be_about_the_same(one: Telling, other: Telling) -> bool:
    # an excerpt may name nobody
    return not one.companies or not other.companies or bool(one.companies & other.companies)


def _may_join(article: Telling, founder: Telling) -> bool:
    return not article.companies or bool(article.companies & founder.companies)


def _alike(found: Likeness) -> bool:
    return found.shared_text >= SHARED_TEXT and found.shared_numbers >= SHARED_NUMBERS


def _shared_numbers(one: Telling, other: Telling) -> float:
    fewer = min(_weight(one.numbers), _weight(other.numbers))
    return _weight(one.numbers & other.numbers) / fewer if fewer else 1.0


def _weight(numbers: Iterable[str]) -> int:
    return sum(map(numerals.weight, numbers))


def _signature(shingles: Iterable[str], bands: int) -> Sequence[int]:
    from rensa import RMinHash  # type: ignore[import-untyped]

    hashed = RMinHash(num_perm=bands * ROWS, seed=SEED)
    hashed.update(list(shingles))
    return list(hashed.digest())


def _bands(part: str, signature: Sequence[int], count: int) -> list[int]:
    rows = [signature[start : start + ROWS] for start in range(0, count * ROWS, ROWS)]
    return [_band(f"{part}{place}", struct.pack(f"<{ROWS}Q", *row)) for place, row in enumerate(rows)]


def _band(name: str, content: bytes) -> int:
    return int.from_bytes(blake2b(name.encode() + b"\0" + content, digest_size=8).digest(), signed=True)
