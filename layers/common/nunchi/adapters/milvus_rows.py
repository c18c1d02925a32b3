"""What may be stored in Milvus and asked of it. Milvus Lite checks none of this, and a cluster not all of it. Pure."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from nunchi.errors import NunchiError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CODE = re.compile("[0-9A-Za-z]{1,12}")
STOCKS_LENGTH = 4096  # letters: all codes of one story, with a space before and after each


class BadVector(NunchiError):
    """A vector, or what is to be stored or asked beside it, that no search could make sense of."""


class StoryVector(NamedTuple):
    """A story's vector, with what searches are filtered by: when it became known, and the stocks that it is about."""

    story_id: UUID
    known_at: datetime
    stock_codes: tuple[str, ...]
    vector: list[float]


def microseconds(moment: datetime) -> int:
    """An aware time as microseconds since 1970, as Milvus filters it. Raises `BadVector` for a naive one."""
    if moment.utcoffset() is None:
        raise BadVector(f"{moment} has no time zone")
    return (moment - _EPOCH) // (datetime.resolution)


def check(vector: Sequence[float], dimension: int, owner: str) -> None:
    """Raises `BadVector`, naming the vector's owner, unless it is finite, not zero, and of this dimension."""
    if len(vector) != dimension:
        raise BadVector(f"{owner}: {len(vector)} numbers where {dimension} are wanted")
    if not all(map(math.isfinite, vector)):
        raise BadVector(f"{owner}: a number that is not finite")
    if not any(vector):
        raise BadVector(f"{owner}: a vector of zeros has no direction")


def entities(rows: Sequence[StoryVector], dimension: int) -> list[dict[str, object]]:
    """Rows as Milvus takes them. Raises `BadVector` when one is bad, or a story is in the batch twice."""
    twice = [story_id for story_id, count in Counter(row.story_id for row in rows).items() if count > 1]
    if twice:
        raise BadVector(f"story {twice[0]} is in one batch twice")
    return [_entity(row, dimension) for row in rows]


def _entity(row: StoryVector, dimension: int) -> dict[str, object]:
    owner = f"story {row.story_id}"
    check(row.vector, dimension, owner)
    stocks = "".join(f" {checked(code)}" for code in row.stock_codes) + " "
    if len(stocks) > STOCKS_LENGTH:
        raise BadVector(f"{owner} is about {len(row.stock_codes)} stocks, more than can be stored")
    return {
        "story_id": str(row.story_id),
        "known_at_us": microseconds(row.known_at),
        "stocks": stocks,
        "embedding": row.vector,
    }


def matching(before: datetime, stock_code: str | None) -> str:
    """The filter for stories known before a moment, and about a stock where one is given. Raises `BadVector`.

    Milvus Lite has no parameters, so values are written into the expression; a code is letters and digits or refused,
    since a quote would end the string, and `%` and `_` are wildcards of LIKE.
    """
    known = f"known_at_us < {microseconds(before)}"
    return known if stock_code is None else f'{known} and stocks like "% {checked(stock_code)} %"'


def checked(code: str) -> str:
    """A stock's code, as it is. Raises `BadVector` for what is none."""
    if not CODE.fullmatch(code):
        raise BadVector(f"{ascii(code)[:40]} is no stock's code")
    return code
