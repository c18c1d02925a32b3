"""Requested ← ForecastRequested: an arm's answer to a user's question, which is no part of the record."""

from datetime import datetime

from nunchi import clock
from nunchi.events import ForecastRequested
from nunchi.queues import Write, consumer
from nunchi.requested import work


@consumer(ForecastRequested)
def handler(message: ForecastRequested, now: datetime) -> Write:
    return work.work(message, now=now, clock=clock.now)
