"""Partitions: each month, makes room for the minute bars of the next three, and forgets old runs of crawlers."""

from datetime import datetime, timedelta

from nunchi import database
from nunchi.quotes import repository
from nunchi.runs import repository as runs
from nunchi.runs.rules import KEPT
from nunchi.schedules import Counts, scheduled
from nunchi.seoul import seoul_date

AHEAD = 3  # months


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    month = seoul_date(now).replace(day=1)
    with database.session() as session:
        for _ in range(AHEAD):
            month = (month + timedelta(days=31)).replace(day=1)
            repository.add_partition(session, month)
        dropped = runs.drop_before(session, now - KEPT)
    return {"partitions": AHEAD, "runs_dropped": dropped}
