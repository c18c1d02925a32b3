"""What the calls give. Prices are in won as traded unless said otherwise; the units of all else are in the names.

None is what is not there yet, or not for this stock. `raw` is the row as it was sent, for whoever doubts a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any


def _as_sent() -> Any:
    return field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Quote:
    """A stock's price now (the last one, out of session). Open, high and low are None until it has traded.

    `base_won` is what the day's change and limits are counted from: the last close, or less after a right was detached.
    """

    code: str
    price_won: int
    change_won: int
    change_percent: float
    open_won: int | None
    high_won: int | None
    low_won: int | None
    volume_shares: int
    value_won: int
    base_won: int | None
    upper_limit_won: int | None
    lower_limit_won: int | None
    listed_shares: int | None = None  # of `current_price` alone
    raw: Mapping[str, Any] = _as_sent()


@dataclass(frozen=True)
class OrderBook:
    """The best offers (asks) and bids of a stock, best first, at most ten; the shares stand beside the prices.

    `at` is the time in Seoul when the last order came in. The expected price is the auction's; None outside of one.
    """

    code: str
    at: time | None
    ask_won: tuple[int, ...]
    ask_shares: tuple[int, ...]
    bid_won: tuple[int, ...]
    bid_shares: tuple[int, ...]
    total_ask_shares: int | None
    total_bid_shares: int | None
    expected_won: int | None
    expected_shares: int | None


@dataclass(frozen=True)
class DailyBar:
    """A session of a stock. All zero but for the close where nothing was traded, which `has_traded` tells.

    `base_won` is the close less the change that KIS gives; the limits are known of the newest session alone.
    """

    session: date
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int
    value_won: int | None = None
    base_won: int | None = None
    upper_limit_won: int | None = None
    lower_limit_won: int | None = None
    raw: Mapping[str, Any] = _as_sent()

    @property
    def has_traded(self) -> bool:
        """Whether the stock was traded in the session: a halted one has neither prices nor volume."""
        return any((self.open_won, self.high_won, self.low_won, self.volume_shares))


@dataclass(frozen=True)
class MinuteBar:
    """A minute of a stock; `at` is its beginning, in Seoul."""

    at: datetime
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int
    raw: Mapping[str, Any] = _as_sent()


@dataclass(frozen=True)
class InvestorFlow:
    """What each kind of investor bought on balance in a session; negative where sold."""

    session: date
    individual_shares: int
    foreign_shares: int
    institution_shares: int
    individual_krw_millions: int
    foreign_krw_millions: int
    institution_krw_millions: int


@dataclass(frozen=True)
class OvertimeQuote:
    """A stock's price after the close. The price is None until something was traded there."""

    price_won: int | None
    change_won: int
    change_percent: float
    open_won: int | None
    high_won: int | None
    low_won: int | None
    volume_shares: int
    value_won: int
    base_won: int | None
    upper_limit_won: int | None
    lower_limit_won: int | None
    bid_won: int | None
    ask_won: int | None


@dataclass(frozen=True)
class OvertimeDay:
    """A stock after the close of a session. `close_won` is None where nothing was traded there."""

    session: date
    close_won: int | None
    volume_shares: int
    value_won: int
    regular_close_won: int
    regular_volume_shares: int


@dataclass(frozen=True)
class IndexQuote:
    """An index now. Volume and value are of its whole market; open, high and low are None until it has opened."""

    code: str
    level_points: float
    change_points: float
    change_percent: float
    open_points: float | None
    high_points: float | None
    low_points: float | None
    volume_thousand_shares: int
    value_krw_millions: int


@dataclass(frozen=True)
class IndexBar:
    """A session of an index."""

    session: date
    open_points: float
    high_points: float
    low_points: float
    close_points: float
    volume_thousand_shares: int | None = None
    value_krw_millions: int | None = None
    raw: Mapping[str, Any] = _as_sent()


@dataclass(frozen=True)
class Product:
    """What a listed security is. `market` is KIS's code: STK for KOSPI, KSQ for KOSDAQ, KNX for KONEX.

    `par_won` is None where the par value is in no whole won, as that of foreign companies.
    """

    code: str
    isin: str
    name: str
    english_name: str
    market: str
    sector: str
    listed_shares: int
    par_won: int | None
    listed_on: date | None
    delisted_on: date | None
    is_halted: bool
    is_administrative: bool


@dataclass(frozen=True)
class FinancialRatio:
    """A company's ratios of the year or the quarters of a year that end with the month that begins on `period`.

    Growth is over the same time of the year before; what is per share is in won.
    """

    period: date
    quarterly: bool
    sales_growth_percent: float | None
    operating_profit_growth_percent: float | None
    net_income_growth_percent: float | None
    roe_percent: float | None
    eps_won: float | None
    sps_won: float | None
    bps_won: float | None
    reserve_ratio_percent: float | None
    debt_ratio_percent: float | None


@dataclass(frozen=True)
class Mover:
    """A stock's place in the ranking by the day's change."""

    rank: int
    code: str
    name: str
    price_won: int
    change_won: int
    change_percent: float
    volume_shares: int


@dataclass(frozen=True)
class CalendarDay:
    """A day, and whether the exchange is open on it."""

    day: date
    is_open: bool
