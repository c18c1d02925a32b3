"""The sandbox's own time, and what of a sample market has happened by it."""

from bisect import bisect_right
from datetime import datetime, time, timedelta

from infra.sandbox import addresses, hours
from infra.sandbox.entities import SEOUL, Article, Market
from infra.sandbox.shelf import Shelf

KNOWN_AFTER = timedelta(minutes=1)  # from the close: when a session's bars can be asked for
KNOWN_LATE_AFTER = timedelta(minutes=65)  # and those of the one or two stocks whose data come late


class Clock:
    """A time that only moves when it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def set(self, now: datetime) -> None:
        """Sets the time. Raises `ValueError` when it is naive."""
        if now.tzinfo is None:
            raise ValueError(f"a time without its zone: {now.isoformat()}")
        self.now = now


class Timeline:
    """Which articles, disclosures, posts and sessions of a market are in the past at a moment."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.outlets = {name: _of_outlet(market, name) for name in addresses.OUTLETS}
        self.articles = Shelf(market.pages, lambda one: str(one.no))
        self.disclosures = Shelf(market.disclosures, lambda one: one.receipt_no)
        self.posts = Shelf(market.posts, lambda one: one.id)
        self.hours = hours.of_sessions(market.sessions)
        self._late = [_late_stocks(market, place) for place in range(len(market.sessions))]

    def sessions_known(self, code: str, now: datetime) -> int:
        """How many sessions' bars of a stock or an index can be asked for."""
        past = bisect_right(self.market.sessions, now.astimezone(SEOUL).date())
        if past and now < self._known_at(code, past - 1):
            return past - 1
        return past

    def is_late(self, code: str, place: int) -> bool:
        """Whether what is known of a stock's session comes late."""
        return code in self._late[place]

    def _known_at(self, code: str, place: int) -> datetime:
        after = KNOWN_LATE_AFTER if self.is_late(code, place) else KNOWN_AFTER
        return self.hours[place].closes_at + after


def _of_outlet(market: Market, name: str) -> Shelf[Article]:
    return Shelf((article for article in market.pages if article.outlet == name), addresses.key)


def _late_stocks(market: Market, place: int) -> set[str]:
    codes = [company.code for company in market.companies]
    first = (market.seed * 31 + place * 17) % len(codes)
    late = {codes[first]}
    if place % 2:
        late.add(codes[(first + 7) % len(codes)])
    return late


def start(market: Market) -> datetime:
    """Midnight in Seoul before the first live session, where a sandbox's clock stands until it is set."""
    first = market.live[0] if market.live else market.sessions[-1]
    return datetime.combine(first, time(), tzinfo=SEOUL)
