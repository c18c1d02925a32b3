"""The crawlers' stand-in sites, and what a crawl leaves behind."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any

import pytest
from sqlalchemy import select

from crawlers import maekyung
from infra.local.invocation import LambdaContext
from infra.local.world import Sample
from infra.local.world import World as Address
from infra.sandbox.addresses import address
from infra.sandbox.entities import Article as Truth
from infra.sandbox.market import Market
from nunchi import clock, database
from nunchi.adapters import polite, redis
from nunchi.market.calendar import xkrx
from nunchi.models import Article, ArticleRevision, OutboxRow
from nunchi.seoul import SEOUL
from tests.integration.sandbox_client import World

MARKET = Sample(history=2, live=2, companies=16, stories_per_session=12).generate(xkrx())
NOW = datetime.combine(MARKET.live[0], time(), tzinfo=SEOUL)
CONTEXT = LambdaContext("CrawlerFunction", "arn:aws:lambda:x:1:function:x", 512, 300)
FEED, PAGES, ROBOTS = "/mk/rss/50200011/", "/mk/news/", "/mk/robots.txt"
FEED_URL = "https://www.mk.co.kr/rss/50200011/"
Crawl = Callable[[], dict[str, int]]
Handler = Callable[[Any, Any], dict[str, int]]


@contextmanager
def pointed_at(world: World, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """Points the environment at the sites; takes back at the end what they were told to do wrong."""
    for name, value in Address(world.address).settings().items():
        patch.setenv(name, value)
    yield world
    world.misbehave()


def forget() -> None:
    """Forgets what any process remembers of a site."""
    redis.get_client().flushdb()
    polite.get_hosts.cache_clear()


def run(handler: Handler = maekyung.handler, now: datetime = NOW) -> dict[str, int]:
    """Runs a crawler's function; gives its counts."""
    with clock.driven_by(lambda: now):
        return handler({"scheduled_time": now.isoformat()}, CONTEXT)


def on_site(outlet: str = "maekyung", now: datetime = NOW, market: Market = MARKET) -> dict[str, Truth]:
    """What is on a site, by its canonical address."""
    return {address(one): one for one in market.pages if one.outlet == outlet and one.published_at <= now}


def published(outlet: str = "maekyung", now: datetime = NOW) -> dict[str, str]:
    """Address and title of what is on a site."""
    return {url: one.title for url, one in on_site(outlet, now).items()}


def articles() -> dict[str, Article]:
    """What is stored, by its address."""
    with database.session() as session:
        return {one.url: one for one in session.scalars(select(Article))}


def stored() -> dict[str, str]:
    """Address and title of what is stored."""
    return {url: one.title for url, one in articles().items()}


def revisions() -> list[ArticleRevision]:
    with database.session() as session:
        return list(session.scalars(select(ArticleRevision).order_by(ArticleRevision.known_at)))


def events() -> Counter[object]:
    """How many events tell of each article."""
    with database.session() as session:
        return Counter(row.payload["article_id"] for row in session.scalars(select(OutboxRow)))


def calls(world: World) -> Counter[str]:
    return Counter(world.get("/_control/calls").json())


def listing(*links: str | tuple[str, str]) -> dict[str, Any]:
    """The next feed: one with these links, each with a title if it is a pair, and without an ETag."""
    pairs = [(link, "제목") if isinstance(link, str) else link for link in links]
    items = "".join(f"<item><title>{title}</title><link>{link}</link></item>" for link, title in pairs)
    body = f'<rss version="2.0"><channel>{items}</channel></rss>'
    return {"path": FEED, "status": 200, "body": body}


def page(
    text: str = "첫 문장이다.", published_at: str = "2026-10-19T09:00:00+09:00", title: str = "제목"
) -> dict[str, Any]:
    """The next page: a whole article, with what a test puts into it."""
    body = (
        f'<meta property="article:published_time" content="{published_at}"><h2 class="news_ttl">{title}</h2>'
        f'<div itemprop="articleBody"><p>{text}</p></div>'
    )
    return {"path": PAGES, "status": 200, "body": body}
