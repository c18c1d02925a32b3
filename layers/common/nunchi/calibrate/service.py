"""What is shown of an arm's forecast: its probabilities, recalibrated by what was fitted before it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from nunchi.calibrate import repository, rules
from nunchi.predict.rules import Probabilities, settle

# the reference that skill is measured against: recalibrated, it would be another one each night
NEVER = frozenset({"prior"})


@dataclass(frozen=True)
class Shown:
    """A horizon's shown probabilities, and the name of what they were recalibrated by."""

    probabilities: Probabilities
    calibrator: str


def shown(session: Session, arm: str, raw: Mapping[int, Probabilities], *, now: datetime) -> dict[int, Shown]:
    """An arm's raw probabilities by horizon, recalibrated by the newest that was fitted by `now`."""
    calibrators = {} if arm in NEVER else repository.newest(session, arm, now=now)
    found = {}
    for horizon, given in raw.items():
        calibrator = calibrators.get(horizon)
        if calibrator is None or calibrator.method == rules.IDENTITY:
            found[horizon] = Shown(given, rules.IDENTITY)
            continue
        parameters = rules.Parameters.of(calibrator.parameters)
        name = rules.label(calibrator.method, calibrator.version)
        found[horizon] = Shown(settle(rules.apply(parameters, tuple(given))), name)
    return found
