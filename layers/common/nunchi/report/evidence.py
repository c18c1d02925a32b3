"""What a report is built from: everything known of a stock at `as_of`, read once, as JSON and as numbers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from nunchi.market import repository as market
from nunchi.market.adjustments import Factor, ratio_on
from nunchi.market.bars import MINUTE
from nunchi.market.calendar import Calendar
from nunchi.market.calendar import Session as Trading
from nunchi.market.paired import Paired
from nunchi.market.rules import Prices, entry_after
from nunchi.models import Forecast, Stock
from nunchi.predict import repository as predict
from nunchi.predict import rules as predict_rules
from nunchi.predict.messages import TITLE_MAX
from nunchi.predict.rules import NoHistory, Probabilities
from nunchi.report import rules
from nunchi.report.repository import evidence as reads
from nunchi.report.repository.evidence import DailyRow
from nunchi.seoul import seoul_date

RECENT = timedelta(days=60)  # holds 21 sessions whatever the holidays
RANGE_SESSIONS = 20
CHANGES = (1, 5, 20)  # sessions
STORIES = 5


class NoPrice(ValueError):
    """No price of a stock is known, so there is nothing to report from."""


@dataclass(frozen=True)
class Price:
    """A price in won, when it was made or seen (UTC), and where it comes from: `minute`, `quote` or `close`."""

    won: int
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Footed:
    """A session's prices in won, on the footing of the base price's day, so with fractions."""

    session: date
    high: float
    low: float
    close: float


@dataclass(frozen=True)
class Facts:
    """What a report says things about. `forecasts` are the arm's means by horizon, None where it has none that day."""

    price: Price
    sigma20: float
    share_left: float
    probabilities: dict[int, Probabilities]
    forecast: bool
    evidence: dict[str, Any]

    @property
    def leaning(self) -> float:
        """The tilt of the longest forecast."""
        return rules.tilt(self.probabilities[rules.FORECAST_HORIZON])

    @property
    def walks(self) -> dict[rules.Span, rules.Walk]:
        return rules.walks(self.price.won, self.sigma20, self.share_left)


def read(session: Session, stock: Stock, arm: str, calendar: Calendar, *, as_of: datetime) -> Facts:
    """The facts of a stock for one arm. Raises `NoPrice`, and `NoHistory` below 21 sessions or without base rates.

    What is stamped with `as_of` itself is left out: it may still be under way, and whether it is seen would be chance.
    """
    trading = calendar.last_opened(as_of)
    if trading is None:
        raise NoHistory(f"no session has opened by {as_of}")
    cut = as_of - timedelta(microseconds=1)
    bars = reads.daily_bars(session, stock.code, as_of=cut, since=(as_of - RECENT).date())
    seen = reads.seen(session, stock.code, trading, as_of=cut)
    price = _base_price(seen, bars, calendar)
    factors = market.factors_known(session, [stock.code], as_of=cut).get(stock.code, ())
    sigma20 = _sigma20(session, stock, bars, factors, as_of=cut)
    since = calendar.previous_session(trading.day).closes_at
    made = reads.forecasts(session, stock.code, arm, since=since, as_of=cut)
    shares = _base_rates(session, stock, calendar, as_of=cut)
    means = _means([forecast for *_, forecast in made])
    footed = _footed(bars, factors, seoul_date(price.at))
    evidence = _of_market(price, sigma20, footed, seen, trading.day) | _of_arm(made, means, shares)
    share_left = rules.share_left(as_of, trading)
    return Facts(price, sigma20, share_left, means or shares, bool(means), evidence)


def _of_market(
    price: Price, sigma20: float, bars: Sequence[Footed], seen: dict[str, Any], today: date
) -> dict[str, Any]:
    return {
        "price": {"won": price.won, "at": price.at.isoformat(), "source": price.source},
        "sigma20_percent": _percent(sigma20),
        "changes_percent": _changes(price, bars, today),
        "range": _range(bars),
        "session": _picked(seen["minutes"], ("open_won", "high_won", "low_won", "volume_shares")),
        "limits": _picked(seen["quote"], ("lower_limit_won", "upper_limit_won")),
        "flows": seen["flow"],
        "ratios_of_year": seen["year"],
        "ratios_of_quarter": seen["quarter"],
    }


def _of_arm(
    made: Sequence[tuple[Any, str, Forecast]],
    means: dict[int, Probabilities],
    shares: dict[int, Probabilities],
) -> dict[str, Any]:
    return {
        "stories": _stories(made),
        "story_count": len({story for story, *_ in made}),
        "forecast_percent": _by_class(means),
        "base_rate_percent": _by_class(shares),
    }


