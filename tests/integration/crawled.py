"""The crawler's stand-in site, and what a crawl leaves behind."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any

import pytest
import requests
from sqlalchemy import select

from crawlers.maekyung import handler
from infra.local.invocation import LambdaContext
from infra.local.world import SITE, Sample
from infra.local.world import World as Address
from infra.sandbox.market import Market
from nunchi import clock, database
from nunchi.market.calendar import xkrx
from nunchi.models import Article, OutboxRow
from nunchi.seoul import SEOUL
from tests.integration.sandbox_client import World

MARKET = Sample(history=2, live=2, companies=4, stories_per_session=5).generate(xkrx())
NOW = datetime.combine(MARKET.live[0], time(), tzinfo=SEOUL)
CONTEXT = LambdaContext("MaekyungCrawlerFunction", "arn:aws:lambda:x:1:function:x", 512, 300)
FEED, PAGES = "/mk/rss/50200011/", "/mk/news/"
Crawl = Callable[[], dict[str, int]]


@contextmanager
def pointed_at(world: World, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """Points the environment at the site; takes back at the end what the site was told to do wrong."""
    for name, value in Address(world.address).settings().items():
        patch.setenv(name, value)
    yield world
    requests.delete(f"{world.address}/_control/faults", timeout=10).raise_for_status()


def run() -> dict[str, int]:
    """Runs the crawler's function; gives its counts."""
    with clock.driven_by(lambda: NOW):
        return handler({"scheduled_time": NOW.isoformat()}, CONTEXT)


def published(market: Market = MARKET, now: datetime = NOW) -> dict[str, str]:
    """Address and title of what is on the site."""
    return {f"{SITE}/news/stock/{one.no}": one.title for one in market.articles if one.published_at <= now}


def stored() -> dict[str, str]:
    with database.session() as session:
        return {one.url: one.title for one in session.scalars(select(Article))}


def events() -> Counter[object]:
    """How many events tell of each article."""
    with database.session() as session:
        return Counter(row.payload["article_id"] for row in session.scalars(select(OutboxRow)))


def calls(world: World) -> Counter[str]:
    return Counter(world.get("/_control/calls").json())


def misbehave(world: World, *faults: dict[str, Any]) -> None:
    world.put("/_control/faults", list(faults))
