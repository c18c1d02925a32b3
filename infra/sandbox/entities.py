"""What a sample market is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

SEOUL = timezone(timedelta(hours=9), "KST")  # Seoul's clock is UTC+9 all year


@dataclass(frozen=True)
class Company:
    """A fictional listed company; `market` is KOSPI or KOSDAQ."""

    code: str
    name: str
    market: str


@dataclass(frozen=True)
class Bar:
    """One session of one stock, in whole won on the tick and in shares."""

    session: date
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


@dataclass(frozen=True)
class IndexBar:
    """One session of an index, in points with two decimals."""

    session: date
    open: float
    high: float
    low: float
    close: float


@dataclass(frozen=True)
class Article:
    """One page. `published_at` is aware, in Seoul's time; the story's first article is no reprint."""

    no: int
    published_at: datetime
    title: str
    paragraphs: tuple[str, ...]
    author: str
    story: int
    reprint: bool


@dataclass(frozen=True)
class Story:
    """The truth behind a story. `session` is the day on which it was published first.

    `effect` is what the stock's mean return gains over the first session after the entry, in units of the stock's
    daily idiosyncratic volatility; over j sessions (1 to 5) it is sqrt(j) times that, and 0 in a null market.
    """

    number: int
    code: str
    kind: str
    session: date
    effect: float


@dataclass(frozen=True)
class Market:
    """A sample market. Bars and articles are in the order of time; indices are keyed as KIS does (0001, 1001)."""

    seed: int
    companies: tuple[Company, ...]
    sessions: tuple[date, ...]
    live: tuple[date, ...]
    bars: Mapping[str, tuple[Bar, ...]]
    index_bars: Mapping[str, tuple[IndexBar, ...]]
    stories: tuple[Story, ...]
    articles: tuple[Article, ...]
