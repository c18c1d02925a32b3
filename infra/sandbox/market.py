"""The sample market: companies, prices and news drawn from a seed, with a planted effect of news on prices.

A story acts only after a reader could have entered: nothing before its entry session's close, and from there a mean
shift that grows like the square root of time over five sessions, so that it explains about the same few percent of
the variance at each horizon. Stories of the same stock overlap, and their effects add up.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from random import Random

import numpy as np

from infra.sandbox import companies as registry
from infra.sandbox import disclosures, newsroom, posts, prices, wire
from infra.sandbox.addresses import address
from infra.sandbox.entities import SEOUL, Article, Bar, Company, Disclosure, IndexBar, Market, Post, Story

__all__ = [
    "SEOUL",
    "Article",
    "Bar",
    "Company",
    "Disclosure",
    "IndexBar",
    "Market",
    "Post",
    "Story",
    "address",
    "generate",
]


def generate(
    seed: int,
    sessions: Sequence[date],
    live: int = 10,
    companies: int = 40,
    stories_per_session: int = 20,
    effects: bool = True,
) -> Market:
    """A sample market over `sessions`, of which the last `live` are to be played live.

    The same arguments give the same market. Without `effects` texts and noise stay the same, and news means nothing.
    Raises `ValueError` for more companies than there are names.
    """
    days = tuple(sessions)
    played = days[len(days) - live :]
    listed = registry.listed(companies)
    told = newsroom.tell(Random(f"stories {seed}"), listed, days, stories_per_session, effects=effects)
    bars, index_bars = _prices(seed, days, listed, told)
    articles = newsroom.publish(Random(f"articles {seed}"), Random(f"desks {seed}"), told)
    taken = [one.no for one in articles]
    return Market(
        seed=seed,
        companies=listed,
        sessions=days,
        live=played,
        bars=bars,
        index_bars=index_bars,
        stories=tuple(one.story for one in told),
        articles=articles,
        disclosures=disclosures.file(Random(f"disclosures {seed}"), listed, played),
        posts=posts.write(Random(f"posts {seed}"), listed, played),
        routine=wire.write(Random(f"wire {seed}"), listed, played, stories_per_session, taken),
    )


def _prices(
    seed: int, days: Sequence[date], listed: Sequence[Company], told: Sequence[newsroom.Told]
) -> tuple[dict[str, tuple[Bar, ...]], dict[str, tuple[IndexBar, ...]]]:
    rng = np.random.default_rng(seed)
    market = prices.index_returns(rng, len(days))
    index_bars = {code: prices.index_bars(rng, code, days, returns) for code, returns in market.items()}
    shifts = _shifts(days, listed, told)
    bars = {}
    who = prices.characters(rng, [prices.INDICES[company.market] for company in listed])
    for company, character in zip(listed, who, strict=True):
        own = prices.own_returns(rng, len(days)) + prices.spread(shifts[company.code])
        returns = character.beta * market[character.index] + character.volatility * own
        bars[company.code] = prices.stock_bars(rng, character, days, returns)
    return bars, index_bars


def _shifts(
    days: Sequence[date], listed: Iterable[Company], told: Iterable[newsroom.Told]
) -> dict[str, prices.Array]:
    """By stock, the planted mean shift of each session in units of its daily volatility."""
    shifts: dict[str, prices.Array] = {company.code: np.zeros(len(days)) for company in listed}
    steps = np.diff(np.sqrt(np.arange(newsroom.EFFECT_SESSIONS + 1)))
    for one in told:
        after = newsroom.entry_place(one, days) + 1
        acted = shifts[one.company.code][after : after + len(steps)]
        acted += one.story.effect * steps[: len(acted)]
    return shifts
