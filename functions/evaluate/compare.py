"""Compare: the day's look at every experiment, whether one of its arms is better."""

from datetime import datetime

from nunchi import database
from nunchi.schedules import Counts, scheduled
from nunchi.scoreboard.looks import look


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    with database.session() as session:
        return {"looks": look(session, now=now)}
