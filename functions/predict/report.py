"""Report ← ReportDue: one arm's report on one stock."""

from datetime import datetime

from nunchi import clock
from nunchi.events import ReportDue
from nunchi.queues import Write, consumer
from nunchi.report import service


@consumer(ReportDue)
def handler(message: ReportDue, now: datetime) -> Write:
    return service.work(message, now=now, clock=clock.now)
