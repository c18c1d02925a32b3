"""What came of forecasts, one by one and summed up."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter

from api.dependencies import ArmName, DatabaseSession, Horizon, Now, StockCode, StockPath, public
from api.paging import Cursor, Order, Page, PageSize
from api.problems import Problem, Wrong
from api.routes.forecasts import Score, score
from api.routes.ledger import FIRST, LAST
from nunchi.evaluate.repository import shown
from nunchi.evaluate.repository.shown import Wanted
from nunchi.models import Evaluation, Forecast
from nunchi.seoul import seoul_date

router = APIRouter(prefix="/evaluations", tags=["evaluations"], dependencies=[public])

LONGEST, USUAL = timedelta(days=366), timedelta(days=92)
ExitDay = Annotated[
    date | None, Query(ge=FIRST, le=LAST, description="Only what ended with this session's close.")
]
SinceDay = Annotated[
    date | None, Query(ge=FIRST, le=LAST, description="The first day; 92 days before the last if not given.")
]
UntilDay = Annotated[date | None, Query(ge=FIRST, le=LAST, description="The last day; today if not given.")]


class EvaluationLine(Score):
    """A forecast scored by the newest bars. Losses are those of the probabilities that were shown."""

    forecast_id: UUID
    stock_code: str
    arm: str
    horizon_sessions: int
    entry_won: int
    exit_won: int
    stock_return_ratio: float
    hit: bool
    raw_rps: float = Field(description="Of the probabilities as the arm gave them.")
    prior_rps: float | None = Field(description="Of `prior`'s forecast of the same case on the same trade.")
    late: bool = Field(
        description="It was sealed when its entry could be known: `prior`'s counts in its place."
    )
    flags: list[str]
    revision: int = Field(description="Above 1 where a bar was changed.")


class DayLine(BaseModel):
    """An arm's forecasts that entered at one session, scored. `prior`'s losses stand where the arm gave none."""

    entry_session: date
    arm: str
    horizon_sessions: int
    cases: int
    answered: int
    late: int
    abstained: int
    mean_rps: float
    prior_mean_rps: float
    hit_rate: float
    skill: float | None = Field(
        description="Of one day alone: it bears no conclusion. Null: `prior` made no error."
    )


class StockLine(BaseModel):
    """What came of an arm's own forecasts of a stock, those left out that count in no record."""

    arm: str
    horizon_sessions: int
    forecasts: int
    mean_rps: float
    mean_brier: float
    mean_log_loss: float
    hit_rate: float
    skill: float | None = Field(description="On the forecasts for which `prior` gave one, too.")


class StockEvaluations(BaseModel):
    stock_code: str
    since: date
    until: date
    arms: list[StockLine]
    verdict: Literal["descriptive only"] = Field(
        default="descriptive only", description="One stock's forecasts can't tell arms apart."
    )


BY_EXIT = Order(TypeAdapter(tuple[date, UUID]))
BY_DAY = Order(TypeAdapter(tuple[date, str, int]))


@router.get("")
def list_evaluations(
    session: DatabaseSession,
    stock_code: StockCode | None = None,
    arm: ArmName | None = None,
    horizon_sessions: Horizon | None = None,
    day: ExitDay = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[EvaluationLine]:
    """Forecasts that were scored, those that ended last first."""
    wanted = Wanted(stock_code, arm, horizon_sessions, day)
    found = shown.evaluations(session, wanted, limit=limit + 1, after=BY_EXIT.after(cursor))
    return BY_EXIT.page(
        found, limit, lambda row: (row[0].exit_session, row[0].forecast_id), lambda row: _line(row[0], row[1])
    )


@router.get("/days")
def evaluated_days(
    session: DatabaseSession,
    arm: ArmName | None = None,
    horizon_sessions: Horizon | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[DayLine]:
    """What came of each entry session, by arm and horizon, the newest first."""
    found = shown.days(
        session, arm=arm, horizon_sessions=horizon_sessions, limit=limit + 1, after=BY_DAY.after(cursor)
    )
    return BY_DAY.page(found, limit, lambda row: (row.entry_session, row.arm, row.horizon_sessions), _day)


@router.get("/stocks/{code}")
def evaluated_stock(
    code: StockPath, session: DatabaseSession, now: Now, since: SinceDay = None, until: UntilDay = None
) -> StockEvaluations:
    """What came of a stock's forecasts that ended in a span of days, by arm and horizon.

    Late ones, and those of events before an arm's cut-off, are left out, as in the records.
    """
    first, last = span_of(since, until, now)
    found = shown.of_stock(session, code, since=first, until=last)
    return StockEvaluations(stock_code=code, since=first, until=last, arms=[_of_stock(row) for row in found])


def span_of(since: date | None, until: date | None, now: Any) -> tuple[date, date]:
    """A span of at most 366 days in Seoul. Raises Problem 422."""
    last = until or seoul_date(now)
    first = since or last - USUAL
    if not timedelta() <= last - first <= LONGEST:
        raise Problem(422, "invalid", wrong=[Wrong("query.since", "span", {"days": LONGEST.days})])
    return first, last


def _line(evaluation: Evaluation, forecast: Forecast) -> EvaluationLine:
    names = EvaluationLine.model_fields.keys() - Score.model_fields.keys() - {"arm", "horizon_sessions"}
    return EvaluationLine(
        **score(evaluation).model_dump(),
        **{name: getattr(evaluation, name) for name in names},
        arm=forecast.arm,
        horizon_sessions=forecast.horizon_sessions,
    )


def _day(row: Any) -> DayLine:
    counted = ("entry_session", "arm", "horizon_sessions", "cases", "answered", "late", "abstained")
    return DayLine(
        **{name: getattr(row, name) for name in counted},
        mean_rps=row.sum_rps / row.cases,
        prior_mean_rps=row.sum_prior_rps / row.cases,
        hit_rate=row.hits / row.cases,
        skill=skill_of(row.sum_rps, row.sum_prior_rps),
    )


def skill_of(rps: float | None, prior_rps: float | None) -> float | None:
    """1 - loss / `prior`'s loss on the same cases; None where that one made no error."""
    return 1 - (rps or 0.0) / prior_rps if prior_rps else None


def _of_stock(row: Any) -> StockLine:
    kept = ("arm", "horizon_sessions", "forecasts", "mean_rps", "mean_brier", "mean_log_loss")
    return StockLine(
        **{name: getattr(row, name) for name in kept},
        hit_rate=row.hits / row.forecasts,
        skill=skill_of(row.sum_rps, row.sum_prior_rps),
    )
