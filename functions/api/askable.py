"""What may be asked of the stores: values that they and every time zone can hold."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

T = TypeVar("T")

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
FIRST_MOMENT, LAST_MOMENT = (datetime(each.year, each.month, each.day, tzinfo=UTC) for each in (FIRST, LAST))
LARGEST = 2**63 - 1  # PostgreSQL's bigint
SPAN = f"not between {FIRST} and {LAST}"


def _is_text(value: str) -> bool:
    return "\x00" not in value and value.encode("utf-8", "replace").decode() == value


# of the first kind that fits: whether a value can be held, and what it is otherwise
KINDS: tuple[tuple[type, Callable[[Any], bool], str], ...] = (
    (str, _is_text, "a text that is none"),
    (int, lambda value: abs(value) <= LARGEST, "a number that is too large"),
    (float, math.isfinite, "no number"),
    (datetime, lambda value: FIRST_MOMENT <= value <= LAST_MOMENT, f"a moment {SPAN}"),
    (date, lambda value: FIRST <= value <= LAST, f"a day {SPAN}"),
)


def askable(value: T) -> T:
    """The value itself. Raises ValueError where it, or a part of a tuple, could be held by no store."""
    for part in value if isinstance(value, tuple) else (value,):
        holds, otherwise = next(
            ((holds, text) for kind, holds, text in KINDS if isinstance(part, kind)), (None, "")
        )
        if holds is not None and not holds(part):
            raise ValueError(otherwise)
    return value
