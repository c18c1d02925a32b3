"""Seal: each minute, fixes the forecasts made before it."""

from datetime import datetime

from nunchi.adapters import archive
from nunchi.ledger.service import seal
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    return seal(archive.put, now=now)
