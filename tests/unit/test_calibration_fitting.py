"""Fitting recalibrators: against scikit-learn, and on simulated arms whose true calibration is known."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss

from nunchi.calibrate import fitting
from nunchi.calibrate.fitting import Floats, Ints, Sample
from nunchi.calibrate.rules import Parameters

A_DAY = 8  # forecasts


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose features are its probabilities."""

    def fit(self, features: Any, _labels: Any) -> "Given":
        self.classes_, self.n_features_in_ = np.arange(3), 3
        return self

    def predict_proba(self, features: Any) -> Any:
        return features

    def predict(self, features: Any) -> Any:
        return np.argmax(features, axis=1)


def simulated(
    seed: int, sessions: int, *, slope: float = 1.0, bias_up: float = 0.0, span: int = 1
) -> tuple[Sample, Floats]:
    """An arm that gives q^slope · exp(bias) where q is the truth; with q. A day's outcomes lean the same way."""
    draw = np.random.default_rng(seed)
    entries = np.repeat(np.arange(sessions), A_DAY)
    truth = draw.dirichlet((2.0, 3.0, 2.0), len(entries))
    day = np.repeat(draw.normal(size=sessions), A_DAY)
    score = (day + draw.normal(size=len(entries))) / np.sqrt(2)  # correlated by 0.5 within a day
    outcomes = (norm.cdf(score)[:, None] > truth.cumsum(axis=1)[:, :2]).sum(axis=1)
    raw = fitting.recalibrated(Parameters(slope, 0.0, bias_up), truth)
    return Sample(raw, outcomes, entries, entries + span, span), truth


def rps(probabilities: Floats, outcomes: Ints) -> float:
    happened = outcomes[:, None] <= np.arange(2)
    return float((((probabilities.cumsum(axis=1)[:, :2] - happened) ** 2).sum(axis=1) / 2).mean())


def ece(probabilities: Floats, outcomes: Ints) -> float:
    """The expected calibration error: ten equal-count bins per class, averaged over classes."""
    gaps = []
    for outcome in range(3):
        order = np.argsort(probabilities[:, outcome])
        for place in np.array_split(order, 10):
            seen, said = (outcomes[place] == outcome).mean(), probabilities[place, outcome].mean()
            gaps.append(abs(seen - said) * len(place) / len(order) / 3)
    return float(sum(gaps))


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.5])
def test_the_temperature_is_scikit_learns(slope: float) -> None:
    sample, _ = simulated(1, 100, slope=slope)
    frozen = FrozenEstimator(Given().fit(None, None))
    theirs = CalibratedClassifierCV(frozen, method="temperature").fit(sample.probabilities, sample.outcomes)
    ours = fitting.recalibrated(fitting.temperature(sample), sample.probabilities)
    assert ours == pytest.approx(theirs.predict_proba(sample.probabilities), abs=1e-5)


@pytest.mark.parametrize(("slope", "bias_up"), [(1.0, 0.0), (2.0, 0.7), (0.6, -0.5)])
def test_slope_and_biases_are_the_optimum_that_scipy_finds(slope: float, bias_up: float) -> None:
    sample, _ = simulated(2, 100, slope=slope, bias_up=bias_up)

    def loss(values: Floats) -> float:
        shown = fitting.recalibrated(Parameters(*map(float, values)), sample.probabilities)
        return float(log_loss(sample.outcomes, shown))

    theirs = minimize(loss, [1.0, 0.0, 0.0], method="BFGS", options={"gtol": 1e-7})
    ours = fitting.biased(sample)
    assert (ours.slope, ours.bias_down, ours.bias_up) == pytest.approx(theirs.x, abs=2e-4)


