"""An arm's record over a run, by the rules that score the live forecasts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import fsum
from uuid import UUID

from infra.rerun.answers import Triple
from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.scoreboard import rules
from nunchi.scoreboard.rules import Bin, Comparison, SkillInterval

ALPHA = 0.05
# (case, arm) → probabilities by horizon in sessions; none where the arm was asked and gave none
Said = Mapping[tuple[UUID, str], Mapping[int, Triple]]


@dataclass(frozen=True)
class Happened:
    """What came of a case at a horizon: the class, the session of the entry, and what `prior` had said.

    `known_on` is the day in Seoul on which the case's story became known.
    """

    case_id: UUID
    horizon_sessions: int
    entry_session: date
    outcome: int
    prior: Triple
    known_on: date


@dataclass(frozen=True)
class Pair:
    """One case at one horizon: an arm's probabilities, or `prior`'s where it gave none, and what happened."""

    entry_session: date
    probabilities: Triple
    prior: Triple
    outcome: int
    is_answered: bool

    @property
    def loss(self) -> float:
        """The RPS of the arm, 0..1."""
        return rules.ranked_probability_score(self.probabilities, self.outcome)

    @property
    def prior_loss(self) -> float:
        """The RPS of `prior`, 0..1."""
        return rules.ranked_probability_score(self.prior, self.outcome)


@dataclass(frozen=True)
class Record:
    """An arm at one horizon. Skill and verdict are against `prior`; `gain` is its loss minus the arm's, added up."""

    arm: str
    horizon_sessions: int
    forecasts: int
    answered: int
    entry_sessions: int
    mean_rps: float
    skill: SkillInterval
    versus_prior: Comparison
    calibration_error: float
    curves: list[list[Bin]]
    gain: list[tuple[date, float]]

    @property
    def coverage(self) -> float:
        """The share of the forecasts that the arm gave, 0..1."""
        return self.answered / self.forecasts


def apart(happened: Iterable[Happened], said: Said, cutoffs: Mapping[str, date]) -> tuple[Said, Said]:
    """What is told of stories after an arm's training cut-off, and what is hindsight: of its last day and before it.

    An arm without a cut-off has no hindsight; what is not known to have come to anything is in neither.
    """
    days = {one.case_id: one.known_on for one in happened}
    counted: dict[tuple[UUID, str], Mapping[int, Triple]] = {}
    hindsight: dict[tuple[UUID, str], Mapping[int, Triple]] = {}
    for (case_id, arm), forecasts in said.items():
        if case_id in days:
            is_hindsight = arm in cutoffs and days[case_id] <= cutoffs[arm]
            (hindsight if is_hindsight else counted)[case_id, arm] = forecasts
    return counted, hindsight


def records(happened: Sequence[Happened], said: Said) -> list[Record]:
    """The record of every arm at every horizon of which anything is known, by horizon and arm."""
    arms = sorted({arm for _, arm in said})
    found = (
        (arm, horizon, pairs(happened, said, arm, horizon)) for horizon in FORECAST_HORIZONS for arm in arms
    )
    return [record(arm, horizon, told) for arm, horizon, told in found if told]


def pairs(happened: Iterable[Happened], said: Said, arm: str, horizon: int) -> list[Pair]:
    """An arm's forecasts at one horizon, by entry session, over every case that was put to it."""
    found = [
        _pair(one, said[one.case_id, arm].get(horizon))
        for one in happened
        if one.horizon_sessions == horizon and (one.case_id, arm) in said
    ]
    return sorted(found, key=lambda pair: pair.entry_session)


def duel(happened: Sequence[Happened], said: Said, a: str, b: str, horizon: int) -> Comparison:
    """Two arms on the cases that were put to both."""
    shared = [one for one in happened if (one.case_id, a) in said and (one.case_id, b) in said]
    of_a, of_b = (pairs(shared, said, arm, horizon) for arm in (a, b))
    days = [one.entry_session for one in of_a]
    return rules.compare([one.loss for one in of_a], [one.loss for one in of_b], days, horizon, ALPHA)


def _pair(one: Happened, said: Triple | None) -> Pair:
    return Pair(one.entry_session, said or one.prior, one.prior, one.outcome, said is not None)


def record(arm: str, horizon: int, told: Sequence[Pair]) -> Record:
    """The record of an arm's forecasts at one horizon, given by entry session."""
    losses, prior_losses = [one.loss for one in told], [one.prior_loss for one in told]
    days = [(day, list(found)) for day, found in groupby(told, key=lambda one: one.entry_session)]
    own, base = (
        [fsum(getattr(one, name) for one in found) for _, found in days] for name in ("loss", "prior_loss")
    )
    shown, outcomes = [one.probabilities for one in told], [one.outcome for one in told]
    return Record(
        arm,
        horizon,
        forecasts=len(told),
        answered=sum(one.is_answered for one in told),
        entry_sessions=len(days),
        mean_rps=fsum(losses) / len(losses),
        skill=rules.skill_interval(own, base, horizon, ALPHA),
        versus_prior=rules.compare(losses, prior_losses, [one.entry_session for one in told], horizon, ALPHA),
        calibration_error=rules.expected_calibration_error(shown, outcomes),
        curves=rules.reliability(shown, outcomes),
        gain=_cumulated([day for day, _ in days], own, base),
    )


def _cumulated(days: Sequence[date], own: Sequence[float], base: Sequence[float]) -> list[tuple[date, float]]:
    gains = [prior - loss for loss, prior in zip(own, base, strict=True)]
    return [(day, fsum(gains[: place + 1])) for place, day in enumerate(days)]
