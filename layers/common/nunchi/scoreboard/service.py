"""The public record of every arm, and how much it can bear."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from nunchi.evaluate.repository.records import latest_performance
from nunchi.models.comparisons import ArmComparison
from nunchi.models.evaluation import Performance
from nunchi.scoreboard.repository import latest_looks
from nunchi.scoreboard.sequential import minimum_days


@dataclass(frozen=True)
class Line:
    """An arm's record at one horizon, with whether there is enough evidence to read anything from it."""

    record: Performance
    enough_evidence: bool


def lines(session: Session) -> list[Line]:
    """The newest records, by horizon, lowest mean RPS first."""
    return [
        Line(record, record.entry_sessions >= minimum_days(record.horizon_sessions))
        for record in latest_performance(session)
    ]


@dataclass(frozen=True)
class Compared:
    """The newest look at an experiment and horizon, with the names of the arms."""

    arm_a: str
    arm_b: str
    look: ArmComparison


def comparisons(session: Session) -> list[Compared]:
    """What is said of every experiment, by name, its primary comparison first."""
    return [Compared(of.arm_a, of.arm_b, look) for look, of in latest_looks(session)]
