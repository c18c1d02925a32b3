"""Which listed companies a text names: exact listed names only. Pure."""

import re
from collections.abc import Mapping
from functools import lru_cache

_LETTER = r"[0-9A-Za-z가-힣]"
# what may follow a name within one word: the particles of Korean grammar
_PARTICLES = r"(?:은|는|이|가|을|를|의|에|와|과|도|로|으로|에서|에게|만|까지|부터|보다|측)?"


def named_stocks(text: str, names: Mapping[str, str]) -> list[str]:
    """The codes of the companies whose exact name stands in `text` as a word, in the order of first mention.

    `names` maps listed names to codes. Where one name contains another, the longer one wins.
    """
    if not names:
        return []
    return list(dict.fromkeys(names[found.group(1)] for found in _pattern(frozenset(names)).finditer(text)))


@lru_cache(maxsize=4)
def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    alternatives = "|".join(map(re.escape, longest_first))
    return re.compile(f"(?<!{_LETTER})({alternatives})(?={_PARTICLES}(?!{_LETTER}))")
