"""What a sample market is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from heapq import merge

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
    """One page. `published_at` is aware, in Seoul's time; the story's first article is no reprint.

    `outlet` is where it is read: `maekyung`, `hankyung`, or `naver` for another press's article that Naver carries.
    """

    no: int
    published_at: datetime
    title: str
    paragraphs: tuple[str, ...]
    author: str
    story: int
    reprint: bool
    outlet: str


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
class Disclosure:
    """A filing with DART. `code` is empty for an unlisted firm; DART itself tells only the day of `published_at`.

    `corp_class` is Y (KOSPI), K (KOSDAQ) or E (other).
    """

    receipt_no: str
    published_at: datetime
    corp_code: str
    corp_name: str
    code: str
    corp_class: str
    report: str
    filer: str
    remark: str


@dataclass(frozen=True)
class Post:
    """A post on Reddit in English about the company `code`, with the numbers that it has from the start."""

    id: str
    published_at: datetime
    subreddit: str
    title: str
    text: str
    author: str
    score: int
    comments: int
    code: str


@dataclass(frozen=True)
class Market:
    """A sample market; all in the order of time. Indices are keyed as KIS does (0001, 1001).

    Disclosures, posts and routine articles there are in the live sessions only. They move no price, and no `stories`
    tell of them.
    """

    seed: int
    companies: tuple[Company, ...]
    sessions: tuple[date, ...]
    live: tuple[date, ...]
    bars: Mapping[str, tuple[Bar, ...]]
    index_bars: Mapping[str, tuple[IndexBar, ...]]
    stories: tuple[Story, ...]
    articles: tuple[Article, ...]
    disclosures: tuple[Disclosure, ...]
    posts: tuple[Post, ...]
    routine: tuple[Article, ...] = ()

    @property
    def pages(self) -> tuple[Article, ...]:
        """Every article of the outlets, with the routine ones."""
        return tuple(merge(self.articles, self.routine, key=lambda one: one.published_at))
