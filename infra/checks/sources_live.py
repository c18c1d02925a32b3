"""`make sources-live`: do the real sites still look as our parsers expect? For people with a network.

Needs CRAWLER_CONTACT; the sources that need a key are asked where there is one.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from rich.console import Console
from rich.table import Table

from nunchi import clock
from nunchi.adapters import dart, naver, polite, reddit
from nunchi.crawl.source import Link, Source, SourceChanged
from nunchi.crawl.sources import SOURCES, source_of
from nunchi.errors import UpstreamError
from nunchi.seoul import SEOUL, seoul_date

PAGES = 2  # articles of each listing
SEARCHED = "삼성전자"
NO_REDIS = "redis://127.0.0.1:1/0"
Listing = Callable[[], bytes]


@dataclass(frozen=True)
class Row:
    """What was found at one place: `trouble` is empty when all of it could be read."""

    source: str
    place: str
    entries: int = 0
    newest: datetime | None = None
    pages: int = 0
    shortest_body: int = 0
    trouble: str = ""


def places(now: datetime) -> Iterator[tuple[Source, str, Listing]]:
    """Every place that can be asked with what is configured."""
    for source in SOURCES.values():
        for url in source.listings:
            yield source, url.removeprefix("https://"), partial(_page, url)
    if naver.has_login():
        yield SOURCES["naver_search"], SEARCHED, partial(naver.search, SEARCHED, display=3)
    if reddit.has_login():
        yield SOURCES["reddit"], "stocks", partial(reddit.newest, "stocks")
    if dart.has_login():
        days = seoul_date(now - timedelta(days=3)), seoul_date(now)
        yield SOURCES["dart"], "the last three days", next(iter(dart.pages(*days)))


def _page(url: str) -> bytes:
    return polite.read(url).body


def probe(source: Source, place: str, listing: Listing) -> Row:
    """Reads a listing, and the pages of its first entries."""
    row = Row(source.name, place)
    try:
        links = source.parse_listing(listing())
        newest = max((link.published_at for link in links if link.published_at), default=None)
        row = Row(source.name, place, len(links), newest)
        bodies = [len(_body(source, link)) for link in links[:PAGES]]
    except (UpstreamError, SourceChanged) as exc:
        return Row(row.source, row.place, row.entries, row.newest, trouble=str(exc))
    trouble = "" if bodies else "no entries"
    return Row(row.source, row.place, row.entries, row.newest, len(bodies), min(bodies, default=0), trouble)


def _body(source: Source, link: Link) -> str:
    if link.article:
        return link.article.body
    return (source_of(link.url) or source).parse_article(_page(link.url), link.url).body


def table(rows: Sequence[Row]) -> Table:
    """One line for each place."""
    shown = Table(caption="Times are Seoul's; bodies in characters.")
    for heading in ("source", "place", "entries", "newest", "pages", "shortest body", "trouble"):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        newest = f"{row.newest.astimezone(SEOUL):%m-%d %H:%M}" if row.newest else ""
        figures = (str(row.entries), newest, str(row.pages), str(row.shortest_body))
        shown.add_row(row.source, row.place, *figures, row.trouble or "ok")
    return shown


def main() -> None:
    """Prints the table; exits 1 when something is wrong anywhere."""
    os.environ.setdefault("REDIS_URL", NO_REDIS)  # each run asks anew
    if not polite.has_contact():
        sys.exit("sources-live: set CRAWLER_CONTACT, so that the sites know whom to write to")
    rows = [probe(*place) for place in places(clock.now())]
    Console().print(table(rows))
    sys.exit(any(row.trouble for row in rows))


if __name__ == "__main__":
    main()
