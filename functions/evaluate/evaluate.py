"""Evaluate: scores every sealed forecast whose horizon is complete and whose bars are stored, and grades reports."""

from datetime import datetime

from nunchi import database
from nunchi.evaluate import reports
from nunchi.evaluate.service import evaluate
from nunchi.market import known
from nunchi.schedules import Counts, pauses, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    with database.long_session() as session:
        calendar, pause = known.calendar(session), pauses(session, now)
        scored = evaluate(session, calendar, now=now, pause=pause)
        pause()
        graded = reports.grade(session, calendar, now=now, pause=pause)
    return {**scored, **{f"spans_{name}": count for name, count in graded.items()}}
