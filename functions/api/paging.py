"""Pages of a list: bounded, in a fixed order, and continued by a cursor that names the last row's place in it."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from api.askable import askable
from api.problems import Problem, Wrong

Line = TypeVar("Line")
Row = TypeVar("Row")
Key = TypeVar("Key")

LONGEST_CURSOR = 400
PageSize = Annotated[int, Query(alias="limit", ge=1, le=200, description="How many rows at most.")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=LONGEST_CURSOR,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`next_cursor` of the page before; the other parameters must stay the same.",
    ),
]


class Page(BaseModel, Generic[Line]):
    """Some rows of a list. Rows that arrive while one reads on don't shift the pages after the first."""

    items: list[Line]
    next_cursor: str | None = Field(description="Gives the next page as `cursor`; null on the last one.")


@dataclass(frozen=True)
class Order(Generic[Key]):
    """How a list is ordered: the type of a row's place in it, which no two rows share.

    A repository is asked for one row more than a page has, of those after a place: `page` cuts it off again.
    """

    key: TypeAdapter[Key]

    def after(self, cursor: str | None) -> Key | None:
        """The place after which a page begins, None at the start. Raises Problem 422 for what is no cursor of ours."""
        if cursor is None:
            return None
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            return askable(self.key.validate_json(base64.urlsafe_b64decode(padded)))
        except (binascii.Error, ValidationError, ValueError):
            raise Problem(422, "invalid", wrong=[Wrong("query.cursor", "cursor")]) from None

    def cursor(self, key: Key) -> str:
        """A place as a cursor: its JSON in URL-safe base64."""
        return base64.urlsafe_b64encode(self.key.dump_json(key)).decode().rstrip("=")

    def page(
        self, rows: Sequence[Row], limit: int, key: Callable[[Row], Key], line: Callable[[Row], Line]
    ) -> Page[Line]:
        """The page of at most `limit` rows; `rows` has one more where the list goes on."""
        shown = rows[:limit]
        more = self.cursor(key(shown[-1])) if len(rows) > limit else None
        return Page(items=[line(row) for row in shown], next_cursor=more)
