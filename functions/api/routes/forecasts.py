"""What the arms forecast, with the seal that fixes it and, once known, what came of it."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from api.dependencies import ArmName, DatabaseSession, Limit, StockCode, public
from nunchi.market.rules import Outcome
from nunchi.models.evaluation import Evaluation
from nunchi.predict import repository

router = APIRouter(prefix="/forecasts", tags=["forecasts"], dependencies=[public])


class Score(BaseModel):
    """What the market did, and the losses (lower is better)."""

    entry_session: date
    exit_session: date
    adjusted_return_ratio: float
    band_ratio: float
    outcome: str = Field(examples=["up"])
    rps: float
    brier: float
    log_loss: float


class ForecastLine(BaseModel):
    id: UUID
    story_id: UUID
    story_title: str
    stock_code: str
    arm: str
    horizon_sessions: int
    p_down: float = Field(description="The probabilities that count: recalibrated.")
    p_flat: float
    p_up: float
    raw_down: float = Field(description="As the arm gave them.")
    raw_flat: float
    raw_up: float
    calibrator: str = Field(examples=["identity"], description="What lies between the two.")
    as_of: AwareDatetime
    sealed_at: AwareDatetime | None
    content_hash: str | None
    score: Score | None


@router.get("")
def list_forecasts(
    session: DatabaseSession,
    stock_code: StockCode | None = None,
    arm: ArmName | None = None,
    limit: Limit = 50,
) -> list[ForecastLine]:
    """The newest forecasts, of one stock or arm or of all."""
    return [
        ForecastLine(
            id=forecast.id,
            story_id=case.story_id,
            story_title=story.title,
            stock_code=case.stock_code,
            arm=forecast.arm,
            horizon_sessions=forecast.horizon_sessions,
            p_down=forecast.shown_down,
            p_flat=forecast.shown_flat,
            p_up=forecast.shown_up,
            raw_down=forecast.p_down,
            raw_flat=forecast.p_flat,
            raw_up=forecast.p_up,
            calibrator=forecast.calibrator,
            as_of=case.as_of,
            sealed_at=forecast.sealed_at,
            content_hash=forecast.content_hash,
            score=_score(evaluation) if evaluation else None,
        )
        for forecast, case, story, evaluation in repository.newest(
            session, stock_code=stock_code, arm=arm, limit=limit
        )
    ]


def _score(evaluation: Evaluation) -> Score:
    return Score(
        entry_session=evaluation.entry_session,
        exit_session=evaluation.exit_session,
        adjusted_return_ratio=evaluation.adjusted_return_ratio,
        band_ratio=evaluation.band_ratio,
        outcome=Outcome(evaluation.outcome).name.lower(),
        rps=evaluation.rps,
        brier=evaluation.brier,
        log_loss=evaluation.log_loss,
    )
