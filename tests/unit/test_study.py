"""The arithmetic of the study."""

import pytest

from infra.study.skill import Scored, advantage, chance_of_at_least


def test_the_advantage_is_the_mean_difference_in_rps() -> None:
    assert advantage([Scored(1, 0.3, 0.2), Scored(3, 0.2, 0.25)]) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("wins", "of", "chance"), [(0, 8, 1.0), (8, 8, 1 / 256), (7, 8, 9 / 256), (1, 1, 0.5)]
)
def test_the_chance_of_wins_is_that_of_a_fair_coin(wins: int, of: int, chance: float) -> None:
    assert chance_of_at_least(wins, of) == chance
