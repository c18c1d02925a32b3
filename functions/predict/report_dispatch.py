"""ReportDispatch: three times a session, a message for each stock and arm that reports."""

from datetime import datetime

from nunchi import outbox
from nunchi.market import known
from nunchi.report import service
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(now: datetime, scheduled_time: datetime) -> Counts:
    with outbox.transaction() as session:
        calendar = known.calendar(session)
        return {"due": service.dispatch(session, calendar, scheduled_time=scheduled_time, now=now)}
