"""Reading KIS's fields: every value is text, and "" is what is not there yet. Pure.

Each reader raises `UnexpectedBody`, which names the endpoint and the field, never the text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from nunchi.adapters.kis.errors import UnexpectedBody

_WHOLE = re.compile(r"([+-]?[0-9]{1,18})(\.0*)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{0,15}(\.[0-9]{1,10})?")


@dataclass(frozen=True)
class Row:
    """An object of an answer. The readers that end in `_or_none` take "" and a field that is not there."""

    endpoint: str
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text that must be there, without the blanks around it; "" is one."""
        if name not in self.values:
            raise self.error(name, "is missing")
        value = self.values[name]
        if not isinstance(value, str):
            raise self.error(name, "is no text")
        return value.strip()

    def text_or_none(self, name: str) -> str | None:
        return (self.text(name) or None) if self.values.get(name) is not None else None

    def whole(self, name: str) -> int:
        """A whole number, of won or of shares; KIS may write it with a fraction of zeros."""
        found = _WHOLE.fullmatch(self.text(name))
        if not found:
            raise self.error(name, "is no whole number")
        return int(found[1])

    def whole_or_none(self, name: str) -> int | None:
        return None if self.text_or_none(name) is None else self.whole(name)

    def price_or_none(self, name: str) -> int | None:
        """A price in whole won; None for 0, too, which KIS writes where there is no price."""
        return self.whole_or_none(name) or None

    def decimal(self, name: str) -> float:
        """A number of points or percent, or a ratio."""
        text = self.text(name)
        if not _DECIMAL.fullmatch(text) or not text.strip("+-"):
            raise self.error(name, "is no number")
        return float(text)

    def decimal_or_none(self, name: str) -> float | None:
        return None if self.text_or_none(name) is None else self.decimal(name)

    def points_or_none(self, name: str) -> float | None:
        """The level of an index; None for 0, too."""
        return self.decimal_or_none(name) or None

    def day(self, name: str) -> date:
        """A day written as YYYYMMDD."""
        return self._moment(name, "%Y%m%d", 8, "is no day").date()

    def day_or_none(self, name: str) -> date | None:
        return None if self.text_or_none(name) is None else self.day(name)

    def whole_or_other(self, name: str) -> int | None:
        """A whole number; None for any other number, too."""
        number = self.decimal_or_none(name)
        return int(number) if number is not None and number.is_integer() else None

    def month(self, name: str) -> date:
        """The first day of a month that is written as YYYYMM."""
        return self._moment(name, "%Y%m", 6, "is no month").date()

    def time(self, name: str) -> time:
        """A time in Seoul that is written as HHMMSS."""
        return self._moment(name, "%H%M%S", 6, "is no time").time()

    def flag(self, name: str) -> bool:
        """Y or N."""
        text = self.text(name)
        if text not in ("Y", "N"):
            raise self.error(name, "is neither Y nor N")
        return text == "Y"

    def error(self, name: str, fact: str) -> UnexpectedBody:
        """What is wrong with a field."""
        return UnexpectedBody(self.endpoint, name, fact)

    def _moment(self, name: str, form: str, length: int, fact: str) -> datetime:
        text = self.text(name)
        if len(text) != length or not (text.isascii() and text.isdigit()):
            raise self.error(name, fact)
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            pass
        raise self.error(name, fact)


def one(endpoint: str, body: Mapping[str, Any], name: str) -> Row:
    """The object that stands under a name of an answer."""
    if name not in body:
        raise UnexpectedBody(endpoint, name, "is missing")
    if not isinstance(body[name], dict):
        raise UnexpectedBody(endpoint, name, "is no object")
    if not body[name]:
        raise UnexpectedBody(endpoint, name, "is empty")  # so KIS says that it knows no such code
    return Row(endpoint, body[name])


def one_or_none(endpoint: str, body: Mapping[str, Any], name: str) -> Row:
    """The same; an object without fields where there is none."""
    return one(endpoint, body, name) if body.get(name) else Row(endpoint, {})


def many(endpoint: str, body: Mapping[str, Any], name: str) -> list[Row]:
    """The objects that stand in the list under a name of an answer, without those that are empty.

    Where there are none, KIS writes no list, or one with an empty object.
    """
    if name not in body:
        raise UnexpectedBody(endpoint, name, "is missing")
    found = body[name]
    if found is not None and not isinstance(found, list):
        raise UnexpectedBody(endpoint, name, "is no list")
    rows = found or []
    if not all(isinstance(row, dict) for row in rows):
        raise UnexpectedBody(endpoint, name, "has a row that is no object")
    return [Row(endpoint, row) for row in rows if row]