@pytest.mark.parametrize("span", [1, 5])
@pytest.mark.parametrize("seed", range(3))
def test_an_overconfident_arm_is_improved_on_sessions_that_it_was_not_fitted_on(seed: int, span: int) -> None:
    sample, _ = simulated(seed, 400, slope=2.0, span=span)
    past, later = sample.where(sample.exits < 200), sample.where(sample.entries >= 200)
    found = fitting.fit(past)
    assert found.method != "identity"
    assert 0.35 < found.parameters.slope < 0.65
    shown = fitting.recalibrated(found.parameters, later.probabilities)
    assert rps(shown, later.outcomes) < rps(later.probabilities, later.outcomes) - 0.005
    assert ece(shown, later.outcomes) < 0.6 * ece(later.probabilities, later.outcomes)
    assert found.rps_before is not None
    assert found.rps_after is not None
    assert found.rps_after < found.rps_before


def test_an_optimist_is_improved_by_its_bias() -> None:
    sample, _ = simulated(5, 400, bias_up=0.8)
    past, later = sample.where(sample.exits < 200), sample.where(sample.entries >= 200)
    found = fitting.fit(past)
    assert found.method == "biased"
    shown = fitting.recalibrated(found.parameters, later.probabilities)
    assert rps(shown, later.outcomes) < rps(later.probabilities, later.outcomes)


def test_a_calibrated_arm_is_left_alone_or_hardly_touched() -> None:
    """Of forty calibrated arms few are recalibrated by chance, and none of them is harmed by much."""
    harms, methods = [], []
    for seed in range(40):
        sample, _ = simulated(seed, 200)
        past, later = sample.where(sample.exits < 100), sample.where(sample.entries >= 100)
        found = fitting.fit(past)
        shown = fitting.recalibrated(found.parameters, later.probabilities)
        methods.append(found.method)
        harms.append(rps(shown, later.outcomes) - rps(later.probabilities, later.outcomes))
    assert methods.count("identity") >= 36
    assert max(harms) < 0.005
    assert np.mean(harms) < 0.0005


@pytest.mark.parametrize(("sessions", "a_day"), [(59, 8), (100, 2)])
def test_with_little_data_it_stays_the_identity(sessions: int, a_day: int) -> None:
    sample, _ = simulated(1, sessions, slope=3.0)
    thinned = sample.where(np.arange(len(sample.outcomes)) % A_DAY < a_day)
    found = fitting.fit(thinned)
    assert (found.method, found.parameters, found.rps_before) == ("identity", Parameters(), None)


def test_with_just_enough_it_may_be_another() -> None:
    sample, _ = simulated(1, 60, slope=3.0)
    assert fitting.fit(sample).method != "identity"


def test_an_arm_that_knows_nothing_is_flattened_and_not_inverted() -> None:
    sample, _ = simulated(1, 100)
    against = Sample(
        sample.probabilities[:, ::-1].copy(), sample.outcomes, sample.entries, sample.exits, sample.span
    )
    assert fitting.temperature(against).slope >= fitting.SLOPES[0]


def test_probabilities_of_nothing_and_all_are_borne() -> None:
    sample, _ = simulated(1, 100)
    certain = np.eye(3)[np.random.default_rng(1).integers(0, 3, len(sample.outcomes))]
    found = fitting.fit(Sample(certain, sample.outcomes, sample.entries, sample.exits, 1))
    assert np.isfinite(fitting.recalibrated(found.parameters, certain)).all()


def test_each_trial_is_fitted_on_what_was_complete_before_its_stretch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 100 sessions the later 50 are scored, in stretches of 13, 13, 12 and 12; outcomes take five sessions."""
    fitted = []

    def spy(known: Sample) -> Parameters:
        fitted.append((int(known.entries.max()), int(known.exits.max())))
        return Parameters()

    monkeypatch.setattr(fitting, "METHODS", {"spy": spy})
    sample, _ = simulated(3, 100, span=5)
    assert fitting.fit(sample).method == "identity"  # a trial that gains nothing is not taken
    assert fitted == [(first - 6, first - 1) for first in (50, 63, 76, 88)]
