"""What a position did: where it opens after a moment, where it ends, and what is to be known of both. Pure.

A position opens at the first price after a moment and ends at the close of a later session (design, section 5). Prices
are won as traded, index levels are points; a return over a split or a right is taken on one footing.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from nunchi.market import ticks
from nunchi.market.calendar import Calendar
from nunchi.market.calendar import Session as TradingDay
from nunchi.market.levels import Level, level_at
from nunchi.market.paired import Paired
from nunchi.market.rules import DAY_SHARE_AT_OPEN, Prices

TradeKind = Literal["open", "minute", "close"]
MINUTE = timedelta(minutes=1)


class Flag(StrEnum):
    """What is to be known of a return beside its size."""

    SUSPENDED_AT_ENTRY = "suspended_at_entry"  # opened at the first trade after
    SUSPENDED_AT_EXIT = "suspended_at_exit"  # ended in the next session with a trade
    DELISTED = "delisted"  # ended at its last price
    LIMIT_AT_ENTRY = "limit_at_entry"  # the price was the highest or the lowest that the day allowed
    LIMIT_AT_EXIT = "limit_at_exit"
    ADJUSTED = "adjusted"  # a split or a right lies between entry and exit
    INDEX_ESTIMATED = "index_estimated"  # no level of the index is stored near the entry
    SHORT_HISTORY = "short_history"  # too few sessions before the entry for σ20, and so no band and no class


class Reason(StrEnum):
    """Why there is no return yet."""

    NO_BAR = "no_bar"  # the stock is suspended, or its bar has not come
    NO_INDEX = "no_index"
    BEYOND_CALENDAR = "beyond_calendar"
    NEVER_TRADED = "never_traded"  # delisted without a trade after the moment: there is no price to enter at


@dataclass(frozen=True, slots=True)
class Tick:
    """A minute with trades, by its beginning (aware): its first and last price in won."""

    at: datetime
    open_won: int
    close_won: int


@dataclass(frozen=True)
class Tape:
    """A stock's prices as they are known: daily ones beside its index's, minutes and levels where stored, by time."""

    pair: Paired
    ticks: Sequence[Tick] = ()
    levels: Sequence[Level] = ()
    delisted_on: date | None = None  # the first day without it


@dataclass(frozen=True, slots=True)
class Wait:
    """There is no return yet, and why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry: `planned` is the session in which it should have been, `share` what is left of the day's variance."""

    planned: date
    session: date
    kind: TradeKind
    at: datetime
    price_won: float
    index_points: float
    share: float
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Trade:
    """An entry with its exit at a session's close, and the return between them as ratios."""

    opened: Opened
    exit_session: date
    exit_won: float
    stock: float
    adjusted: float  # minus the index's over the same span
    flags: tuple[Flag, ...] = field(default=())


def measure(tape: Tape, moment: datetime, horizon: int, calendar: Calendar, *, today: date) -> Trade | Wait:
    """What a position did that opens after an aware `moment` and is held for `horizon` (at least 1) sessions.

    `today` says which delistings have happened. Raises `OutsideCalendar` for a moment past the calendar's end.
    """
    opened = open_after(tape, moment, calendar, today=today)
    return opened if isinstance(opened, Wait) else close_after(tape, opened, horizon, calendar, today=today)


def open_after(tape: Tape, moment: datetime, calendar: Calendar, *, today: date) -> Opened | Wait:
    """The first price after an aware `moment`.

    In session the next minute's first price, and where no minute is stored after it the session's close; otherwise the
    next opening price. A stock that did not trade in that session is entered at its next opening.
    """
    planned = calendar.entry_of(moment)
    session = tape.pair.traded_from(planned.session)
    if session is None:
        return Wait(Reason.NEVER_TRADED if _is_gone(tape, today) else Reason.NO_BAR)
    index, own = tape.pair.index(session), tape.pair.own(session)
    if index is None or own is None:
        return Wait(Reason.NO_INDEX)
    hours = calendar.after(session, 0)
    if session > planned.session or planned.kind == "open":
        late = (Flag.SUSPENDED_AT_ENTRY,) if session > planned.session else ()
        price = _Price("open", hours.opens_at, own.open, index.open, late)
    else:
        price = _in_session(tape, moment, hours, own, index)
    limit = (Flag.LIMIT_AT_ENTRY,) if _at_limit(tape.pair, session, price.won) else ()
    return Opened(
        planned=planned.session,
        session=session,
        kind=price.kind,
        at=price.at,
        price_won=price.won,
        index_points=price.points,
        share=day_share(price.at, hours),
        flags=(*price.flags, *limit),
    )


@dataclass(frozen=True, slots=True)
class _Price:
    kind: TradeKind
    at: datetime
    won: float
    points: float
    flags: tuple[Flag, ...]