def _base_price(seen: dict[str, Any], bars: Sequence[DailyRow], calendar: Calendar) -> Price:
    """The price of the latest moment; of one moment a trade counts before a quotation, and both before a close."""
    found = []
    if bars:
        found.append(Price(bars[-1].close_won, _closed_at(bars[-1], calendar), "close"))
    if seen["quote"]:
        found.append(Price(seen["quote"]["price_won"], _moment(seen["quote"]["known_at"]), "quote"))
    if seen["minutes"]:
        found.append(Price(seen["minutes"]["last_won"], _moment(seen["minutes"]["at"]) + MINUTE, "minute"))
    if not found:
        raise NoPrice("no price is known")
    return max(reversed(found), key=lambda price: price.at)


def _closed_at(bar: DailyRow, calendar: Calendar) -> datetime:
    known_at: datetime = bar.known_at
    trading: Trading | None = calendar.on(bar.session)
    return min(known_at, trading.closes_at if trading else known_at).astimezone(UTC)


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)


def _sigma20(
    session: Session, stock: Stock, bars: Sequence[DailyRow], factors: Iterable[Factor], *, as_of: datetime
) -> float:
    index = market.INDEX_OF_MARKET[stock.market]
    since = (as_of - RECENT).date()
    beside = market.prices(session, [index], as_of=as_of, since=since).get(index, [])
    own = [Prices(bar.session, bar.open_won, bar.close_won) for bar in bars]
    sigma20 = Paired(own, beside, factors).sigma20
    if sigma20 is None:
        raise NoHistory("fewer than 21 sessions are known")
    return round(sigma20, 8)


def _base_rates(
    session: Session, stock: Stock, calendar: Calendar, *, as_of: datetime
) -> dict[int, Probabilities]:
    kind = entry_after(as_of, calendar).kind
    counts = predict.base_counts(session, [stock.code, stock.market], as_of=as_of)
    whole = counts.get(stock.market, {}).get(kind, {})
    if not whole:
        raise NoHistory("no base rates are known")
    own = counts.get(stock.code, {}).get(kind, {})
    return {
        int(horizon): predict_rules.prior(own.get(horizon, (0, 0, 0)), of_market)
        for horizon, of_market in whole.items()
    }


def _means(made: Sequence[Forecast]) -> dict[int, Probabilities]:
    """The mean of an arm's shown probabilities by horizon; empty unless there is one at 5 sessions."""
    found: dict[int, list[Probabilities]] = defaultdict(list)
    for one in made:
        found[one.horizon_sessions].append(Probabilities(one.shown_down, one.shown_flat, one.shown_up))
    if rules.FORECAST_HORIZON not in found:
        return {}
    return {horizon: rules.mean(given) for horizon, given in sorted(found.items())}


def _footed(bars: Sequence[DailyRow], factors: Iterable[Factor], day: date) -> list[Footed]:
    """The bars on the footing of a day: after a split 5:1 earlier prices are a fifth of what was traded."""
    known = list(factors)
    ratios = [ratio_on(bar.session, known, as_of=day) for bar in bars]
    return [
        Footed(bar.session, bar.high_won * ratio, bar.low_won * ratio, bar.close_won * ratio)
        for bar, ratio in zip(bars, ratios, strict=True)
    ]


def _changes(price: Price, bars: Sequence[Footed], today: date) -> dict[str, float]:
    """The change in percent of the base price since the close of 1, 5 and 20 sessions before the last one."""
    closes = [bar.close for bar in bars if bar.session < today]
    known = {back: closes[-back] for back in CHANGES if len(closes) >= back and closes[-back] > 0}
    return {str(back): _percent(price.won / close - 1) for back, close in known.items()}


def _range(bars: Sequence[Footed]) -> dict[str, int]:
    recent = bars[-RANGE_SESSIONS:]
    return {
        "sessions": len(recent),
        "high_won": round(max(bar.high for bar in recent)),
        "low_won": round(min(bar.low for bar in recent)),
    }


def _picked(row: dict[str, Any] | None, names: Sequence[str]) -> dict[str, Any] | None:
    return {name: row[name] for name in names} if row else None


def _stories(made: Sequence[tuple[Any, str, Forecast]]) -> list[dict[str, str]]:
    """The last stories that the forecasts are about."""
    titles = {str(story): title for story, title, _ in made}
    return [
        {"story_id": story, "title": title[:TITLE_MAX]} for story, title in list(titles.items())[-STORIES:]
    ]


def _by_class(probabilities: dict[int, Probabilities]) -> dict[str, dict[str, float]]:
    return {
        str(horizon): {"down": _percent(one.down), "flat": _percent(one.flat), "up": _percent(one.up)}
        for horizon, one in sorted(probabilities.items())
    }


def _percent(ratio: float) -> float:
    return round(100 * ratio, 2)
