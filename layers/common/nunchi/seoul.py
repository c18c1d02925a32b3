"""The market's day: Asia/Seoul, UTC+9 all year."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


def seoul_date(moment: datetime) -> date:
    """The calendar day in Seoul on which an aware `moment` falls."""
    return moment.astimezone(SEOUL).date()


def midnight(day: date) -> datetime:
    """The beginning of a calendar day in Seoul."""
    return datetime.combine(day, time(), SEOUL)
