"""KisProductCrawler: on Sundays, what each stock is, as the exchange describes it."""

from datetime import datetime
from functools import partial

from nunchi.quotes import service
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("kis_product")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    return service.dispatched(partial(service.weekly, "product", now))
