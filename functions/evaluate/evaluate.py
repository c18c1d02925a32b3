"""Evaluate: scores every sealed forecast whose horizon is complete and whose bars are stored."""

from datetime import datetime

from nunchi import database
from nunchi.evaluate.service import evaluate
from nunchi.market import known
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    with database.session() as session:
        return evaluate(session, known.calendar(session), now=now)
