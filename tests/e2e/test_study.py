"""The rules find a planted effect, and only a planted one: a smaller version of `python -m infra.study.skill`."""

import pytest

from infra.local.world import Sample
from infra.study.skill import Study, Vector, advantage, chance_of_at_least, embed
from nunchi.market.calendar import xkrx

SEEDS = range(1, 9)
# fewer companies than the demo's have fewer texts to embed; more live sessions give as many scores
SMALLER = {"history": 160, "live": 30, "companies": 12, "stories_per_session": 14}


@pytest.fixture(scope="module")
def vectors() -> dict[str, Vector]:
    return {}


def wins(vectors: dict[str, Vector], *, effects: bool) -> int:
    """In how many of the markets `neighbours` has the lower mean RPS."""
    markets = [Sample(seed=seed, effects=effects, **SMALLER).generate(xkrx()) for seed in SEEDS]
    return sum(advantage(Study(market, xkrx(), embed(market, vectors)).scores()) > 0 for market in markets)


def test_neighbours_beat_prior_on_nearly_every_planted_market(vectors: dict[str, Vector]) -> None:
    won = wins(vectors, effects=True)
    assert chance_of_at_least(won, len(SEEDS)) < 0.05, f"better in only {won} of {len(SEEDS)}"


def test_neighbours_beat_prior_on_null_markets_no_more_often_than_by_luck(vectors: dict[str, Vector]) -> None:
    won = wins(vectors, effects=False)
    assert chance_of_at_least(won, len(SEEDS)) > 0.05, (
        f"better in {won} of {len(SEEDS)} though nothing is there"
    )
