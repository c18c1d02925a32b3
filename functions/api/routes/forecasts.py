"""What the arms forecast, with the seal that fixes it and, once known, what came of it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from api.dependencies import ArmName, DatabaseSession, Horizon, Moment, StockCode, public
from api.links import path_of
from api.paging import Cursor, Order, Page, PageSize
from nunchi.market.rules import Outcome
from nunchi.models import Case, Evaluation, Forecast, Story
from nunchi.predict import repository
from nunchi.predict.repository import Wanted

router = APIRouter(prefix="/forecasts", tags=["forecasts"], dependencies=[public])

Since = Annotated[Moment | None, Query(description="Only forecasts made at this moment or later.")]
Until = Annotated[Moment | None, Query(description="Only forecasts made before this moment.")]
Sealed = Annotated[bool | None, Query(description="Only those that are sealed, or those that are not yet.")]


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
    created_at: AwareDatetime
    sealed_at: AwareDatetime | None
    content_hash: str | None
    score: Score | None


class SealOfForecast(BaseModel):
    root: str
    previous_root: str
    sealed_at: AwareDatetime = Field(description="What decides the entry.")
    proof_url: str


class ForecastDetail(ForecastLine):
    """A forecast with what the arm was shown and what it said of its reasons."""

    expected_move_ratio: float | None = Field(description="Market-adjusted; the baselines give none.")
    sigma20_ratio: float = Field(description="Daily market-adjusted volatility over 20 sessions.")
    model: str
    prompt_version: str
    rationale_ko: str = Field(description="A machine's text: show it as text, never as HTML.")
    grounded: bool | None = Field(description="Whether every number of the rationale was in the evidence.")
    cited_article_ids: list[UUID]
    evidence: dict[str, Any] = Field(description="What was known at `as_of`; the same for every arm.")
    seal: SealOfForecast | None


ORDER = Order(TypeAdapter(tuple[AwareDatetime, UUID]))


@router.get("")
def list_forecasts(
    session: DatabaseSession,
    stock_code: StockCode | None = None,
    arm: ArmName | None = None,
    horizon_sessions: Horizon | None = None,
    since: Since = None,
    until: Until = None,
    sealed: Sealed = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[ForecastLine]:
    """The newest forecasts, of all or of those that the parameters name."""
    wanted = Wanted(stock_code, arm, horizon_sessions, since, until, sealed)
    found = repository.newest(session, wanted, limit=limit + 1, after=ORDER.after(cursor))
    return ORDER.page(
        found,
        limit,
        lambda row: (row[0].created_at, row[0].id),
        lambda row: ForecastLine(**_shown(*row)),
    )


@router.get("/{forecast_id}")
def get_forecast(forecast_id: UUID, session: DatabaseSession, request: Request) -> ForecastDetail:
    """One forecast in whole."""
    forecast, case, story, answer, evaluation, seal = repository.whole(session, forecast_id)
    proof = path_of(request, "forecast_proof", forecast_id=forecast_id)
    kept = ("root", "previous_root", "sealed_at")
    return ForecastDetail(
        **_shown(forecast, case, story, evaluation),
        expected_move_ratio=forecast.expected_move_ratio,
        sigma20_ratio=case.sigma20_ratio,
        model=answer.model,
        prompt_version=answer.prompt_version,
        rationale_ko=answer.rationale,
        grounded=answer.grounded,
        cited_article_ids=[UUID(one) for one in answer.cited],
        evidence=case.evidence,
        seal=SealOfForecast(**{name: getattr(seal, name) for name in kept}, proof_url=proof)
        if seal
        else None,
    )


def _shown(forecast: Forecast, case: Case, story: Story, evaluation: Evaluation | None) -> dict[str, Any]:
    names = ("id", "arm", "horizon_sessions", "calibrator", "created_at", "sealed_at", "content_hash")
    classes = ("down", "flat", "up")
    return {
        **{name: getattr(forecast, name) for name in names},
        **{f"p_{one}": getattr(forecast, f"shown_{one}") for one in classes},
        **{f"raw_{one}": getattr(forecast, f"p_{one}") for one in classes},
        "story_id": case.story_id,
        "story_title": story.title,
        "stock_code": case.stock_code,
        "as_of": case.as_of,
        "score": score(evaluation) if evaluation else None,
    }


def score(evaluation: Evaluation) -> Score:
    """What came of a forecast, as it is shown."""
    names = Score.model_fields.keys() - {"outcome"}
    return Score(
        **{name: getattr(evaluation, name) for name in names},
        outcome=Outcome(evaluation.outcome).name.lower(),
    )
