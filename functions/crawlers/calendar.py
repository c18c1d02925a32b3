"""CalendarCrawler: each morning, on which days the exchange is open, as the broker has it."""

from datetime import datetime

from nunchi.adapters import kis
from nunchi.quotes import service
from nunchi.runs.service import crawler
from nunchi.schedules import OFF, Counts


@crawler("calendar")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    if not kis.has_login():
        return OFF
    return service.ask_calendar(kis.get_client(), now=now)
