"""Lists in which affiliates share a part of their names: `신한·하나금융`, `포스코홀딩스·퓨처엠`."""

import re
from collections.abc import Iterator

from nunchi.match.groups import PREFIXES
from nunchi.match.listing import Kind, Listing
from nunchi.match.scan import Span, begins_word

SEPARATORS = "·ㆍ・/"
_BEFORE = re.compile(r"([가-힣A-Za-z&]{2,6})[·ㆍ・/]$")
_AFTER = re.compile(r"[·ㆍ・/]([가-힣A-Za-z&]{2,10})")
_PARTICLE = re.compile(r"(?:은|는|이|가|을|를|의|에|와|과|도|만)?$")
_LONGEST_BEFORE = 7


def completed(title: str, found: list[Span], listing: Listing) -> list[Span]:
    """`found` and the names that are whole only with a part of their neighbours'."""
    if not any(separator in title for separator in SEPARATORS):
        return found
    added = [new for span in found for new in _shared(title, span, listing, found)]
    if not added:
        return found
    kept = [span for span in found if all(span.end <= new.start or span.start >= new.end for new in added)]
    return sorted({span.start: span for span in kept + added}.values(), key=lambda span: span.start)


def _shared(title: str, span: Span, listing: Listing, found: list[Span]) -> Iterator[Span]:
    if span.kind in (Kind.NAME, Kind.SUBSIDIARY):
        yield from _before(title, span, listing)
        yield from _after(title, span, listing, found)


def _before(title: str, span: Span, listing: Listing) -> Iterator[Span]:
    """`삼성·LG전자`: names that lack the end of this one."""
    start = span.start
    while token := _BEFORE.search(title[max(start - _LONGEST_BEFORE, 0) : start]):
        begin = start - len(token[0])
        new = begins_word(title, begin) and _ended(begin, token[1], span, listing)
        if not new:
            return
        yield new
        start = begin


def _ended(begin: int, token: str, span: Span, listing: Listing) -> Span | None:
    for prefix in _prefixes(span.form.text):
        form = listing.form(token + span.form.text[len(prefix) :])
        if form and form.kind in (Kind.NAME, Kind.SUBSIDIARY) and span.form.text != prefix:
            return Span(begin, begin + len(token), form, form.kind)
    return None


def _after(title: str, span: Span, listing: Listing, found: list[Span]) -> Iterator[Span]:
    """`에코프로·비엠`: names that lack the beginning of this one."""
    named = {other.start: other for other in found if other.kind is Kind.NAME}
    prefixes, end = list(_prefixes(span.form.text)), span.end
    while prefixes and (token := _AFTER.match(title, end)):
        begin = token.start(1)
        other = named.get(begin) or _begun(begin, token[1], prefixes, listing)
        if other is None:
            return
        if begin not in named:
            yield other
        end = other.end


def _begun(begin: int, token: str, prefixes: list[str], listing: Listing) -> Span | None:
    for length in range(len(token), 1, -1):
        if not _PARTICLE.match(token, length):
            continue
        for prefix in prefixes:
            form = listing.form(prefix + token[:length])
            if form and form.kind is Kind.NAME:
                return Span(begin, begin + length, form, form.kind)
    return None


def _prefixes(name: str) -> Iterator[str]:
    return (prefix for prefix in PREFIXES if name.startswith(prefix))
