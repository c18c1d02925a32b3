"""What sums of an entry session say of an arm's calibration. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

BINS = 10
FINE_BINS = 100  # of equal width, which the ten of equal count are made of

Cell = Sequence[float]  # forecasts, sum of their probabilities, how often the class came true
Histogram = Mapping[str, Mapping[str, Cell]]  # class → place of the fine bin → cell


@dataclass(frozen=True, slots=True)
class Day:
    """The sums of one entry session, in order of sessions: cases, the arm's RPS and `prior`'s on the same cases."""

    cases: int
    rps: float
    prior_rps: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of like probability: how many, their mean probability, and how often the class came true."""

    count: int
    mean: float
    share: float


def added(histograms: Iterable[Histogram]) -> dict[str, dict[str, list[float]]]:
    """Histograms put together."""
    found: dict[str, dict[str, list[float]]] = {}
    for histogram in histograms:
        for name, cells in histogram.items():
            into = found.setdefault(name, {})
            for place, cell in cells.items():
                into[place] = [a + b for a, b in zip(into.get(place, (0, 0, 0)), cell, strict=True)]
    return found


def bins(cells: Mapping[str, Cell]) -> list[Bin]:
    """Up to ten bins of about equal count, made of fine ones, lowest probability first."""
    ordered = [cells[place] for place in sorted(cells, key=int)]
    total, done, found = sum(cell[0] for cell in ordered), 0.0, list[list[float]]()
    for cell in ordered:
        # a fine bin goes where its middle lies
        place = int((done + cell[0] / 2) * BINS / total)
        done += cell[0]
        if found and found[-1][3] == place:
            found[-1][:3] = [a + b for a, b in zip(found[-1], cell, strict=False)]
        else:
            found.append([*cell, place])
    return [Bin(int(n), given / n, true / n) for n, given, true, _ in found]


def calibration_error(bins_of_class: Mapping[str, Sequence[Bin]]) -> float | None:
    """The mean over classes of the expected calibration error: |mean probability - share that came true|, by count."""
    errors = [
        fsum(one.count * abs(one.mean - one.share) for one in found) / sum(one.count for one in found)
        for found in bins_of_class.values()
        if found
    ]
    return fsum(errors) / len(errors) if errors else None
