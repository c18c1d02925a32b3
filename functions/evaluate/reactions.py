"""Reactions: what the market did after each story, and how often each class comes anyway."""

from datetime import datetime

from nunchi import database
from nunchi.evaluate import reactions
from nunchi.market import known
from nunchi.schedules import Counts, pauses, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    with database.long_session() as session:
        pause = pauses(session, now)
        stored = reactions.react(session, known.calendar(session), now=now, pause=pause)
        pause()
        counted = reactions.count_base_rates(session, now=now, pause=pause)
    return {"reactions": stored, "base_rates": counted}
