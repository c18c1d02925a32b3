"""How long an answer holds, how long a question is worth an answer, and when a quota is whole again. Pure."""

from datetime import datetime, timedelta

from nunchi.market.calendar import Calendar
from nunchi.market.rules import entry_after
from nunchi.seoul import midnight, seoul_date

FRESH = timedelta(minutes=30)  # while the market trades; else until it trades again
PATIENCE = timedelta(minutes=30)  # with a question; an answer that comes later is none
DAY = timedelta(days=1)


def is_fresh(as_of: datetime, calendar: Calendar, *, now: datetime) -> bool:
    """Whether what was said as of a moment still holds: it is new, or no price was made since but outside a session."""
    if now - as_of < FRESH:
        return True
    entry = entry_after(now, calendar)
    return entry.kind == "open" and entry == entry_after(as_of, calendar)


def is_worth_an_answer(as_of: datetime, *, now: datetime) -> bool:
    """Whether somebody may still wait for the answer to a question of `as_of`."""
    return now - as_of < PATIENCE


def whole_again_s(now: datetime) -> int:
    """Seconds until the next day begins in Seoul, at least 1: when a daily quota is whole again."""
    left = midnight(seoul_date(now) + DAY) - now
    return max(1, round(left.total_seconds()))
