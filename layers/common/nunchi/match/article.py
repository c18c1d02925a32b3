"""Which companies the body of an article is about, and how much."""

import re
from collections import Counter
from collections.abc import Iterator

from nunchi.match.brokers import is_broker
from nunchi.match.headline import GROUP, SUBSIDIARY, Mention
from nunchi.match.listing import Kind, Listing
from nunchi.match.scan import Span, spans
from nunchi.match.words import SPORTS, UNLESS

_OPENING = 0.65  # named in the first sentence
_EARLY = 0.5  # in the second or third
_DEEP = 0.3
_BOILERPLATE = 0.15
_SOURCE = 0.25
_REPEATED = 0.06
_MOST = 0.85
_EARLY_SENTENCES = 3
_SENTENCE = re.compile(r"[.!?。](?=[\s\"”’'])|\n+")
_FURNITURE = re.compile(
    r"무단\s?전재|재배포\s?금지|저작권|관련\s?(?:기사|종목|뉴스)|기자\s?=|ⓒ|©|\[사진|많이 본|투자 판단의 책임|추천\s?종목|구독"
)
_SAYS = re.compile(
    r"\s?(?:[가-힣]{2,4}\s)?(?:연구원|연구위원|애널리스트|리서치|센터장|이코노미스트|투자전략|에\s?따르면|은 이날|는 이날|은 보고서|는 보고서)"
)
_ETC = 40


def mentions(body: str, listing: Listing) -> Iterator[Mention]:
    """The first place of every company that `body` names, in the order of mention, rated by all of its places."""
    found = [span for span in spans(body, listing) if _is_name(body, span)]
    if not found:
        return
    early, furniture = _ends(body), _furniture_from(body)
    times = Counter(code for span in found for code in span.form.codes if span.start < furniture)
    for code, span in _firsts(found).items():
        base, rises = _base(body, span, early, furniture)
        yield Mention(code, _raised(base, times[code]) if rises else base, span.start, span.end)


def _firsts(found: list[Span]) -> dict[str, Span]:
    firsts: dict[str, Span] = {}
    for span in found:
        for code in span.form.codes:
            firsts.setdefault(code, span)
    return firsts


def _is_name(body: str, span: Span) -> bool:
    if span.kind is Kind.COMMON:
        return _TICKER.match(body, span.end) is not None or body.startswith("㈜", span.start - 1)
    context = UNLESS.get(span.form.text)
    around = body[max(span.start - _ETC, 0) : span.end + _ETC]
    return not (context and context.search(around)) and not SPORTS.search(around)


_TICKER = re.compile(r"\s?[(（<\[]\s?A?\d{5}[0-9A-Z]")


def _base(body: str, span: Span, early: list[int], furniture: int) -> tuple[float, bool]:
    """How much a first mention counts, and whether further ones raise it: not a source's, a group's or furniture's."""
    if span.start >= furniture:
        return _BOILERPLATE, False
    if span.kind is Kind.SUBSIDIARY:
        return SUBSIDIARY, False
    if span.kind in (Kind.GROUP, Kind.HOLDING):
        return GROUP, False
    if is_broker(span.form.text) and _SAYS.match(body, span.end):
        return _SOURCE, False
    return (_OPENING if span.start < early[0] else _EARLY if span.start < early[-1] else _DEEP), True


def _raised(base: float, times: int) -> float:
    return min(base + _REPEATED * max(times - 1, 0), _MOST)


def _ends(body: str) -> list[int]:
    """Where the first sentences end; at least one."""
    ends: list[int] = []
    for end in _SENTENCE.finditer(body):
        ends.append(end.end())
        if len(ends) == _EARLY_SENTENCES:
            return ends
    return [*ends, len(body)]


def _furniture_from(body: str) -> int:
    """Where what is not the article itself begins, in the last part of the body."""
    found = _FURNITURE.search(body, len(body) * 2 // 3)
    return found.start() if found else len(body)
