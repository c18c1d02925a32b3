"""The sample's one corporate action: a company gives its shareholders a new share for every twenty that they hold.

Prices as traded are the market's own bars, which know nothing of it: the action stands on a day on which they fell
overnight anyway. Only the adjusted series, the base price and the change of that day tell of it.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from infra.sandbox import prices
from infra.sandbox.entities import Bar, Market

RATIO = Fraction(20, 21)
SESSIONS_BEFORE = (60, 30)  # the first live session: where the day is looked for
DETACHED, NOTHING_DETACHED = "01", "00"  # `flng_cls_code`


@dataclass(frozen=True)
class Action:
    """From `session` on the prices of `code` are on another footing: earlier ones times RATIO."""

    code: str
    session: date

    def is_on(self, code: str, bar: Bar) -> bool:
        """Whether it happens to a stock in the session of a bar."""
        return code == self.code and bar.session == self.session


def of(market: Market) -> Action | None:
    """The action of a market's last company, or None when its history is too short for one."""
    first_live = len(market.sessions) - len(market.live)
    start, end = (first_live - before for before in SESSIONS_BEFORE)
    if start < 1:
        return None
    code = market.companies[-1].code
    bars = market.bars[code]
    place = min(range(start, end), key=lambda place: bars[place].open_won / bars[place - 1].close_won)
    return Action(code, bars[place].session)


def base_won(close_won: int) -> int:
    """What a close is worth without the right, on the tick."""
    return prices.quoted(float(close_won * RATIO), 1, close_won)


def adjusted(bar: Bar) -> Bar:
    """An earlier bar on the footing after the action, in whole won; its volume as traded."""

    def on_new_footing(price_won: int) -> int:
        return int(price_won * RATIO + Fraction(1, 2))

    return Bar(
        session=bar.session,
        open_won=on_new_footing(bar.open_won),
        high_won=on_new_footing(bar.high_won),
        low_won=on_new_footing(bar.low_won),
        close_won=on_new_footing(bar.close_won),
        volume_shares=bar.volume_shares,
    )
