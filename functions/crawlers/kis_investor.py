"""KisInvestorCrawler: after the close, who bought and who sold each stock."""

from datetime import datetime
from functools import partial

from nunchi.quotes import service
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("kis_investor")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    return service.dispatched(partial(service.after_close, "investor", (), now))
