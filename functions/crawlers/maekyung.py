"""MaekyungCrawler: every ten minutes, the feeds of mk.co.kr and the articles they list."""

from datetime import datetime

from nunchi import clock
from nunchi.adapters import polite
from nunchi.crawl.service import crawl_site
from nunchi.crawl.sources.maekyung import SOURCE
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("maekyung")
def handler(_now: datetime, _scheduled_time: datetime) -> Counts:
    return crawl_site(SOURCE, SOURCE.listings, polite, clock.now)
