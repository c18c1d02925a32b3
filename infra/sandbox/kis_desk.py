"""What stocks and indices are worth at a moment: the day so far, as every one of the stand-in's answers sees it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from infra.sandbox import kis_actions, kis_indices, minutes
from infra.sandbox.clock import Timeline
from infra.sandbox.entities import SEOUL, Bar, Company, IndexBar, Market
from infra.sandbox.kis_signs import sign
from infra.sandbox.prices import limits

DAY_BEGINS = time(8)  # from then on a session's own figures are shown, 0 until its first trade
KEPT_DAYS, KEPT_QUOTES = 256, 1024


@dataclass(frozen=True)
class Quote:
    """A stock at a moment, in won and shares. Before a day's first trade only price and base are not 0."""

    company: Company
    place: int
    bar: Bar
    value_won: int
    base_won: int
    before: Bar

    @property
    def price_won(self) -> int:
        """The last price, or before the first trade the base."""
        return self.bar.close_won or self.base_won

    @property
    def change_won(self) -> int:
        """From the base."""
        return self.price_won - self.base_won

    @property
    def change_percent(self) -> float:
        """From the base."""
        return 100 * self.change_won / self.base_won

    @property
    def limits_won(self) -> tuple[int, int]:
        """The day's lowest and highest price."""
        return limits(self.base_won)

    @property
    def sign(self) -> str:
        """KIS's sign of the change."""
        return sign(self.price_won, self.base_won, self.limits_won)


@dataclass(frozen=True)
class Level:
    """An index at a moment, in points. Before the opening only `level` is not 0."""

    code: str
    place: int
    bar: IndexBar
    before: IndexBar
    passed: float  # of the session, 0 to 1

    @property
    def level(self) -> float:
        """The last level, or before the opening the close before."""
        return self.bar.close or self.before.close


class Desk:
    """A market's quotes and levels at any moment.

    `quote(code, now)` is a stock at a moment, None for one that is not listed, or before the first session;
    `day(code, place)` is the session at a place in minutes.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.market: Market = timeline.market
        self.action = kis_actions.of(self.market)
        self.companies = {company.code: company for company in self.market.companies}
        self.index_bars = lru_cache(maxsize=None)(self._index_bars)
        self.day = lru_cache(maxsize=KEPT_DAYS)(self._day)
        self.quote = lru_cache(maxsize=KEPT_QUOTES)(
            self._quote
        )  # the clock stands still between two settings
        self._path = lru_cache(maxsize=KEPT_DAYS)(self._index_path)

    def place(self, now: datetime) -> int:
        """The place of the session whose figures are shown at a moment; -1 before the first one."""
        local = now.astimezone(SEOUL)
        past = bisect_right(self.market.sessions, local.date())
        is_early = past and self.market.sessions[past - 1] == local.date() and local.time() < DAY_BEGINS
        return past - 1 - int(is_early)

    def quotes(self, now: datetime, market: str = "") -> list[Quote]:
        """All stocks, or those of KOSPI or KOSDAQ."""
        wanted = [one.code for one in self.market.companies if market in ("", one.market)]
        return [quote for quote in (self.quote(code, now) for code in wanted) if quote]

    def base_won(self, code: str, place: int) -> int:
        """The price that a session's change and limits are counted from."""
        bars = self.market.bars[code]
        close_won = bars[max(0, place - 1)].close_won
        detached = self.action is not None and self.action.is_on(code, bars[place])
        return kis_actions.base_won(close_won) if detached else close_won

    def level(self, code: str, now: datetime) -> Level | None:
        """An index at a moment; None for one that there is not, or before the first session."""
        place = self.place(now)
        if not kis_indices.is_known(code) or place < 0:
            return None
        bars, hours = self.index_bars(code), self.timeline.hours[place]
        passed = (now - hours.opens_at) / (hours.closes_at - hours.opens_at)
        return Level(
            code=code,
            place=place,
            bar=self._level_so_far(code, place, now),
            before=bars[max(0, place - 1)],
            passed=min(max(0.0, passed), 1.0),
        )

    def _quote(self, code: str, now: datetime) -> Quote | None:
        place = self.place(now)
        if code not in self.companies or place < 0:
            return None
        bar, value_won = self._so_far(code, place, now)
        return Quote(
            company=self.companies[code],
            place=place,
            bar=bar,
            value_won=value_won,
            base_won=self.base_won(code, place),
            before=self.market.bars[code][max(0, place - 1)],
        )

    def _so_far(self, code: str, place: int, now: datetime) -> tuple[Bar, int]:
        bar = self.market.bars[code][place]
        done = self.day(code, place).until(now)
        if not done:
            return Bar(bar.session, 0, 0, 0, 0, 0), 0
        evening = 0
        if self.timeline.sessions_known(code, now) > place:
            evening = minutes.off_hours(self.market.seed, code, bar)
        value_won = sum(one.volume_shares * one.close_won for one in done)
        return _joined(bar.session, done, evening), value_won + evening * bar.close_won

    def _level_so_far(self, code: str, place: int, now: datetime) -> IndexBar:
        bar, hours = self.index_bars(code)[place], self.timeline.hours[place]
        if now < hours.opens_at:
            return IndexBar(bar.session, 0, 0, 0, 0)
        if now >= hours.closes_at:
            return bar
        parent, factor = kis_indices.made_of(code)
        points = [kis_indices.derived(point / 100, factor) for point in self._path(parent, place).so_far(now)]
        return IndexBar(bar.session, points[0], max(points), min(points), points[-1])

    def _index_bars(self, code: str) -> tuple[IndexBar, ...]:
        return kis_indices.bars(self.market, code)

    def _day(self, code: str, place: int) -> minutes.Day:
        bar = self.market.bars[code][place]
        return minutes.of_stock(self.market.seed, code, bar, self.timeline.hours[place])

    def _index_path(self, code: str, place: int) -> minutes.Path:
        bar = self.market.index_bars[code][place]
        return minutes.of_index(self.market.seed, code, bar, self.timeline.hours[place])


def _joined(session: date, done: Sequence[minutes.Minute], more_shares: int) -> Bar:
    return Bar(
        session=session,
        open_won=done[0].open_won,
        high_won=max(minute.high_won for minute in done),
        low_won=min(minute.low_won for minute in done),
        close_won=done[-1].close_won,
        volume_shares=sum(minute.volume_shares for minute in done) + more_shares,
    )
