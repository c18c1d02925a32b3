"""One run of one source: its listings, then each page that we don't have. A bad page fails alone."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nunchi import database, outbox
from nunchi.adapters.web import Page
from nunchi.articles import repository
from nunchi.crawl import rules
from nunchi.crawl.source import ParsedArticle, Source, SourceChanged
from nunchi.errors import UpstreamError
from nunchi.events import ArticleStored
from nunchi.models.articles import Article
from nunchi.observability import count, get_logger
from nunchi.schedules import Counts


@dataclass(frozen=True)
class Site:
    """How a crawler reaches a source.

    Pages are fetched under `base_url` and kept under `site_url`, the address that readers know. `listing`
    gives None when nothing has changed since `remember`.
    """

    base_url: str
    site_url: str
    listing: Callable[[str], Page | None]
    page: Callable[[str], Page]
    remember: Callable[[Page], None]


def crawl(source: Source, site: Site, clock: Callable[[], datetime]) -> Counts:
    """Stores every article that the source lists and we lack. Returns how many were new and how many failed."""
    total: Counter[str] = Counter(stored=0, failed=0)
    for path in source.listings:
        listing = site.listing(f"{site.base_url}{path}")
        if listing is None:
            continue
        results = Counter(_store_page(source, site, page, clock) for page in _unknown(source, site, listing))
        total.update(results)
        if not results["failed"]:
            site.remember(listing)  # only now: a tag kept too early would hide what was not stored
    count("ArticlesStored", total["stored"], source=source.name)
    return dict(total)


def _unknown(source: Source, site: Site, listing: Page) -> list[str]:
    """The paths of the listed pages that we lack, oldest first: the first of reprints becomes the story's own."""
    links = source.parse_listing(listing.body)
    paths = [rules.path_on(link.url, (site.base_url, site.site_url)) for link in links]
    urls = {f"{site.site_url}{path}": path for path in reversed(paths) if path is not None}
    with database.session() as session:
        known = repository.known_urls(session, list(urls))
    return [path for url, path in urls.items() if url not in known]


def _store_page(source: Source, site: Site, path: str, clock: Callable[[], datetime]) -> str:
    try:
        page = site.page(f"{site.base_url}{path}")
        parsed = source.parse_article(page.body, page.url)
    except (SourceChanged, UpstreamError) as exc:
        get_logger().warning("a page was not stored", source=source.name, path=path, error=type(exc).__name__)
        count("PagesFailed", source=source.name)
        return "failed"
    now = clock()  # a run may take minutes; what we know, we know from here on
    article = _article(source, f"{site.site_url}{path}", parsed, now)
    with outbox.transaction() as session:
        if not repository.add_article(session, article):
            return "known"
        outbox.add(session, ArticleStored(article_id=article.id), correlation_id=str(article.id), now=now)
    return "stored"


def _article(source: Source, url: str, parsed: ParsedArticle, now: datetime) -> Article:
    return Article(
        id=repository.article_id(url),
        source=source.name,
        url=url,
        title=parsed.title,
        body=parsed.body,
        author=parsed.author,
        published_at=parsed.published_at,
        known_at=now,
    )
