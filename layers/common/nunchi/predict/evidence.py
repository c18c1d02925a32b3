"""What was known of a stock at a moment: indicators, index and sector, investors, disclosures. Units are in the keys.

What is not known is null. The reads are the same few whatever the number of stocks, and nothing depends on their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi.articles import repository as articles
from nunchi.market import adjustments, indicators
from nunchi.market import repository as market
from nunchi.market.paired import Paired
from nunchi.market.rules import Prices
from nunchi.models.market import Stock
from nunchi.models.quotes import InvestorFlow, Quote
from nunchi.quotes import repository as quotes
from nunchi.quotes.rules import SECTOR_OF_NAME
from nunchi.seoul import SEOUL, midnight, seoul_date

RECENT = timedelta(days=130)  # holds 60 sessions whatever the holidays
FLOWS_SINCE = timedelta(days=60)  # holds 20
DISCLOSED_SINCE = timedelta(days=7)
MOST_DISCLOSURES = 5
SPANS = (1, 5, 20)  # sessions
AVERAGES = (5, 20, 60)  # sessions
DIGITS = 4
INVESTORS = ("foreign", "institution", "individual")
Evidence = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """What was known of some stocks, their indices and sectors at `as_of`, each by code."""

    as_of: datetime
    prices: Mapping[str, Sequence[Prices]]
    volumes: Mapping[str, Mapping[date, int]]
    factors: Mapping[str, Sequence[adjustments.Factor]]
    flows: Mapping[str, Sequence[InvestorFlow]]
    quotes: Mapping[str, Quote]
    levels: Mapping[str, float]
    sectors: Mapping[str, str]
    disclosures: Mapping[str, Sequence[tuple[UUID, str, datetime]]]

    def pair(self, stock: Stock) -> Paired:
        """A stock's prices beside its index's, those before a split or a right on the footing of those after it."""
        own, index = self.prices.get(stock.code, []), self.prices.get(index_of(stock), [])
        return Paired(own, index, self.factors.get(stock.code, ()))


def index_of(stock: Stock) -> str:
    """The code of the index that a stock is measured against."""
    return market.INDEX_OF_MARKET[stock.market]


def read(session: Session, stocks: Sequence[Stock], *, as_of: datetime) -> Known:
    """What was known of these stocks."""
    codes = sorted(stock.code for stock in stocks)
    today = midnight(seoul_date(as_of))
    sectors = quotes.sectors(session, codes, as_of=as_of)
    beside = {index_of(stock) for stock in stocks} | {
        SECTOR_OF_NAME[name] for name in sectors.values() if name in SECTOR_OF_NAME
    }
    since = (as_of - RECENT).date()
    return Known(
        as_of=as_of,
        prices=market.prices(session, {*codes, *beside}, as_of=as_of, since=since),
        volumes=market.volumes(session, codes, as_of=as_of, since=since),
        factors=market.factors_known(session, codes, as_of=as_of),
        flows=quotes.flows(session, codes, as_of=as_of, since=(as_of - FLOWS_SINCE).date()),
        quotes=quotes.last_quotes(session, codes, as_of=as_of, since=today),
        levels=quotes.last_levels(session, sorted(beside), as_of=as_of, since=today),
        sectors=sectors,
        disclosures=articles.disclosures(session, codes, as_of=as_of, since=as_of - DISCLOSED_SINCE),
    )


def of(known: Known, stock: Stock, *, about: UUID) -> Evidence:
    """The parts of a case's evidence that are about its stock. `about` is the article that the case is opened for."""
    return {
        "indicators": indicators_of(known, stock.code),
        "market": {"index": _index(known, index_of(stock), stock.market), "sector": _sector(known, stock)},
        "flows": _flows(known.flows.get(stock.code, ())),
        "disclosures": _disclosures(known.disclosures.get(stock.code, ()), about),
        "article_ids": [str(about)],
    }


