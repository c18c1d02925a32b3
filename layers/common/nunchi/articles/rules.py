"""When two articles tell the same story. Pure."""

import re
from hashlib import sha256

_TAGS = re.compile(r"\[[^\]]{1,12}\]|\([^)]{1,12}\)")  # [속보], (종합) and the like
_NOT_WORDS = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?。])\s")
LEAD_MAX = 300  # characters


def lead(body: str) -> str:
    """The first sentence of a body, at most 300 characters."""
    first_line = body.split("\n", 1)[0]
    return _SENTENCE_END.split(first_line, maxsplit=1)[0][:LEAD_MAX]


def fingerprint(title: str, lead: str) -> str:
    """A hash that reprints share: that of title and first sentence without tags, spaces and punctuation."""
    bare = _NOT_WORDS.sub("", _TAGS.sub("", f"{title}{lead}")).casefold()
    return sha256(bare.encode("utf-8", "replace")).hexdigest()
