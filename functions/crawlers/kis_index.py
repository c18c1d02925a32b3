"""KisIndexCrawler: in the evening, the daily bars of the sectors."""

from datetime import datetime
from functools import partial

from nunchi.quotes import service
from nunchi.quotes.rules import SECTORS
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("kis_index")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    return service.dispatched(partial(service.after_close, "sector", SECTORS, now))
