"""Means of daily values that overlap, looked at every day. Pure; docs/decisions/0024 derives and measures it."""

from collections.abc import Sequence
from functools import cache
from math import erfc, exp, fsum, log, pi, sqrt

FEWEST_DAYS = 60
DAYS_PER_SESSION = 20  # of a forecast's span: fewer spans than that tell nothing of their spread
SMALLEST_VARIANCE = 1e-12  # a spread below a millionth of a loss is rounding


def minimum_days(span: int) -> int:
    """The first number of days at which a mean of values that cover `span` sessions may be judged."""
    return max(FEWEST_DAYS, DAYS_PER_SESSION * (span + 1))


def long_run_variance(values: Sequence[float], span: int) -> float:
    """n times the variance of the mean of n ≥ 1 daily values, each of which shares sessions with the next `span`.

    The autocovariances through lag `span` with equal weights (Hansen & Hodrick 1980; Diebold & Mariano 1995): the
    triangular weights of Newey & West take away a third of what five shared sessions add. Equal weights may give
    any number, so it is held between the variance of independent days and `span` + 1 times that, which by
    Cauchy-Schwarz no overlap exceeds: the values are span + 1 interleaved sequences without one.
    """
    n, mean = len(values), fsum(values) / len(values)
    deviations = [value - mean for value in values]
    own = max(fsum(one * one for one in deviations) / n, SMALLEST_VARIANCE)
    shared = fsum(
        fsum(one * later for one, later in zip(deviations, deviations[lag:], strict=False))
        for lag in range(1, span + 1)
    )
    return min(max(own + 2 * shared / n, own), (span + 1) * own)


def half_width(variance: float, z_squared: float, days: int, span: int) -> float | None:
    """Half the width of the interval of a mean over `days` with this long-run variance; None: no bound yet.

    It is the set of means m with days · (mean − m)² ≤ z² · variance(m), where variance(m) is taken about m and not
    about the mean: (mean − m)² more for each of the span + 1 interleaved sequences. That is the self-normalised sum
    (de la Peña, Lai & Shao 2009), whose tails are lighter than Student's; for many days it makes no difference.
    """
    free = days - (span + 1) * z_squared
    return sqrt(variance * z_squared / free) if free > 0 else None


def boundary_squared(alpha: float, days: int, first: int) -> float:
    """The square of what a standardised sum exceeds at any of the days from `first` on with probability alpha.

    For a Wiener process W, P(|W(t)| ≥ √(t (a² + ln(t/t₀))) for some t ≥ t₀) = 2 (1 − Φ(a) + a φ(a)) (Robbins 1970;
    Robbins & Siegmund 1970).
    """
    return _start(alpha) ** 2 + log(days / first)


@cache
def _start(alpha: float) -> float:
    """The a of `boundary_squared`, by bisection."""
    low, high = 0.0, 40.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if _crossing(middle) > alpha else (low, middle)
    return high


def _crossing(a: float) -> float:
    return erfc(a / sqrt(2)) + 2 * a * exp(-a * a / 2) / sqrt(2 * pi)


def days_until(mean: float, variance: float, alpha: float, span: int, *, most: int) -> int | None:
    """How many days in all until 0 lies outside the bounds, if mean and variance stay; None: more than `most`."""
    first = minimum_days(span)

    def decides(days: int) -> bool:
        width = half_width(variance, boundary_squared(alpha, days, first), days, span)
        return width is not None and width < abs(mean)

    if not decides(most):
        return None
    low, high = first - 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high
