"""Fitting a recalibrator, and deciding whether it is worth having. Pure; needs numpy, so only Recalibrate imports it.

Arrays: probabilities (n, 3) of down, flat, up; outcomes (n,) 0, 1, 2; sessions (n,) as ordinals of days.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nunchi.calibrate.rules import FLOOR, IDENTITY, Parameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_SESSIONS = 60  # entry sessions; those of one day share its market, so they are what counts
MIN_FORECASTS = 300
FOLDS = 4  # of sessions, each scored by what was fitted before it
FIRST_SHARE = 0.5  # of the sessions, which are only ever fitted on
GAIN_ERRORS = 1.645  # by how many standard errors a recalibrator must be better: one-sided 5 %
STEPS = 50
DIGITS = 6
SLOPES = (0.05, 5.0)


@dataclass(frozen=True)
class Sample:
    """An arm's forecasts at one horizon with what came of them, by entry session."""

    probabilities: Floats
    outcomes: Ints
    entries: Ints
    exits: Ints
    span: int  # sessions from entry to exit

    def where(self, chosen: NDArray[np.bool_]) -> "Sample":
        return Sample(
            self.probabilities[chosen],
            self.outcomes[chosen],
            self.entries[chosen],
            self.exits[chosen],
            self.span,
        )

    @property
    def sessions(self) -> Ints:
        """The distinct entry sessions, oldest first."""
        return np.unique(self.entries)


@dataclass(frozen=True)
class Fitted:
    """A recalibrator, and the mean losses out of time without and with the best one; None with too little data."""

    method: str
    parameters: Parameters
    rps_before: float | None = None
    rps_after: float | None = None
    log_loss_before: float | None = None
    log_loss_after: float | None = None


def fit(sample: Sample) -> Fitted:
    """The recalibrator that was better than none out of time, or the identity.

    With fewer than 60 entry sessions or 300 forecasts it is the identity. Otherwise each method is fitted on what was
    complete before each of four later stretches of sessions, and scored on that stretch. The one with the lowest mean
    RPS is taken if that is better by 1.645 standard errors, and its log loss is no worse.
    """
    if len(sample.sessions) < MIN_SESSIONS or len(sample.outcomes) < MIN_FORECASTS:
        return Fitted(IDENTITY, Parameters())
    trials = {method: _out_of_time(sample, fitted) for method, fitted in METHODS.items()}
    best = min(trials, key=lambda method: trials[method].rps_after)
    trial = trials[best]
    losses = (trial.rps_before, trial.rps_after, trial.log_before, trial.log_after)
    if not trial.is_better:
        return Fitted(IDENTITY, Parameters(), *losses)
    return Fitted(best, METHODS[best](sample), *losses)


def temperature(sample: Sample) -> Parameters:
    """The slope with the lowest log loss, by Newton's method: the loss is convex in it."""
    return _newton(sample, (0,))


def biased(sample: Sample) -> Parameters:
    """The slope and the biases of down and up with the lowest log loss."""
    return _newton(sample, (0, 1, 2))


METHODS: dict[str, Callable[[Sample], Parameters]] = {"temperature": temperature, "biased": biased}


def recalibrated(parameters: Parameters, probabilities: Floats) -> Floats:
    """`rules.apply` for many forecasts at once."""
    logits = parameters.slope * _logs(probabilities)
    logits += np.array([parameters.bias_down, 0.0, parameters.bias_up])
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _logs(probabilities: Floats) -> Floats:
    logs: Floats = np.log(np.maximum(probabilities, FLOOR))
    return logs


