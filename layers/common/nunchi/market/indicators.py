"""Technical indicators of a series of closes or volumes, oldest first, one value a session. Pure.

Every function gives None where the series is too short, or a divisor is not positive. Closes must be on one footing:
see `adjustments.adjust_prices`.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import fsum, sqrt

RSI_SESSIONS = 14
VOLUME_SESSIONS = 20


def change(closes: Sequence[float], sessions: int) -> float | None:
    """The return over the last so many sessions, as a ratio: 0.05 for a rise of five percent."""
    if len(closes) <= sessions or closes[-1 - sessions] <= 0:
        return None
    return closes[-1] / closes[-1 - sessions] - 1


def volatility(closes: Sequence[float], sessions: int) -> float | None:
    """The sample standard deviation of the last so many daily returns, as a ratio a day; not annualised."""
    if sessions < 2 or len(closes) <= sessions or min(closes[-1 - sessions :]) <= 0:
        return None
    returns = [now / before - 1 for before, now in pairwise(closes[-1 - sessions :])]
    mean = fsum(returns) / sessions
    return sqrt(fsum((value - mean) ** 2 for value in returns) / (sessions - 1))


def moving_average(values: Sequence[float], sessions: int) -> float | None:
    """The plain mean of the last so many values (SMA)."""
    return fsum(values[-sessions:]) / sessions if len(values) >= sessions else None


def distance(value: float, average: float | None) -> float | None:
    """How far a value lies above (or below) an average, as a ratio of the average."""
    return value / average - 1 if average is not None and average > 0 else None


def relative_strength(closes: Sequence[float], sessions: int = RSI_SESSIONS) -> float | None:
    """The relative strength index, 0 to 100; 50 where no close differs from the one before.

    J. W. Wilder, New Concepts in Technical Trading Systems (1978), section VI: the first averages are plain means of
    the first so many rises and falls, each later one is (previous · (n - 1) + today's) / n. So the whole series counts,
    and the same series must be given to get the same value.
    """
    if len(closes) <= sessions:
        return None
    changes = [now - before for before, now in pairwise(closes)]
    rise = _smoothed([max(one, 0.0) for one in changes], sessions)
    fall = _smoothed([max(-one, 0.0) for one in changes], sessions)
    return 100 * rise / (rise + fall) if rise + fall > 0 else 50.0


def _smoothed(values: Sequence[float], sessions: int) -> float:
    average = fsum(values[:sessions]) / sessions
    for value in values[sessions:]:
        average = (average * (sessions - 1) + value) / sessions
    return average


def volume_ratio(volumes: Sequence[float], sessions: int = VOLUME_SESSIONS) -> float | None:
    """The last session's volume, divided by the mean of the so many sessions before it."""
    average = moving_average(volumes[:-1], sessions)
    return volumes[-1] / average if average else None
