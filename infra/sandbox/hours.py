"""When KRX trades on the days of a sample market, in Seoul's time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from infra.sandbox.entities import SEOUL

# days of the college entrance exam: everything is an hour later
EXAMS = frozenset(
    date(*day)
    for day in (
        (2021, 11, 18),
        (2022, 11, 17),
        (2023, 11, 16),
        (2024, 11, 14),
        (2025, 11, 13),
        (2026, 11, 19),
    )
)
OPEN, CLOSE = time(9), time(15, 30)
HOUR = timedelta(hours=1)
AUCTION = timedelta(minutes=10)  # before the close orders are collected, then all trade at one price
EVENING_AFTER = timedelta(minutes=30)  # from the close to the trading after hours
AFTER_MARKET_SINCE = date(2026, 9, 14)  # four hours in place of two
NEW_YEAR_UNTIL = 4  # January: the latest day on which a year's first session can be


@dataclass(frozen=True)
class Hours:
    """The times of one session (aware): `auction_at` ends continuous trading, `evening_at` begins that after hours."""

    opens_at: datetime
    auction_at: datetime
    closes_at: datetime
    evening_at: datetime
    evening_ends_at: datetime


def of(day: date, *, is_first_of_year: bool = False) -> Hours:
    """A session's hours."""
    is_exam = day in EXAMS
    opens_at = datetime.combine(day, OPEN, tzinfo=SEOUL) + HOUR * (is_exam or is_first_of_year)
    closes_at = datetime.combine(day, CLOSE, tzinfo=SEOUL) + HOUR * is_exam
    evening_at = closes_at + EVENING_AFTER
    return Hours(
        opens_at=opens_at,
        auction_at=closes_at - AUCTION,
        closes_at=closes_at,
        evening_at=evening_at,
        evening_ends_at=evening_at + HOUR * (4 if day >= AFTER_MARKET_SINCE else 2),
    )


def of_sessions(sessions: Sequence[date]) -> tuple[Hours, ...]:
    """The hours of sessions in the order of time."""
    return tuple(
        of(day, is_first_of_year=_is_first_of_year(sessions, place)) for place, day in enumerate(sessions)
    )


def _is_first_of_year(sessions: Sequence[date], place: int) -> bool:
    day = sessions[place]
    is_early = day.month == 1 and day.day <= NEW_YEAR_UNTIL
    return is_early and (place == 0 or sessions[place - 1].year < day.year)
