"""A stock beside its index, session by session: what reactions, base rates and scores are computed from. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from nunchi.market import rules
from nunchi.market.adjustments import Factor, adjust_prices, ratio_on
from nunchi.market.rules import Entry, EntryKind, Move, Outcome, Prices


@dataclass(frozen=True)
class Measured:
    """What a position did: its move, the flat band it is measured against, and its class."""

    move: Move
    band: float
    outcome: Outcome


class Paired:
    """Opening and closing prices of a stock and its index over the sessions that both have.

    Returns are of prices on one footing: those before a split or a right are multiplied by `factors`.
    """

    def __init__(
        self, stock: Sequence[Prices], index: Sequence[Prices], factors: Iterable[Factor] = ()
    ) -> None:
        traded = [prices for prices in stock if prices.open > 0 and prices.close > 0]
        self.traded_days = [prices.session for prices in traded]
        self._factors = tuple(factors)
        self._footing = self.traded_days[-1] if traded else date.min
        self._traded = {prices.session: prices for prices in traded}
        self._index = {prices.session: prices for prices in index}
        adjusted = adjust_prices(traded, self._factors, as_of=self._footing) if self._factors else traded
        own, beside = rules.aligned(adjusted, index)
        self.days = [prices.session for prices in own]
        self._own = dict(zip(self.days, own, strict=True))
        self._beside = dict(zip(self.days, beside, strict=True))
        self._returns = rules.adjusted_daily_returns(own, beside)

    def own(self, day: date) -> Prices | None:
        """The stock's prices of a session as traded, or None when it did not trade."""
        return self._traded.get(day)

    def index(self, day: date) -> Prices | None:
        """The index's prices of a session, in points, or None when it has no bar."""
        return self._index.get(day)

    def traded_from(self, day: date) -> date | None:
        """The first session from `day` on in which the stock traded, or None when none is known."""
        place = bisect_left(self.traded_days, day)
        return self.traded_days[place] if place < len(self.traded_days) else None

    def traded_until(self, day: date) -> date | None:
        """The last session up to `day` in which the stock traded, or None when none is known."""
        place = bisect_right(self.traded_days, day)
        return self.traded_days[place - 1] if place else None

    def ratio_of(self, day: date, to: date | None = None) -> float:
        """What a session's prices are multiplied by to stand on the footing of `to` (the newest session)."""
        return ratio_on(day, self._factors, as_of=to or self._footing) if self._factors else 1.0

    def sigma20_before(self, day: date) -> float | None:
        """σ20 over the 20 sessions before `day`; None when there are fewer."""
        # the n-th return ends at the (n+1)-th session, so those before `day` are one fewer than its position
        end = max(0, bisect_left(self.days, day) - 1)
        return rules.sigma20(self._returns[max(0, end - rules.SIGMA_SESSIONS) : end])

    def sigma20_from(self, day: date) -> date | None:
        """The first session that σ20 before `day` is taken from; None when there is none."""
        first = bisect_left(self.days, day) - rules.SIGMA_SESSIONS - 1
        return self.days[first] if first >= 0 else None

    @property
    def sigma20(self) -> float | None:
        """σ20 over the last 20 sessions of all; None when there are fewer."""
        return rules.sigma20(self._returns)

    def recent_closes(self, count: int) -> list[int]:
        """The last closes of a stock, in won on the newest one's footing, oldest first."""
        return [int(self._own[day].close) for day in self.days[-count:]]

    def move(self, entry: Entry, exit_day: date) -> Move | None:
        """The return from an entry to a session's close; None while a bar is missing."""
        if entry.session not in self._own or exit_day not in self._own:
            return None
        stock = (self._own[entry.session], self._own[exit_day])
        return rules.move(entry.kind, stock, (self._beside[entry.session], self._beside[exit_day]))

    def measure(self, entry: Entry, exit_day: date, horizon: int, sigma20: float) -> Measured | None:
        """A move with its band and class; None while a bar is missing."""
        moved = self.move(entry, exit_day)
        if moved is None:
            return None
        band = rules.flat_band(sigma20, horizon, rules.kind_share(entry.kind))
        return Measured(moved, band, rules.classify(moved.adjusted, band))


def class_counts(paired: Paired, horizons: Sequence[int]) -> dict[EntryKind, dict[str, list[int]]]:
    """How often each class followed each entry kind and horizon (its key, as JSON has it), over all sessions.

    An exit is the close of the h-th session after the entry that both series have.
    """
    kinds: tuple[EntryKind, ...] = ("open", "close")
    counts: dict[EntryKind, dict[str, list[int]]] = {
        kind: {str(horizon): [0] * len(Outcome) for horizon in horizons} for kind in kinds
    }
    for place, day in enumerate(paired.days):
        sigma20 = paired.sigma20_before(day)
        if sigma20 is None:
            continue
        for horizon in horizons:
            if place + horizon >= len(paired.days):
                continue
            for kind in kinds:
                measured = paired.measure(Entry(day, kind), paired.days[place + horizon], horizon, sigma20)
                if measured is not None:
                    counts[kind][str(horizon)][measured.outcome] += 1
    return counts
