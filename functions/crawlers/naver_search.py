"""NaverSearchCrawler: every ten minutes, what Naver's search finds about the stocks whose turn it is."""

from datetime import datetime
from functools import partial

from nunchi import clock, database
from nunchi.adapters import naver, polite
from nunchi.crawl.service import crawl
from nunchi.crawl.sources.naver_search import SOURCE
from nunchi.crawl.turns import RESULTS, has_turn
from nunchi.market import repository as market
from nunchi.runs.service import crawler
from nunchi.schedules import OFF, Counts


@crawler("naver_search")
def handler(_now: datetime, scheduled_time: datetime) -> Counts:
    if not (naver.has_login() and polite.has_contact()):
        return OFF
    with database.session() as session:
        stocks = [
            one for one in market.active_stocks(session) if has_turn(one.code, one.priority, scheduled_time)
        ]
        listings = [partial(naver.search, one.name, display=RESULTS[one.priority]) for one in stocks]
    return crawl(SOURCE, listings, polite.read, clock.now)
