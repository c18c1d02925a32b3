"""Bars of longer spans: weeks and months of sessions, and some minutes of one session. Pure; won and shares."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Literal, cast

from nunchi.market.adjustments import AdjustedBar
from nunchi.market.bars import Bar, Minute, Span, joined
from nunchi.market.calendar import Session

Interval = Literal["day", "week", "month"]
PRICES = ("open_won", "high_won", "low_won", "close_won")
DIGITS = 4  # of a won, where a price is adjusted

_KEYS: dict[Interval, Callable[[date], object]] = {
    "day": lambda day: day,
    "week": lambda day: day.isocalendar()[:2],
    "month": lambda day: (day.year, day.month),
}


@dataclass(frozen=True, slots=True)
class Traded:
    """A session's bar as traded."""

    session: date
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


@dataclass(frozen=True, slots=True)
class Candle:
    """The bar of some sessions; prices on another day's footing are no whole won."""

    first_session: date
    last_session: date
    sessions: int
    open_won: float
    high_won: float
    low_won: float
    close_won: float
    volume_shares: int


def candles(bars: Iterable[AdjustedBar], interval: Interval) -> list[Candle]:
    """Sessions' bars, oldest first, put together by calendar week (Monday to Sunday) or month, as `joined` does."""
    key = _KEYS[interval]
    return [_candle(list(some)) for _, some in groupby(bars, key=lambda bar: key(bar.session))]


def _candle(bars: Sequence[AdjustedBar]) -> Candle:
    whole = joined(cast("Sequence[Bar]", bars))  # which compares prices and does not count with them
    prices = {name: round(float(getattr(whole, name)), DIGITS) for name in PRICES}
    return Candle(bars[0].session, bars[-1].session, len(bars), volume_shares=whole.volume_shares, **prices)


def of_minutes(minutes: Iterable[Minute], session: Session, length: timedelta) -> list[tuple[datetime, Span]]:
    """A session's minutes, oldest first, put together from its opening on; each with its beginning, in UTC.

    Minutes outside the session are left out. The closing auction ends in the minute that begins at the close, so it
    has a span of its own where the length divides the session.
    """
    within = [one for one in minutes if session.opens_at <= one.at <= session.closes_at]
    spans = groupby(within, key=lambda one: (one.at - session.opens_at) // length)
    opens_at = session.opens_at.astimezone(UTC)
    return [(opens_at + place * length, joined(list(some))) for place, some in spans]
