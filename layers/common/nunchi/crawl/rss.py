"""Listings that are RSS 2.0 feeds, however carelessly written."""

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from nunchi.crawl import rules
from nunchi.crawl.source import Link

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STRAY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)(\w{1,32};)?", re.ASCII)
LONGEST_FEED = 1_000_000  # characters; the items beyond are older ones
_DC = "http://purl.org/dc/elements/1.1/"
_PREFIXES = f'xmlns:media="media" xmlns:content="content" xmlns:atom="atom" xmlns:dc="{_DC}"'


def read_rss(body: bytes) -> list[Link]:
    """The items of a feed, in its order, without those that can't be read. Raises `ValueError` when none can be."""
    links = [link for item in _items(rules.decode(body)) if (link := _link(item))]
    if not links:
        raise ValueError("no item with a link")
    return links


def _link(item: Element) -> Link | None:
    url = _text(item, "link") or _text(item, "guid")
    return Link(url, rules.clean(unescape(_text(item, "title"))), _published(item)) if url else None


def _text(item: Element, tag: str) -> str:
    """The text of an item's part, that of mark-up within it included."""
    part = item.find(tag)
    return "" if part is None else "".join(part.itertext()).strip()


def _published(item: Element) -> datetime | None:
    try:
        return rules.parse_time(_text(item, "pubDate") or _text(item, f"{{{_DC}}}date"))
    except ValueError:
        return None  # the page itself says when it was published


def _items(text: str) -> Iterator[Element]:
    """The items of a feed; of one that is beyond repair, those that are sound by themselves."""
    text = _NOT_XML.sub("", text[:LONGEST_FEED])
    if "<rss" not in text or "<!ENTITY" in text:
        raise ValueError("not a plain feed")
    text = text[text.index("<rss") :]
    root = _parsed(text)
    roots = map(_parsed, _cut_out(text)) if root is None else [root]
    for found in roots:
        yield from () if found is None else found.iter("item")


def _cut_out(text: str) -> Iterator[str]:
    """Each item of a feed as a feed of its own."""
    for part in text.split("<item>")[1:]:
        item, end, _ = part.partition("</item>")
        if end:
            yield f"<rss {_PREFIXES}><item>{item}</item></rss>"


def _parsed(text: str) -> Element | None:
    for repair in (str, _repaired):
        try:
            root: Element = fromstring(repair(text))
        except (ParseError, DefusedXmlException):
            continue
        return root
    return None


def _repaired(text: str) -> str:
    """Text whose stray ampersands, and entities that only HTML has, are XML's."""
    head, *rest = text.split("<![CDATA[")
    parts = [_STRAY.sub(_as_xml, head)]
    for part in rest:
        as_is, end, marked_up = part.partition("]]>")
        parts.append(f"<![CDATA[{as_is}{end}{_STRAY.sub(_as_xml, marked_up)}")
    return "".join(parts)


def _as_xml(stray: re.Match[str]) -> str:
    char = unescape(stray[0])
    is_known = char != stray[0] and char[0] not in "<&"
    return char if is_known else f"&amp;{stray[1] or ''}"
