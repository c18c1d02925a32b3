"""What is shown of an article, and what articles are looked for by. Pure."""

import re
import unicodedata
from typing import Literal

_SENTENCE_END = re.compile(r"(?<=[.!?。])\s")
LEAD_MAX = 300  # characters


def lead(body: str) -> str:
    """The first sentence of a body, at most 300 characters."""
    first_line = body.split("\n", 1)[0]
    return _SENTENCE_END.split(first_line, maxsplit=1)[0][:LEAD_MAX]


Kind = Literal["news", "post", "disclosure"]
KIND_OF_SOURCE: dict[str, Kind] = {"dart": "disclosure", "reddit": "post"}  # all others are news
SHORTEST_WORD = 2  # letters; single ones only narrow what the others find


def kind(source: str) -> Kind:
    """What a source publishes."""
    return KIND_OF_SOURCE.get(source, "news")


def words(typed: str) -> list[str]:
    """The words to look for in titles. Raises `ValueError` where something is typed, but no word of two letters."""
    found = list(dict.fromkeys(unicodedata.normalize("NFKC", typed).split()))
    if found and all(len(word) < SHORTEST_WORD for word in found):
        raise ValueError("no word of two letters")
    return found
