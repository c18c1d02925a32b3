"""Where the parts of an article stand on a site's pages: data, with fallbacks, and how it is read."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, TypeVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from nunchi.crawl import html, rules
from nunchi.crawl.boilerplate import CLOSINGS, NOISE, NOTICES, OPENINGS
from nunchi.crawl.source import ParsedArticle

Part = TypeVar("Part")
MOST_NODES = 20  # that are looked at for a part of an article

LD_JSON = 'script[type="application/ld+json"]'


@dataclass(frozen=True)
class Place:
    """A part's place: the text of what `selector` finds, or one of its attributes, or a key of its JSON-LD."""

    selector: str
    attribute: str = ""

    def __str__(self) -> str:
        return f"{self.selector}[{self.attribute}]" if self.attribute else self.selector


OG_TITLE = Place('meta[property="og:title"]', "content")
META_PUBLISHED = Place('meta[property="article:published_time"]', "content")
LD_HEADLINE, LD_PUBLISHED = Place(LD_JSON, "headline"), Place(LD_JSON, "datePublished")


@dataclass(frozen=True)
class Layout:
    """A site's article pages. Of each part the first place counts that holds one; errors name the first of all.

    `suffix` is a pattern of what a page's own name for itself adds to a title.
    """

    title: tuple[Place, ...]
    body: tuple[str, ...]
    published: tuple[Place, ...]
    author: tuple[Place, ...] = ()
    suffix: str = r"(?!)"
    noise: tuple[str, ...] = ()  # selectors of what is no part of the body
    notices: tuple[str, ...] = ()  # patterns of short paragraphs that are left out

    def read(self, page: bytes, _url: str) -> ParsedArticle:
        """The article on a page. Raises `ValueError` whose text is the primary place of what is missing."""
        tree = html.parse(page)
        body = self._body(tree)
        title = _first(tree, self.title, self._titled)
        published = _first(tree, self.published, rules.parse_time)
        return ParsedArticle(title, body, next(_texts(tree, self.author), ""), published)

    def _titled(self, text: str) -> str:
        title = re.sub(self.suffix, "", text).strip()
        if not title:
            raise ValueError("no title")
        return title

    def _body(self, tree: LexborHTMLParser) -> str:
        elements = [node for node in map(tree.css_first, self.body) if node is not None]
        text = next(filter(None, map(self._text, elements)), "")
        if not text:
            raise ValueError(f"text in {self.body[0]}" if elements else self.body[0])
        return text

    def _text(self, element: LexborNode) -> str:
        found = html.lines(element, (*NOISE, *self.noise))
        return rules.clean_body(found, (*NOTICES, *self.notices), OPENINGS, CLOSINGS)


def _first(tree: LexborHTMLParser, places: Sequence[Place], read: Callable[[str], Part]) -> Part:
    """What `read` makes of the first text that it can read."""
    for text in _texts(tree, places):
        try:
            return read(text)
        except ValueError:
            continue
    raise ValueError(str(places[0]))


def _texts(tree: LexborHTMLParser, places: Sequence[Place]) -> Iterator[str]:
    """The texts at places, in the order of the places."""
    for place in places:
        for node in tree.css(place.selector)[:MOST_NODES]:
            if text := rules.clean(_text_at(node, place)):
                yield text


def _text_at(node: LexborNode, place: Place) -> str:
    if place.selector == LD_JSON:
        return unescape(_of_json(node.text(), place.attribute))
    if place.attribute:
        return node.attributes.get(place.attribute) or ""
    return " ".join(html.lines(node, NOISE))


def _of_json(text: str, key: str) -> str:
    """The value of a key in JSON-LD: of the object itself, or the first of its list or graph that has it."""
    try:
        found: Any = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return ""
    found = found.get("@graph", found) if isinstance(found, dict) else found
    objects = found if isinstance(found, list) else [found]
    values = (one.get(key) for one in objects if isinstance(one, dict))
    return next((value for value in values if isinstance(value, str) and value), "")
