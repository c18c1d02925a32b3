"""KisFinancialCrawler: on Sundays, each company's financial ratios."""

from datetime import datetime
from functools import partial

from nunchi.quotes import service
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("kis_financial")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    return service.dispatched(partial(service.weekly, "ratio", now))
