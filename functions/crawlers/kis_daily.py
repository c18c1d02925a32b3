"""KisDailyCrawler enqueues a fetch for each stock and index that lacks today's bar; KisDailyWorker fetches."""

from datetime import datetime

from nunchi import outbox
from nunchi.adapters import kis
from nunchi.events import DailyBarsDue
from nunchi.market import service
from nunchi.market.calendar import xkrx
from nunchi.queues import Write, consumer
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    if not kis.has_login():
        return {"due": 0}  # switched off: nothing is enqueued that nobody could fetch
    with outbox.transaction() as session:
        return {"due": service.dispatch_daily(session, xkrx(), now=now)}


@consumer(DailyBarsDue)
def work(message: DailyBarsDue, now: datetime) -> Write:
    return service.fetch_daily(message, kis.bars, xkrx(), now=now)
