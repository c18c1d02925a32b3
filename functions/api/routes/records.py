"""The scoreboard in parts: by market and kind of event, calibration, day by day, and what it cost."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter

from api.dependencies import ARM, ArmName, DatabaseSession, Horizon, public
from api.paging import Cursor, Order, Page, PageSize
from api.routes.evaluations import skill_of
from api.routes.ledger import FIRST, LAST
from api.routes.scoreboard import DESCRIPTIVE, NOT_ENOUGH, recorded
from nunchi.models import Performance
from nunchi.scoreboard import service
from nunchi.scoreboard.repository import records, series
from nunchi.scoreboard.sequential import minimum_days

router = APIRouter(prefix="/scoreboard", tags=["scoreboard"], dependencies=[public])

RequiredArm = Annotated[str, Query(pattern=ARM, description="An arm's name.")]
RequiredHorizon = Annotated[Horizon, Query()]
Since = Annotated[
    date | None, Query(ge=FIRST, le=LAST, description="The first session; the sums count those before, too.")
]


class BreakdownLine(BaseModel):
    """An arm at one horizon in one market, or with one kind of event."""

    day: date
    arm: str
    horizon_sessions: int
    market: str = Field(examples=["KOSPI"], description="Empty: both.")
    event_kind: str = Field(examples=["news"], description="Empty: all.")
    cases: int
    answered: int
    entry_sessions: int
    mean_rps: float
    skill: float
    skill_lower: float | None
    skill_upper: float | None
    verdict: str = Field(examples=[NOT_ENOUGH])


class CurvePoint(BaseModel):
    """Forecasts of like probability for a class, and how often it came true."""

    forecasts: int
    mean_probability: float
    share_came_true: float


class ReliabilityLine(BaseModel):
    """An arm's calibration at one horizon over the last 250 entry sessions, recalibrated as shown."""

    day: date
    arm: str
    horizon_sessions: int
    ece: float | None
    classes: dict[str, list[CurvePoint]] = Field(
        description="By class (down, flat, up): up to ten bins of about equal count, lowest probability first."
    )
    verdict: str = Field(examples=[NOT_ENOUGH])


class CostLine(BaseModel):
    """What an arm's calls for the record have cost, and what that is for a forecast that was scored."""

    day: date
    arm: str
    cost_usd: float | None = Field(
        description="Of all calls so far, answered or not; null where nothing was paid."
    )
    resolved_forecasts: int = Field(description="Of its own in time, over all horizons.")
    cost_usd_per_resolved_forecast: float | None = Field(
        description="Null where nothing was paid, or nothing resolved yet."
    )


class SeriesPoint(BaseModel):
    """One entry session, and all of them up to it."""

    entry_session: date
    cases: int
    mean_rps: float
    prior_mean_rps: float
    skill: float | None = Field(description="Of this session alone.")
    cumulative_cases: int
    cumulative_skill: float | None
    entry_sessions: int = Field(description="How many there were so far.")
    verdict: str = Field(
        examples=[NOT_ENOUGH], description="Whether what there was so far can be read at all."
    )


PLACES = Order(TypeAdapter(tuple[int, str, str, str]))
DAYS = Order(TypeAdapter(tuple[date]))
NAMES = Order(TypeAdapter(tuple[str]))


@router.get("/breakdown")
def breakdown(
    session: DatabaseSession,
    by: Literal["market", "event_kind"] = "market",
    arm: ArmName | None = None,
    horizon_sessions: Horizon | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[BreakdownLine]:
    """The newest records in each market, or of each kind of event."""
    found = records(
        session,
        by,
        arm=arm,
        horizon_sessions=horizon_sessions,
        limit=limit + 1,
        after=PLACES.after(cursor),
    )
    return PLACES.page(
        found, limit, _place, lambda one: BreakdownLine(**recorded(service.line(one), BreakdownLine))
    )


@router.get("/reliability")
def reliability(
    session: DatabaseSession,
    arm: ArmName | None = None,
    horizon_sessions: Horizon | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[ReliabilityLine]:
    """How often each class came true, by the probability that it was given, for every arm and horizon."""
    found = records(
        session,
        "all",
        arm=arm,
        horizon_sessions=horizon_sessions,
        limit=limit + 1,
        after=PLACES.after(cursor),
    )
    return PLACES.page(found, limit, _place, _curve)


def _place(one: Performance) -> tuple[int, str, str, str]:
    return one.horizon_sessions, one.arm, one.market, one.event_kind


def _curve(one: Performance) -> ReliabilityLine:
    names = CurvePoint.model_fields
    classes = {
        name: [CurvePoint(**dict(zip(names, point, strict=True))) for point in points]
        for name, points in one.reliability.items()
    }
    return ReliabilityLine(**recorded(service.line(one), ReliabilityLine), classes=classes)


@router.get("/series")
def skill_series(
    session: DatabaseSession,
    arm: RequiredArm,
    horizon_sessions: RequiredHorizon,
    since: Since = None,
    limit: PageSize = 200,
    cursor: Cursor = None,
) -> Page[SeriesPoint]:
    """An arm's skill by entry session, of the day and of all days up to it, oldest first."""
    place = DAYS.after(cursor)
    found = series(
        session, arm, horizon_sessions, since=since, limit=limit + 1, after=place[0] if place else None
    )
    return DAYS.page(
        found, limit, lambda row: (row.entry_session,), lambda row: _point(row, horizon_sessions)
    )


def _point(row: Any, horizon: int) -> SeriesPoint:
    return SeriesPoint(
        entry_session=row.entry_session,
        cases=row.cases,
        mean_rps=row.sum_rps / row.cases,
        prior_mean_rps=row.sum_prior_rps / row.cases,
        skill=skill_of(row.sum_rps, row.sum_prior_rps),
        cumulative_cases=row.so_far_cases,
        cumulative_skill=skill_of(row.so_far_sum_rps, row.so_far_sum_prior_rps),
        entry_sessions=row.entry_sessions,
        verdict=DESCRIPTIVE if row.entry_sessions >= minimum_days(horizon) else NOT_ENOUGH,
    )


@router.get("/costs")
def costs(session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None) -> Page[CostLine]:
    """What each arm cost, in all and for each forecast that was scored, as of the newest record."""
    found = service.costs(session, limit=limit + 1, after=NAMES.after(cursor))
    return NAMES.page(
        found,
        limit,
        lambda one: (one.arm,),
        lambda one: CostLine.model_validate(one, from_attributes=True),
    )
