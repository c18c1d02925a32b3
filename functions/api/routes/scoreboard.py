"""How good the arms are, and how much the record can bear."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, TypeAdapter

from api.dependencies import DatabaseSession, public
from api.paging import Cursor, Order, Page, PageSize
from api.routes.experiments import LookLine
from nunchi.scoreboard import service
from nunchi.scoreboard.service import Line

router = APIRouter(prefix="/scoreboard", tags=["scoreboard"], dependencies=[public])

NOT_ENOUGH, DESCRIPTIVE = "not enough evidence", "descriptive only"


class ScoreboardLine(BaseModel):
    """An arm at one horizon. Losses are means over all cases; where the arm gave none, `prior`'s stands for it."""

    day: date
    arm: str
    horizon_sessions: int
    cases: int
    answered: int = Field(description="Cases in which the arm's own forecast counts: sealed in time.")
    late: int = Field(
        description="Forecasts that were sealed when their entry could be known; `prior` counts."
    )
    abstained: int = Field(
        description="Cases without a forecast: missing, refused or failed; `prior` counts."
    )
    entry_sessions: int
    mean_rps: float = Field(description="The headline: ranked probability score, 0..1, lower is better.")
    mean_brier: float
    mean_log_loss: float
    hit_rate: float
    skill: float = Field(description="1 - mean RPS / mean RPS of `prior` on the same cases.")
    skill_lower: float | None = Field(
        description="Asymptotic bounds of the skill at 95 %, clustered by entry session, for one look."
    )
    skill_upper: float | None
    mean_entropy: float | None = Field(description="Sharpness of the arm's own forecasts, in nats.")
    ece: float | None = Field(description="Expected calibration error over the last 250 entry sessions.")
    verdict: str = Field(examples=["not enough evidence"])


LEADERS = Order(TypeAdapter(tuple[int, float, str]))


@router.get("")
def scoreboard(
    session: DatabaseSession, limit: PageSize = 200, cursor: Cursor = None
) -> Page[ScoreboardLine]:
    """The newest record of every arm and horizon, by horizon, the lowest mean RPS first."""
    found = service.lines(session, limit=limit + 1, after=LEADERS.after(cursor))
    return LEADERS.page(
        found,
        limit,
        lambda line: (line.record.horizon_sessions, line.record.mean_rps, line.record.arm),
        lambda line: ScoreboardLine(**recorded(line, ScoreboardLine)),
    )


def recorded(line: Line, model: type[BaseModel]) -> dict[str, Any]:
    """What a form shows of a record, with what it can bear."""
    shown = {name: getattr(line.record, name) for name in model.model_fields if hasattr(line.record, name)}
    return shown | {"verdict": DESCRIPTIVE if line.enough_evidence else NOT_ENOUGH}


class ComparisonLine(LookLine):
    """The newest look at two arms at one horizon. Differences are of RPS, arm a's minus arm b's."""

    experiment: str
    arm_a: str
    arm_b: str


EXPERIMENTS = Order(TypeAdapter(tuple[str, str, int]))


@router.get("/comparisons")
def comparisons(
    session: DatabaseSession, limit: PageSize = 200, cursor: Cursor = None
) -> Page[ComparisonLine]:
    """Whether one of the arms of each experiment is better, its primary comparison first."""
    of_look = ComparisonLine.model_fields.keys() - {"arm_a", "arm_b"}
    found = service.comparisons(session, limit=limit + 1, after=EXPERIMENTS.after(cursor))
    return EXPERIMENTS.page(
        found,
        limit,
        lambda one: (one.look.experiment, one.look.role, one.look.horizon_sessions),
        lambda one: ComparisonLine(
            arm_a=one.arm_a, arm_b=one.arm_b, **{name: getattr(one.look, name) for name in of_look}
        ),
    )
