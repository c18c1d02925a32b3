"""One run of one source: its listings, then each page that we lack. What is bad fails alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError

from nunchi import database, outbox
from nunchi.adapters.polite import Forbidden, LeftAlone, is_shelved, shelve
from nunchi.adapters.web import Page
from nunchi.articles import repository
from nunchi.crawl.source import Link, ParsedArticle, Source, SourceChanged
from nunchi.crawl.sources import source_of
from nunchi.errors import UpstreamError
from nunchi.events import ArticleStored
from nunchi.observability import count, get_logger
from nunchi.runs.rules import nothing_read
from nunchi.schedules import OFF, Counts

BUDGET = timedelta(
    seconds=150
)  # of a run; what is left then is the next run's. A last page may take as long again

Listing = Callable[[], Page | bytes | None]  # None: nothing has changed since it was remembered
Read = tuple[Link, ParsedArticle]


class Web(Protocol):
    """A way to public pages."""

    def has_contact(self) -> bool: ...

    def read(self, url: str) -> Page: ...

    def read_changed(self, url: str) -> Page | None: ...

    def remember(self, page: Page) -> None: ...


@dataclass
class Run:
    """A run in progress: which source, when it began, and what it has done."""

    source: Source
    page: Callable[[str], Page]
    clock: Callable[[], datetime]
    done: Counter[str] = field(default_factory=lambda: Counter(stored=0, revised=0, failed=0))
    error: Exception | None = None

    def __post_init__(self) -> None:
        self.until = self.clock() + BUDGET

    def is_over(self) -> bool:
        """Whether its time is used up."""
        return self.clock() >= self.until

    def failed(self, exc: Exception, *, is_listing: bool = False) -> None:
        """Counts what failed, by the kind of failure; of listings, how many, too."""
        kind = (
            "forbidden"
            if isinstance(exc, Forbidden)
            else "deferred"
            if isinstance(exc, LeftAlone)
            else "failed"
        )
        self.done[kind] += 1
        self.error = exc if kind == "failed" else self.error
        if kind == "failed" and is_listing:
            self.done["unlisted"] += 1
        # a database's words may quote a text
        where = (
            exc.url if isinstance(exc, SourceChanged) else str(exc) if isinstance(exc, UpstreamError) else ""
        )
        missing = exc.missing if isinstance(exc, SourceChanged) else ""
        get_logger().warning(
            "not read", source=self.source.name, error=type(exc).__name__, where=where, missing=missing
        )
        count(type(exc).__name__, source=self.source.name)


def crawl_site(source: Source, addresses: Iterable[str], web: Web, clock: Callable[[], datetime]) -> Counts:
    """As `crawl`, of listings that are public pages. Does nothing while nobody is named whom sites can reach."""
    if not web.has_contact():
        return OFF
    listings = [partial(web.read_changed, address) for address in addresses]
    return crawl(source, listings, web.read, clock, remember=web.remember)


def crawl(
    source: Source,
    listings: Iterable[Listing],
    page: Callable[[str], Page],
    clock: Callable[[], datetime],
    *,
    links: Callable[[bytes], list[Link]] | None = None,
    remember: Callable[[Page], None] = lambda _: None,
) -> Counts:
    """Stores every article that the source lists and we lack, and a revision of those it lists under another title.

    `links` reads a listing in place of the source's own reader. A listing is remembered only when all of it was
    stored: a tag kept too early would hide what was not. Returns counts: `failed` with those listings among them that
    are `unlisted`, `resting` pages that failed within the hour and were not asked for. Raises the last error when
    nothing could be read at all.
    """
    run, read = Run(source, page, clock), 0
    for listing in listings:
        if run.is_over():
            run.done["left"] += 1
            continue
        try:
            found = listing()
            body = found.body if isinstance(found, Page) else found
            entries = [] if body is None else (links or source.parse_listing)(body)
        except (UpstreamError, SourceChanged) as exc:
            run.failed(exc, is_listing=True)
            continue
        read += 1
        if _store(run, entries) and isinstance(found, Page):
            remember(found)
    return _finished(run, read)


def _finished(run: Run, read: int) -> Counts:
    if run.done["forbidden"]:
        get_logger().error("a source is off: its robots.txt forbids it", source=run.source.name)
    count("ArticlesStored", run.done["stored"], source=run.source.name)
    # of a site whose pages fail, the many readings of its lists must not hide that from the alarm on the share
    listings = 0 if nothing_read(run.done) else read
    count("PagesRead", listings + run.done["stored"] + run.done["revised"], source=run.source.name)
    count("PagesFailed", run.done["failed"], source=run.source.name)
    if run.error and not read:
        raise run.error
    return dict(run.done)


def _store(run: Run, links: Sequence[Link]) -> bool:
    """Stores what of a listing is new or retitled, oldest first: the first of reprints founds their story.

    Tells whether all of it is stored.
    """
    by_url = {link.url: link for link in reversed(links)}
    with database.session() as session:
        known = repository.listed_before(session, list(by_url))
    new = [link for link in by_url.values() if link.url not in known]
    _save(run, [(link, link.article) for link in new if link.article])
    stored = [_read(run, link, _save) for link in new if not link.article]
    revised = [
        _read(run, by_url[url], _revise) for url, was in known.items() if _is_retitled(run, was, by_url[url])
    ]
    return all(stored + revised)


def _is_retitled(run: Run, was: tuple[str, str], link: Link) -> bool:
    # another source may list the same page under a title of its own, which says nothing about a change
    source, title = was
    cut = sorted((title, link.title), key=len)[0].rstrip(
        " .…"
    )  # two listings may show one title whole and cut
    return source == run.source.name and not (title.startswith(cut) and link.title.startswith(cut))


def _read(run: Run, link: Link, keep: Callable[[Run, Sequence[Read]], None]) -> bool:
    """Reads one page and keeps what it says; False when that is still to be done."""
    if run.is_over():
        run.done["left"] += 1
        return False
    if is_shelved(link.url):
        run.done["resting"] += 1
        return False
    try:
        keep(run, [(link, link.article or _parsed(run, link.url))])
    except (SourceChanged, UpstreamError) as exc:
        run.failed(exc)
        if not (isinstance(exc, UpstreamError) and exc.passing):
            shelve(link.url)
        return False
    return True


def _parsed(run: Run, url: str) -> ParsedArticle:
    reader = source_of(url) or run.source
    return reader.parse_article(run.page(url).body, url)


def _save(run: Run, read: Sequence[Read]) -> None:
    """Stores articles, each with its event, in one transaction; one that can't be stored fails alone."""
    try:
        _save_all(run, read)
    except DBAPIError as exc:
        if len(read) == 1:
            run.failed(exc)
            return
        for one in read:
            _save(run, [one])


def _save_all(run: Run, read: Sequence[Read]) -> None:
    if not read:
        return
    now = run.clock()  # a run may take minutes; what we know, we know from here on
    rows = [_row(run.source, link, parsed, now) for link, parsed in read]
    with outbox.transaction() as session:
        new = repository.save(session, rows)
        for stored in (row["id"] for row in rows if row["id"] in new):
            outbox.add(session, ArticleStored(article_id=stored), correlation_id=str(stored), now=now)
    run.done["stored"] += len(new)


def _row(source: Source, link: Link, parsed: ParsedArticle, now: datetime) -> dict[str, Any]:
    return {
        "id": repository.article_id(link.url),
        "source": source.name,
        "url": link.url,
        **asdict(parsed),
        "known_at": now,
        "stock_code": link.stock_code or None,
        "listed_title": link.title,
    }


def _revise(run: Run, read: Sequence[Read]) -> None:
    """Keeps what pages say now beside what they said before."""
    with database.session() as session:
        for link, now_says in read:
            text = {"title": now_says.title, "body": now_says.body, "author": now_says.author}
            added = repository.add_revision(session, link.url, link.title, text, known_at=run.clock())
            run.done["revised"] += added
