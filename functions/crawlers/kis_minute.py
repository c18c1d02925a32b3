"""KisMinuteCrawler: in session, the minute bars of the stocks whose turn it is, and the indices' levels."""

from datetime import datetime
from functools import partial

from nunchi.quotes import service
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("kis_minute")
def handler(now: datetime, scheduled_time: datetime) -> Counts:
    return service.dispatched(partial(service.in_session, ("minute", "index_level"), scheduled_time, now))