def _in_session(tape: Tape, moment: datetime, hours: TradingDay, own: Prices, index: Prices) -> _Price:
    place = bisect_right(tape.ticks, moment, key=lambda tick: tick.at)
    tick = tape.ticks[place] if place < len(tape.ticks) else None
    # what begins with the close is the closing auction: its price is the session's close
    if tick is None or tick.at >= hours.closes_at:
        return _Price("close", hours.closes_at, own.close, index.close, ())
    points, is_near = level_at(tape.levels, tick.at, hours, index)
    return _Price("minute", tick.at, tick.open_won, points, () if is_near else (Flag.INDEX_ESTIMATED,))


def close_after(tape: Tape, opened: Opened, horizon: int, calendar: Calendar, *, today: date) -> Trade | Wait:
    """The position ended at the close of the `horizon`-th session after its entry's.

    A stock that did not trade there ends in its next session with a trade, a delisted one at its last price.
    """
    due = calendar.day_after(opened.session, horizon)
    if due is None:
        return Wait(Reason.BEYOND_CALENDAR)
    session, flags = _exit(tape, due, today)
    if session is None:
        return Wait(Reason.NO_BAR)
    index, own = tape.pair.index(session), tape.pair.own(session)
    if index is None or own is None:
        return Wait(Reason.NO_INDEX)
    ratio = tape.pair.ratio_of(opened.session, session)
    stock = own.close / (opened.price_won * ratio) - 1
    found = {*opened.flags, *flags}
    found |= {Flag.ADJUSTED} if ratio != 1 else set()
    found |= {Flag.LIMIT_AT_EXIT} if _at_limit(tape.pair, session, own.close) else set()
    return Trade(
        opened=opened,
        exit_session=session,
        exit_won=own.close,
        stock=stock,
        adjusted=stock - (index.close / opened.index_points - 1),
        flags=tuple(flag for flag in Flag if flag in found) if found else (),
    )


def _exit(tape: Tape, due: date, today: date) -> tuple[date | None, tuple[Flag, ...]]:
    session = tape.pair.traded_from(due)
    if session is None and _is_gone(tape, today):
        return tape.pair.traded_until(due), (Flag.DELISTED,)
    return session, (Flag.SUSPENDED_AT_EXIT,) if session and session > due else ()


def _is_gone(tape: Tape, today: date) -> bool:
    return tape.delisted_on is not None and tape.delisted_on <= today


_limits_of = lru_cache(4096)(ticks.limits_of)


def _at_limit(pair: Paired, session: date, price_won: float) -> bool:
    """Whether a price is the day's limit, counted from the last close on the session's footing."""
    before = pair.traded_until(session - timedelta(days=1))
    last = pair.own(before) if before else None
    if before is None or last is None:
        return False
    limits = _limits_of(max(1, int(last.close * pair.ratio_of(before, session))))
    return price_won <= limits.lower_won or price_won >= limits.upper_won


def day_share(at: datetime, hours: TradingDay) -> float:
    """The share of a day's variance from `at` to its close: 0.6 at the open, falling linearly to 0 at the close."""
    left = (hours.closes_at - at) / (hours.closes_at - hours.opens_at)
    return DAY_SHARE_AT_OPEN * min(1.0, max(0.0, left))


def moved_until(tape: Tape, opened: Opened, since: datetime, calendar: Calendar) -> float | None:
    """The market-adjusted return from the last price at an aware `since` to the entry; None where none is stored.

    The last price is that of the minute before where minutes are stored, otherwise of the session's opening, or of the
    close before it.
    """
    seen = _seen(tape, since, calendar)
    if seen is None:
        return None
    session, won, points = seen
    own = opened.price_won / (won * tape.pair.ratio_of(session, opened.session)) - 1
    return own - (opened.index_points / points - 1)


def _seen(tape: Tape, since: datetime, calendar: Calendar) -> tuple[date, float, float] | None:
    """The session, price and index level that stood at a moment."""
    current = calendar.session_of(since)
    own = tape.pair.own(current.day) if current else None
    index = tape.pair.index(current.day) if current else None
    if current and own and index:
        place = bisect_right(tape.ticks, since - MINUTE, key=lambda tick: tick.at)
        tick = tape.ticks[place - 1] if place else None
        if tick and tick.at >= current.opens_at:
            return current.day, tick.close_won, level_at(tape.levels, since, current, index)[0]
        return current.day, own.open, index.open
    latest = calendar.last_opened(since)
    if latest is None:
        return None
    day = tape.pair.traded_until(latest.day - timedelta(days=1) if current else latest.day)
    own, index = (tape.pair.own(day), tape.pair.index(day)) if day else (None, None)
    return (day, own.close, index.close) if day and own and index else None
