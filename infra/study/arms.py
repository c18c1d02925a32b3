"""Does `compare` order arms as a sample market's truth does? `python -m infra.study.arms --seeds 5`.

The arms are the sandbox's simulated models, whose sight is known, and `climatology`: the class shares of the market's
history. Each forecasts the live stories' outcomes; no store and no embedding is needed, so many sessions take seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import numpy as np
import typer

from infra.local.world import Sample
from infra.sandbox.forecaster import effects_by_title, forecast
from infra.sandbox.market import Market
from infra.study.skill import Study, Told
from nunchi.market.calendar import xkrx
from nunchi.market.rules import FORECAST_HORIZONS, entry_after
from nunchi.scoreboard.rules import Comparison, compare, ranked_probability_score

MODELS = ("gpt-4o", "deepseek")  # from the best to the worst
CLIMATOLOGY = "climatology"
PAIRS = ((MODELS[0], CLIMATOLOGY), (MODELS[1], CLIMATOLOGY), MODELS)
NOTHING = np.zeros(1, dtype=np.float32)  # in place of embeddings, which no arm here looks at
ALPHA = 0.05


@dataclass(frozen=True)
class Asked:
    """A live story: its entry session, its title, and the class that followed by horizon."""

    entry_session: date
    title: str
    outcomes: Mapping[int, int]


class Arms:
    """What the arms lose on a market's live stories."""

    def __init__(self, market: Market) -> None:
        texts = Study(market, xkrx(), _Nothing()).told
        before = [one for one in texts if one.known_at.date() < market.live[0]]
        self._shares = {horizon: _shares(before, horizon) for horizon in FORECAST_HORIZONS}
        self._effects = effects_by_title(market)
        live = (_asked(one) for one in texts if one.known_at.date() >= market.live[0])
        self._asked = sorted(live, key=lambda one: one.entry_session)

    def compared(self, pair: tuple[str, str], horizon: int) -> Comparison:
        """Two arms on the same stories."""
        asked = [one for one in self._asked if horizon in one.outcomes]
        a, b = ([self._loss(arm, one, horizon) for one in asked] for arm in pair)
        return compare(a, b, [one.entry_session for one in asked], horizon, ALPHA)

    def _loss(self, arm: str, one: Asked, horizon: int) -> float:
        said = self._shares[horizon] if arm == CLIMATOLOGY else self._model(arm, one.title, horizon)
        return ranked_probability_score(said, one.outcomes[horizon])

    def _model(self, arm: str, title: str, horizon: int) -> list[float]:
        answered: Any = forecast(arm, title, "", self._effects)["forecasts"]
        said = next(one for one in answered if one["horizon_sessions"] == horizon)
        return [said["p_down"], said["p_flat"], said["p_up"]]


class _Nothing(dict[str, Any]):
    def __missing__(self, _text: str) -> Any:
        return NOTHING


def _asked(one: Told) -> Asked:
    entry = entry_after(one.known_at, xkrx())
    outcomes = {horizon: outcome for horizon, (_, outcome) in one.reactions.items()}
    return Asked(entry.session, one.text.split("\n")[0], outcomes)


def _shares(told: Sequence[Told], horizon: int) -> list[float]:
    outcomes = [one.reactions[horizon][1] for one in told if horizon in one.reactions]
    return [outcomes.count(place) / len(outcomes) for place in range(3)]


def main(seeds: Annotated[int, typer.Option(help="How many markets of each kind.")] = 3) -> None:
    """Prints what is said of each pair of arms, with planted effects and without."""
    for effects in (True, False):
        for seed in range(1, seeds + 1):
            arms = Arms(Sample(seed=seed, effects=effects, history=160, live=200).generate(xkrx()))
            for pair in PAIRS:
                for horizon in FORECAST_HORIZONS:
                    found = _line(arms.compared(pair, horizon), horizon)
                    typer.echo(
                        f"{'planted' if effects else 'null':8} seed {seed} {' - '.join(pair)}, {found}"
                    )


def _line(found: Comparison, horizon: int) -> str:
    bounds = f"{found.mean_difference:+.4f} ({found.lower:+.4f} to {found.upper:+.4f})"
    return f"horizon {horizon}: {bounds} in {found.days} days: {found.verdict}"


if __name__ == "__main__":
    typer.run(main)
