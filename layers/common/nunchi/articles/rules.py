"""What is shown of an article. Pure."""

import re

_SENTENCE_END = re.compile(r"(?<=[.!?。])\s")
LEAD_MAX = 300  # characters


def lead(body: str) -> str:
    """The first sentence of a body, at most 300 characters."""
    first_line = body.split("\n", 1)[0]
    return _SENTENCE_END.split(first_line, maxsplit=1)[0][:LEAD_MAX]
