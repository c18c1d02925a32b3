"""The public record of every arm, and how much it can bear."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from nunchi.evaluate.repository import latest_performance
from nunchi.models.evaluation import Performance

# Below this many entry sessions a difference between arms says nothing: forecasts of one day share its market.
MIN_ENTRY_SESSIONS = 60


@dataclass(frozen=True)
class Line:
    """An arm's record at one horizon, with whether there is enough evidence to read anything from it."""

    record: Performance
    enough_evidence: bool


def lines(session: Session) -> list[Line]:
    """The newest records, by horizon, lowest mean RPS first."""
    return [
        Line(record, record.entry_sessions >= MIN_ENTRY_SESSIONS) for record in latest_performance(session)
    ]