def indicators_of(known: Known, code: str) -> Evidence | None:
    """Returns, averages and the like of a stock's closes on the last one's footing; None without a bar."""
    bars = known.prices.get(code, ())
    if not bars:
        return None
    closes = _closes_on_one_footing(known, code)
    averages = {sessions: indicators.moving_average(closes, sessions) for sessions in AVERAGES}
    return {
        "last_session": bars[-1].session.isoformat(),
        "last_close_won": int(bars[-1].close),
        **_returns(closes),
        "volatility_20_sessions_ratio": _rounded(indicators.volatility(closes, 20)),
        "rsi_14": _rounded(indicators.relative_strength(closes), 1),
        **{f"sma_{sessions}_won": _rounded(average, 0) for sessions, average in averages.items()},
        **{
            f"close_above_sma_{sessions}_ratio": _rounded(indicators.distance(closes[-1], average))
            for sessions, average in averages.items()
        },
        "volume_to_mean_of_20_sessions_ratio": _rounded(
            indicators.volume_ratio(list(known.volumes.get(code, {}).values())), 2
        ),
        **_now(known.quotes.get(code), bars[-1].session),
    }


def _closes_on_one_footing(known: Known, code: str) -> list[float]:
    dated, bars = known.factors.get(code, ()), known.prices[code]
    return [one.close for one in adjustments.adjust_prices(bars, dated, as_of=bars[-1].session)]


def _returns(closes: Sequence[float]) -> Evidence:
    return {
        f"return_{sessions}_sessions_ratio": _rounded(indicators.change(closes, sessions))
        for sessions in SPANS
    }


def _now(quote: Quote | None, last_session: date) -> Evidence:
    """The price in session, where the session's bar is not known yet."""
    if quote is None or seoul_date(quote.known_at) <= last_session:
        return {"price_now_won": None, "return_today_ratio": None}
    today = quote.price_won / quote.base_won - 1 if quote.base_won else None
    return {"price_now_won": quote.price_won, "return_today_ratio": _rounded(today)}


def _index(known: Known, code: str, name: str) -> Evidence | None:
    bars = known.prices.get(code, ())
    if not bars:
        return None
    level, closes = known.levels.get(code), [one.close for one in bars]
    in_session = level is not None and seoul_date(known.as_of) > bars[-1].session
    return {
        "name": name,
        "last_session": bars[-1].session.isoformat(),
        "last_close_points": closes[-1],
        **_returns(closes),
        "return_today_ratio": _rounded(level / closes[-1] - 1) if level and in_session else None,
    }


def _sector(known: Known, stock: Stock) -> Evidence | None:
    name = known.sectors.get(stock.code, "")
    return _index(known, SECTOR_OF_NAME[name], name) if name in SECTOR_OF_NAME else None


def _flows(flows: Sequence[InvestorFlow]) -> Evidence | None:
    if not flows:
        return None
    return {
        "last_session": flows[-1].session.isoformat(),
        "net_buying_krw_millions": {
            investor: {f"{sessions}_sessions": _bought(flows, investor, sessions) for sessions in SPANS}
            for investor in INVESTORS
        },
    }


def _bought(flows: Sequence[InvestorFlow], investor: str, sessions: int) -> int | None:
    if len(flows) < sessions:
        return None
    bought: list[int] = [getattr(flow, f"{investor}_krw_millions") for flow in flows[-sessions:]]
    return sum(bought)


def _disclosures(found: Sequence[tuple[UUID, str, datetime]], about: UUID) -> list[Evidence]:
    others = [one for one in found if one[0] != about]
    return [
        {
            "article_id": str(article_id),
            "title": title,
            "known_at": known_at.astimezone(SEOUL).isoformat(timespec="minutes"),
        }
        for article_id, title, known_at in others[:MOST_DISCLOSURES]
    ]


def _rounded(value: float | None, digits: int = DIGITS) -> float | None:
    if value is None:
        return None
    return round(value, digits) if digits else round(value)
