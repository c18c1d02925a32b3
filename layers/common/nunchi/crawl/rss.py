"""Listings that are RSS 2.0 feeds."""

from email.errors import MessageError
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from nunchi.crawl import rules
from nunchi.crawl.source import Link
from nunchi.text import one_line


def read_rss(body: bytes) -> list[Link]:
    """The items of a feed, in its order. Raises `ValueError` when it is not a feed we can read."""
    text = rules.decode(body)
    try:
        root = fromstring(text[text.index("<rss") :])
    except (ParseError, DefusedXmlException) as exc:
        raise ValueError(f"not well-formed: {exc}") from exc
    return [_link(item) for item in root.iter("item")]


def _link(item: Element) -> Link:
    url, title = item.findtext("link", "").strip(), item.findtext("title", "").strip()
    if not url:
        raise ValueError("an item has no link")
    published = item.findtext("pubDate")
    try:
        at = rules.parse_time(published) if published else None
    except (ValueError, MessageError):
        at = None  # the page itself says when it was published
    return Link(url, one_line(title), at)
