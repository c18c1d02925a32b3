"""Where names stand in a text: the longest name that ends where a word, or its particle, does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nunchi.match.listing import Form, Kind, Listing
from nunchi.match.words import COUNTED, FOLLOWS

_NUMBER = re.compile(r"(?:\d[\d,.]*|[일이삼사오육칠팔구십백천]+) ?$")
_NUMBER_LONGEST = 10
_ACRONYM, _SHORT = 2, 3
# an affiliate's brand before its listed name: `KT밀리의서재`
_GROUP_BEFORE = re.compile(r"(?<![0-9A-Za-z가-힣])(?:KT|SK|LG|CJ|HD|GS|KG|LS|NHN|HLB|HL)$")
_LEADING_WORDS = ("vs", "VS")


@dataclass(frozen=True, slots=True)
class Span:
    """A form and where it stands: `text[start:end]`. A group's name and 그룹 are one span of `Kind.GROUP`."""

    start: int
    end: int
    form: Form
    kind: Kind


def spans(text: str, listing: Listing) -> Iterator[Span]:
    """The names in `text`, left to right, without overlaps."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = text
    lengths, at, last = listing.lengths, 0, len(text) - 1
    ended = -1
    while at < last:
        candidates = lengths.get(lowered[at : at + 2])
        found = candidates and _longest(text, lowered, at, candidates, listing, at == ended)
        if found:
            yield found
            at = ended = found.end
        else:
            at += 1


def _longest(
    text: str, lowered: str, at: int, lengths: tuple[int, ...], listing: Listing, follows_name: bool
) -> Span | None:
    begins = follows_name or begins_word(text, at)
    for length in lengths:
        form = listing.forms.get(lowered[at : at + length])
        if form is None or (form.exact and text[at : at + length] != form.text):
            continue
        if form.kind is Kind.PRICED:
            span = _priced(text, at, form)
        elif begins or (length > _SHORT and _branded(text, at)):
            span = _whole(text, at, form, listing, lowered)
        else:
            continue
        if span is not None:
            return span
    return None


def _branded(text: str, at: int) -> bool:
    return _GROUP_BEFORE.search(text, max(at - _SHORT - 1, 0), at) is not None


def _letter(character: str) -> bool:
    """Whether it is part of a word: Korean, Latin or a digit, but no Chinese, which marks the ends of names."""
    return "가" <= character <= "힣" or (character.isascii() and character.isalnum())


def begins_word(text: str, at: int) -> bool:
    """Whether a word begins at `at`."""
    return at == 0 or not _letter(text[at - 1]) or text[max(at - 2, 0) : at] in _LEADING_WORDS


def _priced(text: str, at: int, form: Form) -> Span | None:
    number = _NUMBER.search(text[max(at - _NUMBER_LONGEST, 0) : at])
    end = at + len(form.text)
    if number is None or not FOLLOWS.match(text, end):
        return None
    return Span(at - len(number[0]), end, form, Kind.PRICED)


def _whole(text: str, at: int, form: Form, listing: Listing, lowered: str) -> Span | None:
    end = at + len(form.text)
    rest = text[end : end + 3]
    if rest.lstrip().startswith("그룹") and not rest.startswith("그룹주"):
        return _group(text, at, end, form)
    if not rest or not _letter(rest[0]) or FOLLOWS.match(text, end):
        return Span(at, end, form, form.kind)
    if form.kind is not Kind.NAME:
        return None
    korean = "가" <= text[end - 1] <= "힣"
    if (korean and COUNTED.match(text, end)) or (
        len(form.text) > _ACRONYM and _name_follows(text, lowered, end, listing)
    ):
        return Span(at, end, form, form.kind)
    return None


def _group(text: str, at: int, end: int, form: Form) -> Span | None:
    """`SK그룹`, `SK 그룹` and their particles, as one span."""
    ends = text.index("그룹", end) + len("그룹")
    if ends < len(text) and _letter(text[ends]) and not FOLLOWS.match(text, ends):
        return None
    kind = Kind.GROUP if form.kind in (Kind.NAME, Kind.HOLDING, Kind.COMMON) else form.kind
    return Span(at, ends, form, kind)


def _name_follows(text: str, lowered: str, at: int, listing: Listing) -> bool:
    """Whether another whole name begins at once: `현대차기아`."""
    for length in listing.lengths.get(lowered[at : at + 2], ()):
        form = listing.forms.get(lowered[at : at + length])
        if form and form.kind is Kind.NAME and length > 1 and FOLLOWS.match(text, at + length):
            return not form.exact or text[at : at + length] == form.text
    return False
