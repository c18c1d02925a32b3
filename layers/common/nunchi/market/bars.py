"""What makes a bar doubtful, and how minutes make a day. Pure; prices in won as traded, volumes in shares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from nunchi.market import ticks
from nunchi.market.calendar import Calendar, Session
from nunchi.market.ticks import Limits
from nunchi.seoul import seoul_date

MINUTE = timedelta(minutes=1)
CLOSING_AUCTION = timedelta(minutes=10)  # before the close nothing is traded, then all at one price


class Bar(Protocol):
    """Any bar of a stock: of a minute or of a day."""

    @property
    def open_won(self) -> int: ...
    @property
    def high_won(self) -> int: ...
    @property
    def low_won(self) -> int: ...
    @property
    def close_won(self) -> int: ...
    @property
    def volume_shares(self) -> int: ...


class Minute(Bar, Protocol):
    """A bar of the minute that begins at `at` (aware)."""

    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Span:
    """Bars of some time put together; a `Bar` itself."""

    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


class Reason(StrEnum):
    """Why a bar is doubtful."""

    NOT_POSITIVE = "not_positive"
    HIGH_BELOW_LOW = "high_below_low"
    OPEN_OUTSIDE = "open_outside"  # of its low and high
    CLOSE_OUTSIDE = "close_outside"  # of its low and high
    NEGATIVE_VOLUME = "negative_volume"
    CLOSED_DAY = "closed_day"
    OUTSIDE_LIMITS = "outside_limits"  # of that day, as the upstream gives them
    FAR_FROM_BASE = "far_from_base"  # beyond ±30 %, where that day's limits are not known

    @property
    def only_flags(self) -> bool:
        """Whether the bar is good for all that: first days of a listing, liquidation trading and rights resets."""
        return self is Reason.FAR_FROM_BASE


def checked(
    bar: Bar, session: Session | None, *, limits: Limits | None = None, base_won: int | None = None
) -> tuple[Reason, ...]:
    """Why a bar is doubtful, in the order of `Reason`; empty for a good one.

    `session` is the calendar's for the bar's day (`calendar.on(day)`): None puts the bar in quarantine. Ask
    `calendar.covers(day)` first, a day beyond the calendar's ends is not a closed one. `limits` are that day's own
    as the upstream gives them. Without them a price beyond ±30 % of `base_won` (the base price, or else the
    previous close) is only flagged, and without that nothing is said of how far a price may go.
    """
    found = set(contradictions(bar.open_won, bar.high_won, bar.low_won, bar.close_won, bar.volume_shares))
    if session is None:
        found.add(Reason.CLOSED_DAY)
    if limits is not None:
        found |= {Reason.OUTSIDE_LIMITS} if _beyond(bar, limits) else set()
    elif base_won is not None and base_won > 0 and _beyond(bar, ticks.limits_of(base_won)):
        found.add(Reason.FAR_FROM_BASE)
    return tuple(reason for reason in Reason if reason in found)


def contradictions(
    open_: float, high: float, low: float, close: float, volume: int = 0
) -> tuple[Reason, ...]:
    """Where the five numbers of a bar contradict each other: for an index in points as well as for a stock in won."""
    wrong = {
        Reason.NOT_POSITIVE: min(open_, high, low, close) <= 0,
        Reason.HIGH_BELOW_LOW: high < low,
        Reason.OPEN_OUTSIDE: not low <= open_ <= high,
        Reason.CLOSE_OUTSIDE: not low <= close <= high,
        Reason.NEGATIVE_VOLUME: volume < 0,
    }
    return tuple(reason for reason, holds in wrong.items() if holds)


def is_quarantined(reasons: Iterable[Reason]) -> bool:
    """Whether a bar with these reasons must not be stored as good."""
    return not all(reason.only_flags for reason in reasons)


def _beyond(bar: Bar, limits: Limits) -> bool:
    prices = (bar.open_won, bar.high_won, bar.low_won, bar.close_won)
    return min(prices) not in limits or max(prices) not in limits


def joined(bars: Sequence[Bar]) -> Span:
    """Bars in the order of their time (at least one) as one: first open, highest, lowest, last close, all volume.

    Bars without volume repeat the last price and tell of no trade, so they only count where no bar has any. Joining
    may be done in steps: `joined([joined(first_part), joined(rest)]) == joined(bars)`.
    """
    traded = [bar for bar in bars if bar.volume_shares > 0] or bars
    return Span(
        open_won=traded[0].open_won,
        high_won=max(bar.high_won for bar in traded),
        low_won=min(bar.low_won for bar in traded),
        close_won=traded[-1].close_won,
        volume_shares=sum(bar.volume_shares for bar in traded),
    )


def resample(minutes: Iterable[Minute], calendar: Calendar) -> dict[date, Span]:
    """Each session's daily bar from one stock's minutes, in any order; of two of the same minute the later counts.

    Only minutes of the regular session count, with the one in which the closing auction ends; so open, high, low and
    close are the exchange's own, while its volume has the trades off hours on top.
    """
    by_time = {minute.at: minute for minute in minutes}
    within = [by_time[at] for at in sorted(by_time) if _in_session(at, calendar)]
    by_day = groupby(within, key=lambda minute: seoul_date(minute.at))
    return {day: joined(list(of_day)) for day, of_day in by_day}


def _in_session(at: datetime, calendar: Calendar) -> bool:
    session = calendar.on(seoul_date(at))
    return session is not None and session.opens_at <= at <= session.closes_at


def minutes_of(session: Session) -> tuple[datetime, ...]:
    """The minutes of a session that have trades, by their beginning: all up to the closing auction, and its end."""
    count = (session.closes_at - CLOSING_AUCTION - session.opens_at) // MINUTE
    return (*(session.opens_at + MINUTE * place for place in range(count)), session.closes_at)


def gaps(
    minutes: Iterable[Minute], session: Session, *, until: datetime | None = None
) -> tuple[datetime, ...]:
    """The minutes of a session, complete by the aware `until`, that no bar covers; any bar of the auction covers it.

    A minute without a trade has no bar, so for a thinly traded stock a gap needs not be a loss.
    """
    have = {_slot(minute.at, session) for minute in minutes}
    return tuple(
        at for at in minutes_of(session) if at not in have and (until is None or at + MINUTE <= until)
    )


def _slot(at: datetime, session: Session) -> datetime:
    in_auction = session.closes_at - CLOSING_AUCTION <= at <= session.closes_at
    return session.closes_at if in_auction else at
