"""What a source is: data. Its addresses, how its listing is written, and where an article's parts stand."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from nunchi.crawl import rules
from nunchi.errors import NunchiError

LONGEST_REASON = 200  # characters


class SourceChanged(NunchiError):
    """A source's pages no longer have what we look for."""

    def __init__(self, source: str, url: str, missing: str) -> None:
        super().__init__(f"{source}: {missing} not found at {url}")
        self.source, self.url, self.missing = source, url, missing


@dataclass(frozen=True)
class ParsedArticle:
    """A page's text: no markup, no captions, no boilerplate. `published_at` is aware."""

    title: str
    body: str
    author: str
    published_at: datetime


@dataclass(frozen=True)
class Link:
    """An entry of a listing.

    `url` is canonical; `published_at` aware, or None where the listing does not say. `article` is the whole text where
    the listing is all there is; `stock_code` the six characters where the source itself names the company, else "".
    """

    url: str
    title: str
    published_at: datetime | None
    article: ParsedArticle | None = None
    stock_code: str = ""


@dataclass(frozen=True)
class Source:
    """One crawled source.

    `listings` are absolute https addresses, `hosts` the only ones whose pages are fetched, `pages` a pattern of the
    addresses of its own article pages. `read_listing` and `read_article` raise `ValueError` that says what is missing.
    """

    name: str
    hosts: tuple[str, ...]
    listings: tuple[str, ...]
    read_listing: Callable[[bytes], Iterable[Link]]
    read_article: Callable[[bytes, str], ParsedArticle]
    pages: str = r"(?!)"

    def parse_listing(self, body: bytes) -> list[Link]:
        """The entries of a listing, in its order, each address once. Raises `SourceChanged` when none can be read.

        Links that lead to other hosts are left out, unless their text came with the listing.
        """
        try:
            links = list(self.read_listing(body))
            own = list(self._own(links))
            if links and not own:
                raise ValueError("no link to its own pages")
        except (ValueError, RecursionError) as exc:
            raise SourceChanged(self.name, "its listing", f"a readable entry ({_reason(exc)})") from exc
        return own

    def parse_article(self, page: bytes, url: str) -> ParsedArticle:
        """The article at an address. Raises `SourceChanged` naming the primary selector that found nothing."""
        try:
            return _bounded(self.read_article(page, url))
        except (ValueError, RecursionError) as exc:
            raise SourceChanged(self.name, url, _reason(exc)) from exc

    def _own(self, links: Iterable[Link]) -> Iterator[Link]:
        seen: set[str] = set()
        for link in links:
            try:
                url = rules.canonical(link.url)
            except ValueError:
                continue
            if url not in seen and (link.article or urlsplit(url).netloc in self.hosts):
                seen.add(url)
                article = _bounded(link.article) if link.article else None
                yield replace(link, url=url, title=link.title[: rules.LONGEST_TITLE], article=article)


def _bounded(article: ParsedArticle) -> ParsedArticle:
    return replace(article, title=article.title[: rules.LONGEST_TITLE])


def _reason(exc: Exception) -> str:
    return "shallower nesting" if isinstance(exc, RecursionError) else rules.clean(str(exc))[:LONGEST_REASON]
