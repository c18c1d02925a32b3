"""Text from outside, in a form that can be stored: PostgreSQL takes neither NULs nor half characters. Pure."""

import re

_SPACE = re.compile(r"[\s\x00]+")


def one_line(text: str) -> str:
    """Text with every run of white space, line breaks and NULs made one space, and broken characters replaced."""
    return _SPACE.sub(" ", text).strip().encode("utf-8", "replace").decode("utf-8")
