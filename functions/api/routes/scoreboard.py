"""How good the arms are, and how much the record can bear."""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import DatabaseSession
from nunchi.scoreboard import service

router = APIRouter(prefix="/scoreboard", tags=["scoreboard"])


class ScoreboardLine(BaseModel):
    """An arm at one horizon. Losses are means over all cases; where the arm gave none, `prior`'s stands for it."""

    day: date
    arm: str
    horizon_sessions: int
    cases: int
    answered: int
    entry_sessions: int
    mean_rps: float = Field(description="The headline: ranked probability score, 0..1, lower is better.")
    mean_brier: float
    mean_log_loss: float
    hit_rate: float
    skill: float = Field(description="1 - mean RPS / mean RPS of `prior` on the same cases.")
    verdict: str = Field(examples=["not enough evidence"])


@router.get("")
def scoreboard(session: DatabaseSession) -> list[ScoreboardLine]:
    """The newest record of every arm and horizon."""
    return [
        ScoreboardLine(
            **{name: getattr(line.record, name) for name in ScoreboardLine.model_fields if name != "verdict"},
            verdict="descriptive only" if line.enough_evidence else "not enough evidence",
        )
        for line in service.lines(session)
    ]
