"""DartCrawler: every five minutes, the disclosures since the day of the last one that is stored, in all markets."""

from datetime import datetime, timedelta

from nunchi import clock, database
from nunchi.adapters import dart, polite
from nunchi.articles import repository as articles
from nunchi.crawl.service import crawl
from nunchi.crawl.sources.dart import SOURCE, of_listed
from nunchi.runs.service import crawler
from nunchi.schedules import OFF, Counts
from nunchi.seoul import seoul_date

LOOK_BACK = timedelta(hours=12)  # what came after the last evening's last run
LONGEST = timedelta(days=7)  # after that long, a gap is an operator's to fill


@crawler("dart")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    if not dart.has_login():
        return OFF
    with database.session() as session:
        newest = articles.newest_known_at(session, SOURCE.name) or now
    # from the day of what came last: over a weekend or an outage nothing is passed over
    since = max(min(newest, now - LOOK_BACK), now - LONGEST)
    listings = dart.pages(seoul_date(since), seoul_date(now))
    return crawl(SOURCE, listings, polite.read, clock.now, links=of_listed)
