"""KisDailyCrawler enqueues a fetch for each stock and index that lacks today's bar; KisDailyWorker fetches."""

from datetime import datetime

from nunchi import database, outbox
from nunchi.adapters import kis
from nunchi.events import DailyBarsDue
from nunchi.market import known, service
from nunchi.queues import Write, consumer
from nunchi.runs.service import crawler
from nunchi.schedules import OFF, Counts


@crawler("kis_daily")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    if not kis.has_login():
        return OFF  # nothing is enqueued that nobody could fetch
    with outbox.transaction() as session:
        return {"due": service.dispatch_daily(session, known.calendar(session), now=now)}


@consumer(DailyBarsDue)
def work(message: DailyBarsDue, now: datetime) -> Write:
    with database.session() as session:
        calendar = known.calendar(session)
    return service.fetch_daily(message, kis.get_client(), calendar, now=now)
