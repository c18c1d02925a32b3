"""Fills the sandbox's pages."""

import re
from collections.abc import Mapping

_PLACE = re.compile(r"@(\w+)@")


def filled(page: str, values: Mapping[str, str]) -> str:
    """A page with each @name@ replaced by its value; what has no value stays as it is."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), page)
