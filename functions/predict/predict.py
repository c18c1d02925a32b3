"""Predict ← ForecastDue: one arm's forecast of one case."""

from datetime import datetime

from nunchi import clock
from nunchi.events import ForecastDue
from nunchi.predict import service
from nunchi.queues import Write, consumer


@consumer(ForecastDue)
def handler(message: ForecastDue, now: datetime) -> Write:
    return service.work(message, now=now, clock=clock.now)
