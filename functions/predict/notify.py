"""Notify ← ForecastSealed: who is told of a case's forecasts."""

from datetime import datetime

from nunchi.events import ForecastSealed
from nunchi.notify import service
from nunchi.queues import Write, consumer


@consumer(ForecastSealed)
def handler(message: ForecastSealed, now: datetime) -> Write:
    return service.work(message, now=now)
