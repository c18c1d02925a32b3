"""Relay: each minute, sends again what is still open past its deadline."""

from datetime import datetime

from nunchi import outbox
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    return outbox.relay(now=now)
