"""The rules find a planted effect, and only a planted one: smaller versions of the studies in `infra.study`."""

import pytest

from infra.local.world import Sample
from infra.study.arms import CLIMATOLOGY, MODELS, PAIRS, Arms
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


@pytest.mark.parametrize("seed", [1, 3])
def test_the_order_of_the_arms_is_that_of_their_sight(seed: int) -> None:
    arms = Arms(Sample(seed=seed, history=160, live=200).generate(xkrx()))
    found = {pair: arms.compared(pair, 1) for pair in PAIRS}
    assert all(one.mean_difference < 0 for one in found.values()), found
    assert found[MODELS[0], CLIMATOLOGY].verdict == "a better"
    assert "b better" not in {one.verdict for one in found.values()}


@pytest.mark.parametrize("seed", [1, 3])
def test_no_arm_shows_skill_where_there_is_nothing_to_see(seed: int) -> None:
    """One that imagines much may be found worse than the class shares; none is found better."""
    arms = Arms(Sample(seed=seed, effects=False, history=160, live=200).generate(xkrx()))
    verdicts = {
        arms.compared((model, CLIMATOLOGY), horizon).verdict for model in MODELS for horizon in (1, 3, 5)
    }
    assert "a better" not in verdicts
