"""What a forecast is measured against: entry, exit, market-adjusted return, flat band, class. All pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from math import fsum, sqrt

from nunchi.market.calendar import Calendar
from nunchi.market.calendar import Entry as Entry
from nunchi.market.calendar import EntryKind as EntryKind

FORECAST_HORIZONS = (1, 3, 5)  # sessions
REACTION_HORIZONS = (1, 2, 3, 5, 10, 20)  # sessions
SIGMA_SESSIONS = 20
FLAT_BAND_SIGMAS = 0.5
FLAT_BAND_MIN_RATIO = 0.005
DAY_SHARE_AT_OPEN = 0.6  # of a day's variance, between the open and the close


class Outcome(IntEnum):
    """The class of a market-adjusted return, in order."""

    DOWN = 0
    FLAT = 1
    UP = 2


@dataclass(frozen=True, slots=True)
class Prices:
    """A session's first and last price: won for a stock, points for an index."""

    session: date
    open: float
    close: float

    def at(self, kind: EntryKind) -> float:
        return self.open if kind == "open" else self.close


@dataclass(frozen=True, slots=True)
class Move:
    """A return from entry to exit, as ratios: the stock's own, and that minus its index's."""

    stock: float
    adjusted: float


def entry_after(moment: datetime, calendar: Calendar) -> Entry:
    """The first price after an aware `moment`: see `Calendar.entry_of`."""
    return calendar.entry_of(moment)


def reacted_before(as_of: datetime, calendar: Calendar) -> datetime:
    """Only of a story known before this moment can a reaction be complete at `as_of`. Raises `OutsideCalendar`.

    A reaction over one session ends at the latest close; it entered a session before that, before that one's close.
    """
    return calendar.after(calendar.last_closed(as_of).day, -min(FORECAST_HORIZONS)).closes_at


def kind_share(kind: EntryKind) -> float:
    """The share of a day's variance that is left at an entry: 0.6 at the open, none at the close."""
    return DAY_SHARE_AT_OPEN if kind == "open" else 0.0


def flat_band(sigma20: float, horizon: int, share: float) -> float:
    """Half the width of the flat class as a ratio: ±0.5 · σ20 · sqrt(h + w), at least ±0.5 %."""
    return max(FLAT_BAND_MIN_RATIO, FLAT_BAND_SIGMAS * sigma20 * sqrt(horizon + share))


def classify(adjusted: float, band: float) -> Outcome:
    """The class of a market-adjusted return; the band's edges are flat."""
    if adjusted < -band:
        return Outcome.DOWN
    return Outcome.UP if adjusted > band else Outcome.FLAT


def move(kind: EntryKind, stock: tuple[Prices, Prices], index: tuple[Prices, Prices]) -> Move:
    """The return from `kind` of the first session to the close of the second, stock and market-adjusted."""
    own = stock[1].close / stock[0].at(kind) - 1
    return Move(stock=own, adjusted=own - (index[1].close / index[0].at(kind) - 1))


def adjusted_daily_returns(stock: Sequence[Prices], index: Sequence[Prices]) -> list[float]:
    """Close-to-close returns of the stock minus its index's, for two series over the same sessions."""
    return [
        now.close / before.close - index_now.close / index_before.close
        for before, now, index_before, index_now in zip(stock, stock[1:], index, index[1:], strict=False)
    ]


def sigma20(returns: Sequence[float]) -> float | None:
    """The sample standard deviation of the last 20 daily market-adjusted returns; None with fewer."""
    recent = returns[-SIGMA_SESSIONS:]
    if len(recent) < SIGMA_SESSIONS:
        return None
    mean = fsum(recent) / SIGMA_SESSIONS
    return sqrt(fsum((value - mean) ** 2 for value in recent) / (SIGMA_SESSIONS - 1))


def aligned(stock: Sequence[Prices], index: Sequence[Prices]) -> tuple[list[Prices], list[Prices]]:
    """Both series over the sessions that both have, oldest first."""
    by_day = {prices.session: prices for prices in index}
    shared = [prices for prices in stock if prices.session in by_day]
    return shared, [by_day[prices.session] for prices in shared]
