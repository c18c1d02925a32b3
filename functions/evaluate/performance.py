"""Performance: the day's record of every arm."""

from datetime import datetime

from nunchi import database
from nunchi.evaluate.performance import perform
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    with database.session() as session:
        return {"records": perform(session, now=now)}
