"""The two forecasters that cost nothing, and what every forecast must satisfy. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nunchi.market.rules import Outcome

FLOOR = 0.01  # no class is ever called impossible
DIGITS = 6
PRIOR_STRENGTH = 50.0  # how many of the market's observations a stock's own are weighed against
NEIGHBOUR_STRENGTH = 40.0  # how many observations the prior counts for beside similar stories
NEIGHBOURS = 100  # similar stories that are looked at

Counts = Sequence[float]  # of down, flat, up


@dataclass(frozen=True, slots=True)
class Probabilities:
    """The probabilities of the three classes; they sum to 1."""

    down: float
    flat: float
    up: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.down, self.flat, self.up))


class NoHistory(ValueError):
    """Nothing has been observed from which a share could be taken."""


def shrink(counts: Counts, towards: Sequence[float], strength: float) -> tuple[float, float, float]:
    """Class shares of `counts` under a Dirichlet prior with mean `towards` and `strength` pseudo-observations."""
    total = sum(counts) + strength
    down, flat, up = ((seen + strength * share) / total for seen, share in zip(counts, towards, strict=True))
    return down, flat, up


def shares(counts: Counts) -> tuple[float, float, float]:
    """Counts as shares of their sum. Raises `NoHistory` when there are none."""
    total = sum(counts)
    if not total:
        raise NoHistory("no past sessions are known")
    down, flat, up = (count / total for count in counts)
    return down, flat, up


def prior(own: Counts, market: Counts) -> Probabilities:
    """A stock's class shares over its past sessions, shrunk to its market's. Raises `NoHistory`."""
    return settle(shrink(own, shares(market), PRIOR_STRENGTH))


def neighbours(base: Probabilities, outcomes: Iterable[int]) -> Probabilities:
    """What followed the most similar past stories, shrunk to the prior."""
    counts = [0.0] * len(Outcome)
    for outcome in outcomes:
        counts[outcome] += 1
    return settle(shrink(counts, tuple(base), NEIGHBOUR_STRENGTH))


def settle(raw: Sequence[float]) -> Probabilities:
    """Probabilities as they are stored: none below the floor, six digits, summing to 1.

    Raises `ValueError` when `raw` is not three finite numbers ≥ 0 with a positive sum.
    """
    total = sum(raw)
    if len(raw) != len(Outcome) or min(raw) < 0 or not 0 < total < float("inf"):
        raise ValueError(f"not three probabilities: {list(raw)}")
    down, _, up = _floored([share / total for share in raw])
    down, up = round(down, DIGITS), round(up, DIGITS)
    return Probabilities(down, round(1 - down - up, DIGITS), up)


def _floored(values: Sequence[float]) -> list[float]:
    low = {place for place, value in enumerate(values) if value <= FLOOR}
    if not low:
        return list(values)
    rest = sum(value for place, value in enumerate(values) if place not in low)
    scale = (1 - FLOOR * len(low)) / rest
    scaled = [FLOOR if place in low else value * scale for place, value in enumerate(values)]
    return scaled if all(value >= FLOOR for value in scaled) else _floored(scaled)
