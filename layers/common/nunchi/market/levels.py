"""An index's level within a session, from the levels that were asked for. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nunchi.market.calendar import Session as TradingDay
from nunchi.market.rules import Prices

STALE_LEVEL = timedelta(minutes=15)  # index levels are asked for every five minutes


@dataclass(frozen=True, slots=True)
class Level:
    """An index's level in points at an aware moment."""

    at: datetime
    points: float


def level_at(levels: Sequence[Level], at: datetime, hours: TradingDay, index: Prices) -> tuple[float, bool]:
    """An index's level in session, on the line between the levels around it, and whether one of them is near.

    The session's open and close stand at its ends.
    """
    first = bisect_right(levels, hours.opens_at, key=lambda level: level.at)
    end = bisect_left(levels, hours.closes_at, key=lambda level: level.at)
    known = [
        Level(hours.opens_at, index.open),
        *levels[first:end],
        Level(hours.closes_at, index.close),
    ]
    place = min(max(1, bisect_right(known, at, key=lambda level: level.at)), len(known) - 1)
    before, after = known[place - 1], known[place]
    part = (at - before.at) / (after.at - before.at)
    is_near = min(at - before.at, after.at - at) <= STALE_LEVEL
    return before.points + part * (after.points - before.points), is_near
