"""Seal: each minute, fixes the forecasts made before it."""

from datetime import datetime

from nunchi import clock
from nunchi.adapters import archive
from nunchi.ledger.service import seal
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(_now: datetime, _scheduled_time: datetime) -> Counts:
    return seal(archive.put, clock.now)
