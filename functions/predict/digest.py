"""Digest: every ten minutes, tells what came in quiet hours to those whose have ended."""

from datetime import datetime

from nunchi import outbox
from nunchi.notify import digests
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    with outbox.transaction() as session:
        return {"digests": digests.digest_all(session, now=now)}