def _newton(sample: Sample, free: tuple[int, ...]) -> Parameters:
    """Minimises the mean log loss over the free ones of (slope, bias of down, bias of up), starting at the identity."""
    features, chosen = _features(sample)[:, :, list(free)], np.arange(len(sample.outcomes))
    values, observed = np.array([1.0, 0.0, 0.0])[list(free)], features[chosen, sample.outcomes]
    for _ in range(STEPS):
        shares = _softmax(features @ values)
        mean = np.einsum("nk,nkp->np", shares, features)
        gradient = (mean - observed).mean(axis=0)
        spread = features - mean[:, None, :]
        curvature = np.einsum("nk,nkp,nkq->pq", shares, spread, spread) / len(chosen)
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(free)), gradient)
        values = values - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 10.0 ** -(DIGITS + 2):
            break
    full = np.array([1.0, 0.0, 0.0])
    full[list(free)] = values
    return _settled(full)


def _features(sample: Sample) -> Floats:
    """What each parameter is multiplied with in a class's logit: by forecast, class, parameter."""
    features = np.zeros((len(sample.outcomes), 3, 3))
    features[:, :, 0] = _logs(sample.probabilities)
    features[:, 0, 1] = features[:, 2, 2] = 1.0
    return features


def _settled(values: Floats) -> Parameters:
    """Six digits, and a slope within bounds: an arm whose probabilities say nothing is flattened, never inverted."""
    slope, down, up = (float(value) for value in values)
    return Parameters(
        round(min(max(slope, SLOPES[0]), SLOPES[1]), DIGITS), round(down, DIGITS), round(up, DIGITS)
    )


def _softmax(logits: Floats) -> Floats:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


# --- out of time


@dataclass(frozen=True)
class _Trial:
    """Mean losses over later stretches, and by how much of its standard error the RPS improved."""

    rps_before: float
    rps_after: float
    log_before: float
    log_after: float
    errors: float

    @property
    def is_better(self) -> bool:
        return self.errors > GAIN_ERRORS and self.log_after <= self.log_before


def _out_of_time(sample: Sample, fitted: Callable[[Sample], Parameters]) -> _Trial:
    sessions = sample.sessions
    stretches = np.array_split(sessions[int(len(sessions) * FIRST_SHARE) :], FOLDS)
    held, shown = [], []
    for stretch in stretches:
        # what had not come true by the first entry of the stretch was not known when it was forecast
        known = sample.where(sample.exits < stretch[0])
        later = sample.where((sample.entries >= stretch[0]) & (sample.entries <= stretch[-1]))
        held.append(later)
        shown.append(
            recalibrated(fitted(known), later.probabilities) if len(known.outcomes) else later.probabilities
        )
    raw = np.concatenate([one.probabilities for one in held])
    outcomes = np.concatenate([one.outcomes for one in held])
    entries, after = np.concatenate([one.entries for one in held]), np.concatenate(shown)
    gain = _rps(raw, outcomes) - _rps(after, outcomes)
    return _Trial(
        rps_before=float(_rps(raw, outcomes).mean()),
        rps_after=float(_rps(after, outcomes).mean()),
        log_before=float(_log_loss(raw, outcomes).mean()),
        log_after=float(_log_loss(after, outcomes).mean()),
        errors=_errors(gain, entries, sample.span),
    )


def _rps(probabilities: Floats, outcomes: Ints) -> Floats:
    happened = outcomes[:, None] <= np.arange(2)
    losses: Floats = ((probabilities.cumsum(axis=1)[:, :2] - happened) ** 2).sum(axis=1) / 2
    return losses


def _log_loss(probabilities: Floats, outcomes: Ints) -> Floats:
    losses: Floats = -_logs(probabilities)[np.arange(len(outcomes)), outcomes]
    return losses


def _errors(gain: Floats, entries: Ints, span: int) -> float:
    """The mean gain in standard errors. Forecasts whose entries lie in the same `span` sessions count as one."""
    _, place = np.unique(entries, return_inverse=True)
    residuals = np.bincount(place // span, weights=gain - gain.mean())
    blocks = len(residuals)
    error = float(np.sqrt((residuals**2).sum() * blocks / max(blocks - 1, 1))) / len(gain)
    return float(gain.mean()) / error if error > 0 else 0.0
