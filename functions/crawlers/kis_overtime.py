"""KisOvertimeCrawler: after the after-market, what each stock did there."""

from datetime import datetime
from functools import partial

from nunchi.quotes import service
from nunchi.runs.service import crawler
from nunchi.schedules import Counts


@crawler("kis_overtime")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    return service.dispatched(partial(service.after_close, "overtime", (), now))
