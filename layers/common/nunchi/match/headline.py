"""Which companies a headline is about, and how much."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nunchi.match.brokers import is_broker, quoted, signed_from
from nunchi.match.groups import MOSTLY_GROUPS, SECTORS
from nunchi.match.listing import Kind, Listing
from nunchi.match.lists import completed
from nunchi.match.scan import Span, spans
from nunchi.match.words import GROUPWIDE, HOLDING, MARKET, OF_GROUP, SPORTS, UNLESS

FIRST, FURTHER, AMONG_MANY = 0.95, 0.9, 0.75
SECTOR, SUBSIDIARY, GROUP, SOURCE, PASSING, NO_BUSINESS = 0.6, 0.4, 0.3, 0.3, 0.4, 0.2
_MANY = 6


@dataclass(frozen=True, slots=True)
class Mention:
    """A company named at `text[start:end]`, and how much the text is about it as far as that shows (0..1)."""

    code: str
    relevance: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Headline:
    """A title with the names in it, and where the signature of a note begins."""

    text: str
    spans: list[Span]
    signed: int
    codes: frozenset[str]


def mentions(title: str, listing: Listing) -> Iterator[Mention]:
    """Every company that `title` names, in the order of mention; one company can come several times."""
    found = list(spans(title, listing))
    if not found:
        return
    signed = signed_from(title, {span.end for span in found})
    headline = Headline(title, completed(title, found, listing), signed, listing.codes)
    judged = [(span, *_judge(headline, index)) for index, span in enumerate(headline.spans)]
    many = sum(relevance > SECTOR for _, _, relevance in judged) > _MANY
    first = True
    for span, codes, relevance in judged:
        if relevance > SECTOR:
            relevance, first = AMONG_MANY if many else FIRST if first else FURTHER, False
        if relevance:
            yield from (Mention(code, relevance, span.start, span.end) for code in codes)


def _judge(headline: Headline, index: int) -> tuple[tuple[str, ...], float]:
    """The companies that a name stands for here, and their relevance; 0 where it is another word."""
    span = headline.spans[index]
    codes = span.form.codes
    if span.start >= headline.signed:
        return codes, SOURCE
    if _another_word(headline, span):
        return codes, 0
    if SPORTS.search(headline.text):
        return codes, NO_BUSINESS
    if span.kind is Kind.SUBSIDIARY:
        return codes, SUBSIDIARY
    if span.kind in (Kind.GROUP, Kind.HOLDING):
        return _of_group(headline, index)
    if span.kind is Kind.COMMON and not _is_company(headline, index):
        return codes, 0
    return codes, _as_company(headline, index)


def _another_word(headline: Headline, span: Span) -> bool:
    context = UNLESS.get(span.form.text)
    return context is not None and context.search(headline.text) is not None


def _as_company(headline: Headline, index: int) -> float:
    span, title = headline.spans[index], headline.text
    if is_broker(span.form.text) and quoted(title, span.start, span.end, _others(headline, index)):
        return SOURCE
    if _FUND.search(title, 0, span.start):
        return NO_BUSINESS
    if _PASSING_AFTER.match(title, span.end) or _PASSING_BEFORE.search(title, 0, span.start):
        return PASSING
    return FURTHER


_FUND = re.compile(
    r"(?:KODEX|TIGER|ACE|RISE|SOL|KBSTAR|ARIRANG|PLUS|HANARO|KOSEF|KIWOOM|TIMEFOLIO|KoAct|WON|1Q|TREX|FOCUS|코덱스)"
    r"\s?(?:[가-힣A-Za-z0-9&+]{1,12} )?$"
)
_PASSING_AFTER = re.compile(r"\s?(?:출신|맨 출신|다니는|다니던|前)")
_PASSING_BEFORE = re.compile(r"(?:제\s?[2-9]의|포스트|넥스트) ?[‘'\"“]?$")


def _others(headline: Headline, index: int) -> bool:
    """Whether another company than brokers is named before the signature."""
    return any(
        at != index
        and span.start < headline.signed
        and span.kind is not Kind.GROUP
        and not is_broker(span.form.text)
        and not (span.kind is Kind.COMMON and not _is_company(headline, at))
        for at, span in enumerate(headline.spans)
    )


def _of_group(headline: Headline, index: int) -> tuple[tuple[str, ...], float]:
    """What a group's name stands for: the business that the headline is on, the holding company, or the group."""
    span, title = headline.spans[index], headline.text
    name = span.form.text
    if span.end - span.start > len(name) or OF_GROUP.match(title, span.end):
        return span.form.codes, GROUP
    sector = _sector(headline, name)
    listed_with = _neighbours(headline, index)
    beside_groups = any(other.kind in (Kind.GROUP, Kind.HOLDING) for other in listed_with)
    beside_rival = any(
        code in _RIVALS.get(sector or "", ()) for other in listed_with for code in other.form.codes
    )
    if sector and (beside_groups or beside_rival or span.kind is Kind.GROUP or not HOLDING.search(title)):
        return (sector,), SECTOR
    if span.kind is Kind.HOLDING and _is_holding(headline, span, listed_with):
        return span.form.codes, FURTHER
    return span.form.codes, GROUP


