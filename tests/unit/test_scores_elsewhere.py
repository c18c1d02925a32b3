"""The scores against an independent implementation: scoringrules, and the logarithm of scipy."""

import math
from collections.abc import Sequence

import pytest
import scoringrules
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import rel_entr

from nunchi.scoreboard.rules import brier_score, log_loss, ranked_probability_score

CLOSE = 1e-12
triples = st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda raw: sum(raw) > 1e-6)
distributions = triples.map(lambda raw: tuple(one / sum(raw) for one in raw))
EDGES = [
    (1.0, 0.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 0.0, 1.0),
    (1 / 3, 1 / 3, 1 / 3),
    (0.5, 0.5, 0.0),
    (0.4, 0.2, 0.4),
]


def hold_against_theirs(probabilities: Sequence[float], outcome: int) -> None:
    happened = [float(place == outcome) for place in range(3)]
    # scoringrules counts categories from 1, and does not divide by K - 1
    rps = float(scoringrules.rps_score(outcome + 1, list(probabilities))) / 2
    brier = sum(float(scoringrules.brier_score(o, p)) for o, p in zip(happened, probabilities, strict=True))
    nats = float(sum(rel_entr(happened, probabilities)))
    assert ranked_probability_score(probabilities, outcome) == pytest.approx(rps, rel=0, abs=CLOSE)
    assert brier_score(probabilities, outcome) == pytest.approx(brier, rel=0, abs=CLOSE)
    assert log_loss(probabilities, outcome) == pytest.approx(nats, rel=0, abs=CLOSE)


@given(distributions, st.sampled_from([0, 1, 2]))
@example((1.0 - 2e-16, 1e-16, 1e-16), 2)
def test_scores_are_those_of_another_implementation(probabilities: Sequence[float], outcome: int) -> None:
    hold_against_theirs(probabilities, outcome)


@pytest.mark.parametrize("outcome", [0, 1, 2])
@pytest.mark.parametrize("probabilities", EDGES)
def test_scores_agree_on_edges(probabilities: Sequence[float], outcome: int) -> None:
    hold_against_theirs(probabilities, outcome)


def test_a_class_of_probability_0_that_happens_costs_an_infinite_log_loss() -> None:
    assert log_loss((0.5, 0.5, 0.0), 2) == math.inf
