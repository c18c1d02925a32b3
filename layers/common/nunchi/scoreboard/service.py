"""The public record of every arm, and how much it can bear."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from nunchi.evaluate.repository.records import latest_performance
from nunchi.models.comparisons import ArmComparison
from nunchi.models.evaluation import Performance
from nunchi.scoreboard.repository import cost_rows, latest_looks
from nunchi.scoreboard.sequential import minimum_days


@dataclass(frozen=True)
class Line:
    """An arm's record at one horizon, with whether there is enough evidence to read anything from it."""

    record: Performance
    enough_evidence: bool


def lines(
    session: Session, *, limit: int | None = None, after: tuple[int, float, str] | None = None
) -> list[Line]:
    """The newest records, by horizon, lowest mean RPS first, those after a place in that order."""
    return [line(record) for record in latest_performance(session, limit=limit, after=after)]


def line(record: Performance) -> Line:
    """A record with what it can bear."""
    return Line(record, record.entry_sessions >= minimum_days(record.horizon_sessions))


@dataclass(frozen=True)
class Compared:
    """The newest look at an experiment and horizon, with the names of the arms."""

    arm_a: str
    arm_b: str
    look: ArmComparison


def comparisons(
    session: Session, *, limit: int | None = None, after: tuple[str, str, int] | None = None
) -> list[Compared]:
    """What is said of every experiment, by name, its primary comparison first, after a place in that order."""
    found = latest_looks(session, limit=limit, after=after)
    return [Compared(of.arm_a, of.arm_b, look) for look, of in found]


@dataclass(frozen=True)
class Cost:
    """What an arm's forecasts had cost by a day, and how many of them were resolved; US dollars."""

    day: date
    arm: str
    cost_usd: float | None
    resolved_forecasts: int

    @property
    def cost_usd_per_resolved_forecast(self) -> float | None:
        if self.cost_usd is None or not self.resolved_forecasts:
            return None
        return self.cost_usd / self.resolved_forecasts


def costs(session: Session, *, limit: int, after: tuple[str] | None = None) -> list[Cost]:
    """The cost of each arm by the newest record, by name, those after a place in that order.

    Each of an arm's records has all that it cost.
    """
    found = cost_rows(session, limit=limit, after=after)
    return [Cost(row.day, row.arm, row.cost_usd, row.resolved) for row in found]
