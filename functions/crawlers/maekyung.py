"""MaekyungCrawler: every ten minutes, the feeds of mk.co.kr."""

from datetime import datetime

from nunchi import clock
from nunchi.adapters import redis, web
from nunchi.crawl.service import Site, crawl
from nunchi.crawl.sources.maekyung import SOURCE
from nunchi.schedules import Counts, scheduled
from nunchi.settings import get_settings


@scheduled
def handler(_now: datetime, _scheduled_time: datetime) -> Counts:
    settings = get_settings()
    site = Site(
        base_url=settings.maekyung_base_url,
        site_url=settings.maekyung_site_url,
        listing=redis.fetch_changed,
        page=web.fetch_page,
        remember=redis.remember_page,
    )
    return crawl(SOURCE, site, clock.now)
