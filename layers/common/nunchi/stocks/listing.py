"""A list of stocks as CSV, as `nunchi stocks import` and the API take it: wholly or not at all. Pure."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from nunchi.errors import NunchiError

CODE = r"^[0-9A-Z]{6}$"
LONGEST_NAME = 100  # letters
Market = Literal["KOSPI", "KOSDAQ"]
Fault = Literal["line_wrong", "line_twice", "line_taken"]
FAULTS: dict[Fault, str] = {
    "line_wrong": "is wrong or missing",
    "line_twice": "is there twice",
    "line_taken": "is another stock's",
}


def _named(name: str) -> str:
    named = unicodedata.normalize("NFC", name).strip()
    if not named or not named.isprintable():
        raise ValueError("no name")
    return named


StockName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_named)]


class Listed(BaseModel):
    """A stock as a line tells of it. The name is composed (NFC), so that equal names are equal."""

    code: str = Field(pattern=CODE)
    name: StockName
    market: Market
    priority: int = Field(default=2, ge=1, le=3)


@dataclass(frozen=True)
class BadLine:
    """The columns of a line in which something is wrong, and what; the first line is the header."""

    number: int
    fields: tuple[str, ...]
    fault: Fault = "line_wrong"

    def __str__(self) -> str:
        return f"line {self.number}: {', '.join(self.fields)} {FAULTS[self.fault]}"


class BadListing(NunchiError):
    """Lines of a list can't be taken, so nothing of it was."""

    def __init__(self, lines: Sequence[BadLine]) -> None:
        super().__init__("; ".join(map(str, lines)))
        self.lines = lines


def parsed(content: bytes) -> dict[int, Listed]:
    """The stocks of a CSV in UTF-8 by the number of their line. Raises `BadListing` with every bad line.

    Its header names at least code, name and market; priority is 2 where it is left out, other columns are ignored.
    """
    good: dict[int, Listed] = {}
    bad: list[BadLine] = []
    for number, line in _lines(content):
        try:
            good[number] = Listed.model_validate(line)
        except ValidationError as exc:
            bad.append(BadLine(number, tuple(dict.fromkeys(str(one["loc"][0]) for one in exc.errors()))))
    bad += [*_repeated(good, "code"), *_repeated(good, "name")]
    if bad:
        raise BadListing(sorted(bad, key=lambda one: one.number))
    return good


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadListing([BadLine(content.count(b"\n", 0, exc.start) + 1, ("text",))]) from exc
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="more")
    try:
        for line in reader:
            yield reader.line_num, line
    except csv.Error as exc:
        raise BadListing([BadLine(reader.line_num, ("text",))]) from exc


def _repeated(good: dict[int, Listed], field: str) -> Iterator[BadLine]:
    seen = set[str]()
    for number, row in good.items():
        value = getattr(row, field)
        if value in seen:
            yield BadLine(number, (field,), "line_twice")
        seen.add(value)