# a company of a business → the others that the same business stands for: `삼전-SK` on chips is about two chip makers
_RIVALS = {code: frozenset(codes.values()) - {code} for _, codes in SECTORS for code in codes.values()}


def _sector(headline: Headline, name: str) -> str | None:
    if GROUPWIDE.search(headline.text):
        return None
    for business, codes in SECTORS:
        if name in codes and business.search(headline.text):
            return codes[name] if codes[name] in headline.codes else None
    return None


def _is_holding(headline: Headline, span: Span, listed_with: list[Span]) -> bool:
    if any(other.kind is Kind.GROUP for other in listed_with) or GROUPWIDE.search(headline.text):
        return False
    if any(other.kind is Kind.NAME for other in listed_with) or HOLDING.search(headline.text):
        return True
    return (
        span.form.text not in MOSTLY_GROUPS
        and _heads(headline, span)
        and headline.text.startswith(",", span.end)
    )


_HEAD = re.compile(
    r"\s*(?:(?:\[[^\]]*\]|\([^)]*\)|<[^>]*>|【[^】]*】|〈[^〉]*〉|[‘'\"“(《<「◇■▶◆△▲·]|속보|단독|[^\[\]]{1,10}\])\s*)*"
)
_JOINED = re.compile(r"\s?[·ㆍ・/,&+]\s?|\s?(?:와|과|-|vs\.?|및)\s?")
_DOTTED = re.compile(r"\s?[·ㆍ・/]\s?")
_TICKER = re.compile(r"\s?[(（<\[]\s?A?\d{5}[0-9A-Z]")


def _heads(headline: Headline, span: Span) -> bool:
    """Whether the name begins the headline, after tags in brackets."""
    start = _HEAD.match(headline.text)
    return start is not None and start.end() == span.start


def _neighbours(headline: Headline, index: int, by: re.Pattern[str] = _JOINED) -> list[Span]:
    """The names that this one is listed with, without a word between."""
    return [*_joined(headline, index, -1, by), *_joined(headline, index, 1, by)]


def _joined(headline: Headline, index: int, step: int, by: re.Pattern[str]) -> Iterator[Span]:
    at = index + step
    while 0 <= at < len(headline.spans):
        left, right = headline.spans[min(at, at - step)], headline.spans[max(at, at - step)]
        if not by.fullmatch(headline.text, left.end, right.start):
            return
        yield headline.spans[at]
        at += step


def _is_company(headline: Headline, index: int) -> bool:
    """Whether an ordinary word is a company's name here."""
    span, title = headline.spans[index], headline.text
    if (
        _TICKER.match(title, span.end)
        or title.startswith(("株", "㈜"), span.end)
        or title.endswith("㈜", 0, span.start)
    ):
        return True
    if any(other.kind is Kind.NAME for other in _neighbours(headline, index, _DOTTED)):
        return True
    if _COMMA.match(title, span.end):
        return _begins_clause(title, span.start) or _heads(headline, span)
    return (
        _heads(headline, span)
        and _SUBJECT.match(title, span.end) is not None
        and MARKET.search(title, span.end) is not None
    )


def _begins_clause(title: str, start: int) -> bool:
    return title[:start].rstrip()[-1:] in ("…", "”", '"', "’", "'", ".")


_COMMA = re.compile(r"\s?,|[’'\"”》>」]\s?,")
_SUBJECT = re.compile(
    r"(?:은|는|이|가|의)? ?[‘'“\"’”…↑↓(]"
    r"|(?:은|는|이|가|의)? (?!종목|기업|국가|업체|시장|품목|산업|상품|최대|최고|증시|금융|지수|흑점|폭풍|활동|가구|확대)"
)
