"""Whether the numbers that a text quotes are those that its writer was given. Pure.

Read are numbers in figures, in the forms that Korean texts have: `1,234원`, `3.2%`, `+5.1%p`, `1조 2천억`,
`2026년 3월`, `3건`. A quoted number is one of the input's if that, rounded to the digits quoted, gives it; a percentage
also stands for a ratio of the input. Numbers in words alone (`두 배`, `절반`) are not read.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

SMALL = {"십": 10, "백": 100, "천": 1000}
LARGE = {"만": 10**4, "억": 10**8, "조": 10**12}
MOST_ROUNDED = 0.2  # of a number's size that its rounding may change: 1조 is no rounding of 6천억
RATIO_BELOW = 3  # a fraction of the input smaller than this may be a ratio, and may be said in percent
MILLION = 10**6
SIGN_BEFORE = 4  # characters in which a sign is looked for

_TERM = re.compile(r"(\d+(?:,\d{3})+|\d+)(\.\d+)?\s?([십백천])?\s?([만억조])?")
_PERCENT = re.compile(r"\s?(?:%|퍼센트|프로(?![가-힣]))")
_SIGN = re.compile(r"(?<![\w.)%])\s*([+\-−])$")
_UNIT_AFTER = re.compile(r"\s?(?:원|주|달러)")
_NOT_NUMBERS = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")  # ids
_HIDDEN = {"Cf", "Cc", "Co", "Cs"}  # categories of characters that nobody sees


@dataclass(frozen=True, slots=True)
class Number:
    """A number: its size, its sign (0 where none is told), the size of its last digit, and whether it is in percent."""

    size: float
    sign: int = 0
    digit: float = 0.0
    percent: bool = False
    text: str = ""


def foreign(text: str, given: object) -> list[str]:
    """The numbers of a text, as quoted, that are not in what was given: JSON of any shape."""
    known = list(_given(given))
    return [number.text for number in numbers(text) if not any(_is(number, one) for one in known)]


def numbers(text: str) -> Iterator[Number]:
    """The numbers that a text quotes, in its order."""
    plain = _plain(text)
    found = list(_TERM.finditer(plain))
    place = 0
    while place < len(found):
        end = place + 1
        while end < len(found) and _goes_on(plain, found[end - 1], found[end]):
            end += 1
        yield _number(plain, found[place:end])
        place = end


def _plain(text: str) -> str:
    """A text as it is seen: full-width figures are figures, and what is hidden between figures is gone."""
    seen = "".join(c if c in "\n\t" else "" if unicodedata.category(c) in _HIDDEN else c for c in text)
    return unicodedata.normalize("NFKC", _NOT_NUMBERS.sub(" ", seen))


def _goes_on(text: str, before: "re.Match[str]", after: "re.Match[str]") -> bool:
    """Whether a term adds to the one before it, as `2천억` does after `1조`."""
    gap = text[before.end() : after.start()]
    if not before[4] or gap.strip() or len(gap) > 1 or _scale(after) >= LARGE[before[4]]:
        return False
    # figures without a unit of their own may be another number: `3억 2026년`
    return bool(after[3] or after[4] or not gap or _UNIT_AFTER.match(text, after.end()))


def _scale(term: "re.Match[str]") -> int:
    return SMALL.get(term[3], 1) * LARGE.get(term[4], 1)


def _number(text: str, terms: Sequence["re.Match[str]"]) -> Number:
    first, last = terms[0], terms[-1]
    sign = _SIGN.search(text[max(0, first.start() - SIGN_BEFORE) : first.start()])
    percent = _PERCENT.match(text, last.end())
    return Number(
        size=sum(float(term[1].replace(",", "") + (term[2] or "")) * _scale(term) for term in terms),
        sign=0 if sign is None else 1 if sign[1] == "+" else -1,
        digit=_scale(last) * 10.0 ** -max(len(last[2] or ".") - 1, 0),
        percent=percent is not None,
        text=text[first.start() : percent.end() if percent else last.end()].strip(),
    )


def _given(value: object, key: str = "") -> Iterator[Number]:
    """Every number that an input tells: in its values, its texts, the names of its fields, the lengths of its lists."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from numbers(str(name).replace("_", " "))
            yield from _given(inner, f"{key} {name}")
    elif isinstance(value, list | tuple):
        yield Number(len(value))
        yield from (number for inner in value for number in _given(inner, key))
    elif isinstance(value, str):
        yield from numbers(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _forms(value, key)


def _forms(value: float, key: str) -> Iterable[Number]:
    """What a value may be called: itself, in percent where it is a ratio, in won where it counts millions of them."""
    size, sign = abs(value), (value > 0) - (value < 0)
    yield Number(size, sign)
    if any(name.endswith("_percent") for name in key.split()):
        yield Number(size, sign, percent=True)
    elif isinstance(value, float) and size < RATIO_BELOW:
        yield Number(size * 100, sign, percent=True)
    if "_millions" in key:
        yield Number(size * MILLION, sign)


def _is(quoted: Number, known: Number) -> bool:
    if quoted.percent is not known.percent or quoted.sign * known.sign < 0:
        return False
    off = abs(quoted.size - known.size)
    exact = 1e-9 * max(1.0, known.size)
    rounded = off <= quoted.digit / 2 + exact and (quoted.size == 0 or off <= MOST_ROUNDED * known.size)
    return off <= exact or rounded
