"""How often `compare` declares a winner among equals, and how soon among unequals: `python -m tests.bench.comparing`.

Arrays of daily means have the shape (runs, days). `looks` is `compare` at every day of many runs at once; a test holds
it against the function itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from nunchi.scoreboard.sequential import SMALLEST_VARIANCE, boundary_squared, minimum_days

Floats = NDArray[np.float64]
SPANS, RUNS, DAYS, FORECASTS, ALPHA = (1, 3, 5), 2_000, 500, 10, 0.05
GAP, SPREAD = 0.02, 0.074  # of the RPS, and of its daily mean difference
SHARED = 0.64  # of a return's variance by its day: gives differences of one day a correlation of 0.5
CHUNK = 100


@dataclass(frozen=True)
class World:
    """What the returns of a null world are like, beyond their overlap."""

    name: str
    more_sessions: int = 0  # that a forecast covers beyond its span: 1 where it enters in a session
    wild: bool = False  # heavy tails, and volatility that comes in clusters
    regimes: float = (
        0.0  # the size, in daily deviations, of a drift that lasts for 20 sessions: no null of `compare`
    )


ENTRY_AT_CLOSE = World("entry at a close")
ENTRY_IN_SESSION = World("entry in a session", more_sessions=1)
WILD = World("the same, heavy tails, volatility in clusters", more_sessions=1, wild=True)
REGIMES = World("the same, drifts of 20 sessions (outside the null)", more_sessions=1, regimes=0.15)


def overlapping(shocks: Floats, sessions: int) -> Floats:
    """Sums over a moving window of sessions, scaled to keep the variance."""
    summed = np.cumsum(np.pad(shocks, ((0, 0), (1, 0))), axis=1)
    return (summed[:, sessions:] - summed[:, :-sessions]) / sqrt(sessions)


def _shocks(world: World, shape: tuple[int, int], chance: np.random.Generator) -> Floats:
    shocks = chance.standard_normal(shape)
    if world.wild:
        slow = overlapping(chance.standard_normal((shape[0], shape[1] + 19)), 20)
        shocks = chance.standard_t(4, shape) / sqrt(2) * np.exp(0.5 * slow - 0.25)
    if world.regimes:
        signs = chance.choice([-1.0, 1.0], (shape[0], shape[1] // 20 + 1))
        shocks = shocks + world.regimes * np.repeat(signs, 20, axis=1)[:, : shape[1]]
    return shocks


def losses(
    world: World, span: int, runs: int, days: int, chance: np.random.Generator
) -> tuple[Floats, Floats]:
    """The RPS of two equal arms, (runs, days, FORECASTS): one always leans to up, the other as much to down."""
    sessions = span + world.more_sessions
    common = overlapping(_shocks(world, (runs, days + sessions - 1), chance), sessions)[:, :, None]
    shape = (runs, days, FORECASTS)
    returns = sqrt(SHARED) * common + sqrt(1 - SHARED) * chance.standard_normal(shape)
    down, up = returns < -0.5, returns > 0.5
    return (
        _rps(0.31 - chance.uniform(0.05, 0.2, shape), down, up),
        _rps(0.31 + chance.uniform(0.05, 0.2, shape), down, up),
    )


def _rps(p_down: Floats, down: NDArray[np.bool_], up: NDArray[np.bool_]) -> Floats:
    """The score of a forecast whose flat has 0.38."""
    scored: Floats = ((p_down - down) ** 2 + (p_down + 0.38 - ~up) ** 2) / 2
    return scored


def null(world: World, span: int, runs: int, days: int, chance: np.random.Generator) -> Floats:
    """The daily mean differences of equal arms."""
    found = []
    for start in range(0, runs, CHUNK):
        a, b = losses(world, span, min(CHUNK, runs - start), days, chance)
        found.append((a - b).mean(axis=2))
    return np.concatenate(found)


def unequal(sessions: int, runs: int, days: int, chance: np.random.Generator) -> Floats:
    """Daily mean differences with the stated gap and spread, each over that many sessions."""
    return GAP + SPREAD * overlapping(chance.standard_normal((runs, days + sessions - 1)), sessions)


def looks(daily: Floats, span: int, alpha: float) -> NDArray[np.int8]:
    """The verdict at the end of each day: 1 where b is better, -1 where a is, 0 where neither is."""
    n, mean = np.arange(1, daily.shape[1] + 1), _running_mean(daily)
    variance, first = _long_run_variance(daily, span), minimum_days(span)
    z_squared = boundary_squared(alpha, first, first) + np.log(n / first)
    free = n - (span + 1) * z_squared
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = mean**2 > variance * z_squared / free
    return np.where((n >= first) & (free > 0) & beyond, np.sign(mean), 0).astype(np.int8)


def _running_mean(daily: Floats) -> Floats:
    mean: Floats = daily.cumsum(axis=1) / np.arange(1, daily.shape[1] + 1)
    return mean


def _long_run_variance(daily: Floats, span: int) -> Floats:
    """That of each prefix."""
    own = np.maximum(_covariance(daily, 0), SMALLEST_VARIANCE)
    total = own + 2 * np.sum([_covariance(daily, lag) for lag in range(1, span + 1)], axis=0)
    found: Floats = np.clip(total, own, (span + 1) * own)
    return found


def _covariance(daily: Floats, lag: int) -> Floats:
    """Σ (x_t - mean) (x_{t-lag} - mean) / n of each prefix of n days, through sums that run."""
    n, days = np.arange(1, daily.shape[1] + 1), daily.shape[1]
    mean, total = _running_mean(daily), daily.cumsum(axis=1)
    products, earlier, later = np.zeros_like(daily), np.zeros_like(daily), np.zeros_like(daily)
    products[:, lag:] = (daily[:, lag:] * daily[:, : days - lag]).cumsum(axis=1)
    earlier[:, lag:] = total[:, : days - lag]
    later[:, lag:] = total[:, lag:] - (total[:, lag - 1 : lag] if lag else 0)
    found: Floats = (products - mean * (earlier + later) + np.maximum(n - lag, 0) * mean**2) / n
    return found


def ignoring_overlap(daily: Floats, alpha: float) -> NDArray[np.int8]:
    """What a confidence sequence clustered by day says that takes the days as independent, from the second day on."""
    n, mean = np.arange(1, daily.shape[1] + 1), _running_mean(daily)
    variance = np.maximum(_covariance(daily, 0), SMALLEST_VARIANCE)
    part = DAYS / 5 / n
    z_squared = (1 + part) * (2 * log(1 / alpha) + np.log(1 + 1 / part))
    return np.where((n > 1) & (mean**2 * n / variance > z_squared), np.sign(mean), 0).astype(np.int8)


def fixed_samples(daily: Floats, sessions: int, alpha: float) -> NDArray[np.int8]:
    """A z-test at each look with Bonferroni over all looks, which is told the true variance."""
    n, mean = np.arange(1, daily.shape[1] + 1), _running_mean(daily)
    z = NormalDist().inv_cdf(1 - alpha / daily.shape[1] / 2)
    return np.where(np.abs(mean) * np.sqrt(n / sessions) > z * SPREAD, np.sign(mean), 0).astype(np.int8)


def exact_bets(daily: Floats, alpha: float) -> NDArray[np.int8]:
    """A mixture of bets on differences of which only their range -1..1 is used: exact, for days without overlap."""
    stakes = np.linspace(0.05, 0.99, 20)
    with_b, with_a = (
        np.mean([np.exp(np.log1p(stake * sign * daily).cumsum(axis=1)) for stake in stakes], axis=0)
        for sign in (1, -1)
    )
    return np.where(with_b > 2 / alpha, 1, np.where(with_a > 2 / alpha, -1, 0)).astype(np.int8)


def winners(verdicts: NDArray[np.int8]) -> int:
    """In how many runs a winner is declared at any look."""
    return int((verdicts != 0).any(axis=1).sum())


def median_days(verdicts: NDArray[np.int8]) -> float:
    """The median day of the first verdict; infinite where fewer than half of the runs have one."""
    decided = verdicts != 0
    return float(np.median(np.where(decided.any(axis=1), decided.argmax(axis=1) + 1, np.inf)))


def most_by_luck(runs: int, alpha: float, surely: float = 0.999) -> int:
    """The number of runs that a rate of alpha exceeds with a probability of 1 - surely (normal approximation)."""
    return int(runs * alpha + NormalDist().inv_cdf(surely) * sqrt(runs * alpha * (1 - alpha)))


def _null_rows(runs: int, chance: np.random.Generator) -> Iterator[tuple[str, ...]]:
    for world in (ENTRY_AT_CLOSE, ENTRY_IN_SESSION, WILD, REGIMES):
        for span in SPANS:
            daily = null(world, span, runs, DAYS, chance)
            rate, naive = winners(looks(daily, span, ALPHA)), winners(ignoring_overlap(daily, ALPHA))
            yield world.name, str(span), f"{rate / runs:.1%}", f"{naive / runs:.1%}"


def false_winners(runs: int = RUNS, seed: int = 1) -> Table:
    """The share of runs with a winner among equals, under daily looks."""
    most = most_by_luck(runs, ALPHA) / runs
    found = Table(
        caption=f"{runs:,} runs of {DAYS} daily looks, alpha {ALPHA:.0%}; luck explains {most:.1%}."
    )
    for name in ("equal arms with opposite tilts", "span", "winner declared", "were overlap ignored"):
        found.add_column(name, justify="left" if name.startswith("equal") else "right")
    for row in _null_rows(runs, np.random.default_rng(seed)):
        found.add_row(*row)
    return found


def power(runs: int = RUNS, seed: int = 2) -> Table:
    """Median days until the better arm is declared, beside the tests of fixed samples."""
    found = Table(caption=f"RPS gap {GAP}, deviation of the daily mean {SPREAD}; {runs:,} runs.")
    for name in ("unequal arms", "span", "days to a verdict", "fixed samples", "exact bets", "wrong winner"):
        found.add_column(name, justify="left" if name.startswith("unequal") else "right")
    chance = np.random.default_rng(seed)
    for span in SPANS:
        for name, sessions in {
            "independent days": 1,
            "returns overlap": span,
            "in a session": span + 1,
        }.items():
            if name != "returns overlap" or span > 1:
                found.add_row(name, str(span), *_power_row(span, sessions, runs, chance))
    return found


def _power_row(span: int, sessions: int, runs: int, chance: np.random.Generator) -> tuple[str, ...]:
    daily = unequal(sessions, runs, DAYS * sessions, chance)
    ours = looks(daily, span, ALPHA)
    fixed = median_days(fixed_samples(daily, sessions, ALPHA))
    bets = f"{median_days(exact_bets(daily, ALPHA)):.0f}" if sessions == 1 else ""
    wrong = winners(np.minimum(ours, 0)) / runs
    return f"{median_days(ours):.0f}", f"{fixed:.0f}", bets, f"{wrong:.1%}"


if __name__ == "__main__":
    Console().print(false_winners())
    Console().print(power())
