"""NaverCrawler: every ten minutes, Naver's lists of news (the market's and the chief stocks' own) and the articles."""

from datetime import datetime

from nunchi import clock, database
from nunchi.adapters import polite
from nunchi.crawl.service import crawl_site
from nunchi.crawl.sources.naver import SOURCE, stock_listing
from nunchi.market import repository as market
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("naver")
def handler(_now: datetime, _scheduled_time: datetime) -> Counts:
    with database.session() as session:
        first = [stock.code for stock in market.active_stocks(session) if stock.priority == 1]
    listings = [*SOURCE.listings, *map(stock_listing, first)]
    return crawl_site(SOURCE, listings, polite, clock.now)
