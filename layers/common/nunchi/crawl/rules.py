"""Reading what sites send: encodings that lie, several ways to write a time, text with noise in it, addresses. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.errors import MessageError
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, quote, urlsplit

from nunchi.seoul import SEOUL
from nunchi.text import one_line

LONGEST_TIME = 64  # characters; anything longer is no time, and some parsers take long over it
LONGEST_NOTICE = 200  # characters; a longer paragraph is text, whatever words it has in it

_COLON_ZONE = re.compile(r"([+-]\d\d):(\d\d)$")
_WRITTEN = re.compile(
    r"(\d{4})\s?[-./년]\s?(\d{1,2})\s?[-./월]\s?(\d{1,2})\s?[.일]?\s*(오전|오후|AM|PM)?\s*(\d{1,2}):(\d{2})(?::(\d{2}))?",
    re.ASCII | re.IGNORECASE,
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u2060\ufeff\xad"))

_TRACKING = re.compile(
    r"utm_.*|ref|referer|referrer|fbclid|gclid|dclid|msclkid|yclid|igshid|igsh|cmpid|mc_cid|mc_eid",
    re.IGNORECASE,
)
# of sites that we know; elsewhere they may be what tells one article from another
_OWN_TRACKING = re.compile(r"sid|from|lfrom|cds", re.IGNORECASE)
_KNOWN_SITES = re.compile(r"(?:.+\.)?(?:naver\.com|hankyung\.com|mk\.co\.kr|reddit\.com)")
LONGEST_ADDRESS, LONGEST_TITLE = 2000, 300  # characters
_SAFE_PATH, _SAFE_QUERY = "/%:@!$&'()*+,;=~-._", "/%:@!$'()*+,;=~-._?"

_NAVER = "https://n.news.naver.com/mnews/article/{:0>3}/{:0>10}"
_NAVER_HOSTS = frozenset({"n.news.naver.com", "news.naver.com", "m.news.naver.com", "finance.naver.com"})
_NAVER_PATH = re.compile(r"/(?:[a-z]+/){0,3}article/(?:[a-z]+/)?(\d{1,3})/(\d{1,10})/?", re.ASCII)
_HANKYUNG_PATH = re.compile(r"/(?:[a-z0-9-]+/){0,3}(?:article|amp)/(?:amp/)?(\d{8,}\w*)/?", re.ASCII)
_MAEKYUNG_PATH = re.compile(r"(?:/amp)?(/(?:[a-z]+/)?news/[\w-]+/\d+)(?:/amp)?/?", re.ASCII)


def decode(body: bytes) -> str:
    """Text of a page, whatever it claims: UTF-8 when it is valid UTF-8, else CP949 (which holds EUC-KR).

    What is valid in neither is read in the one that loses fewer characters.
    """
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    readings = (body.decode(encoding, errors="replace") for encoding in ("utf-8-sig", "cp949"))
    return min(readings, key=lambda text: text.count("\ufffd"))


def parse_time(text: str) -> datetime:
    """An aware time from RFC 822 (`+0900` or `+09:00`), ISO 8601, or naive text, which is Seoul's.

    Naive text may be `2026.08.14 09:28`, `2026.08.14. 오후 9:28` or have words before it. Raises `ValueError` when it
    is none of them, a day without a time, or no time that UTC can name.
    """
    text = text.strip()
    if len(text) > LONGEST_TIME or not ("T" in text or ":" in text):
        raise ValueError("no time")
    parsed = _parsed(text)
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=SEOUL)
    try:
        aware.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("no time in UTC") from exc
    return aware


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        written = _WRITTEN.search(text)
    if written:
        return _from_parts(*written.groups())
    try:
        return parsedate_to_datetime(_COLON_ZONE.sub(r"\1\2", text))
    except (TypeError, IndexError, OverflowError, MessageError) as exc:
        raise ValueError("no time") from exc


def _from_parts(
    year: str, month: str, day: str, half: str | None, hour: str, minute: str, second: str | None
) -> datetime:
    counted = int(hour)
    if half:
        counted = counted % 12 + (12 if half.upper() in {"오후", "PM"} else 0)
    return datetime(int(year), int(month), int(day), counted, int(minute), int(second or 0))  # noqa: DTZ001


def clean(text: str) -> str:
    """One line of readable text: no line breaks, no NULs, nothing invisible."""
    return one_line(text.translate(_INVISIBLE))


def clean_body(
    lines: Iterable[str], notices: Sequence[str], openings: Sequence[str] = (), closings: Sequence[str] = ()
) -> str:
    """The paragraphs of a body, one a line, without empty ones and without notices.

    `notices` are patterns of short paragraphs that are left out; `openings` and `closings` of what is cut off where a
    paragraph begins and ends. However long a paragraph is, no pattern sees more than `LONGEST_NOTICE` characters.
    """
    unwanted = re.compile("|".join(f"(?:{pattern})" for pattern in notices) or r"(?!)", re.IGNORECASE)
    kept = (line for line in map(clean, lines) if not (len(line) <= LONGEST_NOTICE and unwanted.search(line)))
    return "\n".join(text for line in kept if (text := _trimmed(line, openings, closings)))


def _trimmed(line: str, openings: Iterable[str], closings: Iterable[str]) -> str:
    head, rest = line[:LONGEST_NOTICE], line[LONGEST_NOTICE:]
    for pattern in openings:
        head = re.sub(pattern, "", head)
    line = head + rest
    rest, tail = line[:-LONGEST_NOTICE], line[-LONGEST_NOTICE:]
    for pattern in closings:
        tail = re.sub(pattern, "", tail)
    return (rest + tail).strip()


def canonical(url: str) -> str:
    """The one address of a page, however it was linked to: https, no fragment, no tracking parameters.

    Naver's list links lead to its article pages; the mobile and AMP pages of mk.co.kr and hankyung.com to their own.
    Raises `ValueError` for what is no http(s) address.
    """
    if len(url) > LONGEST_ADDRESS:
        raise ValueError("an address of usual length")
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[^\s\x00-\x1f\x7f/?#\\%<>\"]+", host):
        raise ValueError("no http(s) address")
    known = _article_page(host, parts.path, parts.query)
    return known or f"https://{_authority(host, parts.port)}{_path(parts.path)}{_query(parts.query, host)}"


def _authority(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port in {None, 80, 443} else f"{name}:{port}"


def _path(path: str) -> str:
    return quote(path, safe=_SAFE_PATH) or "/"


def _query(query: str, host: str) -> str:
    patterns = (_TRACKING, _OWN_TRACKING) if _KNOWN_SITES.fullmatch(host) else (_TRACKING,)
    kept = "&".join(
        quote(part, safe=_SAFE_QUERY) for part in query.split("&") if part and not _is_named(part, patterns)
    )
    return f"?{kept}" if kept else ""


def _is_named(parameter: str, patterns: Iterable[re.Pattern[str]]) -> bool:
    name = parameter.partition("=")[0]
    return any(pattern.fullmatch(name) for pattern in patterns)


def _article_page(host: str, path: str, query: str) -> str | None:
    """The address of an article of a site that we know, whose query never names another article."""
    site = re.sub(r"^(?:www|m|amp)\.", "", host)
    if host in _NAVER_HOSTS:
        return _naver_page(path, query)
    if site == "hankyung.com" and (found := _HANKYUNG_PATH.fullmatch(path)):
        return f"https://www.hankyung.com/article/{found[1]}"
    if site == "mk.co.kr":
        found = _MAEKYUNG_PATH.fullmatch(path)
        return f"https://www.mk.co.kr{found[1]}" if found else None
    return None


def _naver_page(path: str, query: str) -> str | None:
    if found := _NAVER_PATH.fullmatch(path):
        return _NAVER.format(*found.groups())
    if not re.search(r"/(?:news_)?read\.(?:naver|nhn)$", path):
        return None
    asked = parse_qs(query)
    office, article = (asked.get(long) or asked.get(short) or [""] for long, short in _NAVER_KEYS)
    if re.fullmatch(r"\d{1,3} \d{1,10}", f"{office[0]} {article[0]}", re.ASCII):
        return _NAVER.format(office[0], article[0])
    return None


_NAVER_KEYS = (("office_id", "oid"), ("article_id", "aid"))
