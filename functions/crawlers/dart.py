"""DartCrawler: every five minutes, the disclosures of the last twelve hours' days, in all markets."""

from datetime import datetime, timedelta

from nunchi import clock
from nunchi.adapters import dart, polite
from nunchi.crawl.service import crawl
from nunchi.crawl.sources.dart import SOURCE, of_listed
from nunchi.schedules import Counts, scheduled
from nunchi.seoul import seoul_date

LOOK_BACK = timedelta(hours=12)  # what came after the last evening's last run


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    if not dart.has_login():
        return {"stored": 0}  # switched off
    listings = dart.pages(seoul_date(now - LOOK_BACK), seoul_date(now))
    return crawl(SOURCE, listings, polite.read, clock.now, links=of_listed)
