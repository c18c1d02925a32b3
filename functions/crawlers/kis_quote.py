"""KisQuoteCrawler: in session, each stock's price, and the order books of those that matter."""

from datetime import datetime
from functools import partial

from nunchi.quotes import service
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("kis_quote")
def handler(now: datetime, scheduled_time: datetime) -> Counts:
    return service.dispatched(partial(service.in_session, ("quote", "order_book"), scheduled_time, now))
