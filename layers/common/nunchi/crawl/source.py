"""What a news source is: data. Its addresses, its selectors, and how its listing is written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bs4 import BeautifulSoup, ParserRejectedMarkup, Tag

from nunchi.crawl import rules
from nunchi.errors import NunchiError
from nunchi.text import one_line

# what starts a line of its own; any other tag stands within one
BLOCKS = (
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "section",
    "blockquote",
    "table",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
)


class SourceChanged(NunchiError):
    """A site's pages no longer have what our selectors look for."""

    def __init__(self, source: str, url: str, missing: str) -> None:
        super().__init__(f"{source}: {missing} not found at {url}")
        self.source, self.url, self.missing = source, url, missing


@dataclass(frozen=True)
class Link:
    """An entry of a listing; `published_at` is aware, or None where the listing does not say."""

    url: str
    title: str
    published_at: datetime | None


@dataclass(frozen=True)
class ParsedArticle:
    """A page's text: no markup, no captions, no boilerplate. `published_at` is aware."""

    title: str
    body: str
    author: str
    published_at: datetime


@dataclass(frozen=True)
class Source:
    """One crawled site. Its addresses are the settings `<name>_base_url` and `<name>_site_url`."""

    name: str
    listings: tuple[str, ...]
    read_listing: Callable[[bytes], list[Link]]
    title: str
    body: str
    published: tuple[str, str]  # a selector and the attribute that holds the time
    author: str
    noise: tuple[str, ...] = ()  # selectors of what is taken out of the body
    boilerplate: tuple[str, ...] = ()  # patterns of paragraphs that are left out

    def parse_listing(self, body: bytes) -> list[Link]:
        """The entries of a listing's body, in its order. Raises `SourceChanged` when it can't be read."""
        try:
            return self.read_listing(body)
        except ValueError as exc:
            raise SourceChanged(self.name, "its listing", f"a readable entry ({exc})") from exc

    def parse_article(self, page: bytes, url: str) -> ParsedArticle:
        """The article on a page. Raises `SourceChanged` naming the selector that found nothing."""
        soup = self._soup(page, url)
        body = self._find(soup, self.body, url)
        for selector in self.noise:
            for unwanted in body.select(selector):
                unwanted.decompose()
        title = one_line(self._find(soup, self.title, url).get_text(" "))
        text = rules.clean_body(_paragraphs(body), self.boilerplate)
        for found, selector in ((title, self.title), (text, self.body)):
            if not found:
                raise SourceChanged(self.name, url, f"text in {selector}")
        return ParsedArticle(title, text, self._author(soup), self._published(soup, url))

    def _soup(self, page: bytes, url: str) -> BeautifulSoup:
        try:
            return BeautifulSoup(rules.decode(page), "html.parser")
        except ParserRejectedMarkup as exc:
            raise SourceChanged(self.name, url, "readable mark-up") from exc

    def _find(self, soup: BeautifulSoup, selector: str, url: str) -> Tag:
        found = soup.select_one(selector)
        if found is None:
            raise SourceChanged(self.name, url, selector)
        return found

    def _published(self, soup: BeautifulSoup, url: str) -> datetime:
        selector, attribute = self.published
        try:
            return rules.parse_time(str(self._find(soup, selector, url)[attribute]))
        except (KeyError, ValueError) as exc:
            raise SourceChanged(self.name, url, f"a time in {selector}[{attribute}]") from exc

    def _author(self, soup: BeautifulSoup) -> str:
        found = soup.select_one(self.author)
        return one_line(found.get_text(" ")) if found else ""


def _paragraphs(body: Tag) -> str:
    """The text of an element, one line a paragraph, whatever is marked up in it and wherever its source breaks."""
    for text in body.find_all(string=True):
        text.replace_with(re.sub(r"\s+", " ", text))
    for block in body.find_all(BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    return body.get_text()
