"""How reports were graded: span by span, and summed up."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, TypeAdapter

from api.dependencies import ArmName, DatabaseSession, Now, StockCode, public
from api.paging import Cursor, Order, Page, PageSize
from api.problems import Problem, Wrong
from api.routes.evaluations import ExitDay, SinceDay, UntilDay, span_of
from nunchi.evaluate.report_rules import with_ratings
from nunchi.evaluate.repository import shown
from nunchi.evaluate.repository.shown import Wanted
from nunchi.models import ReportEvaluation

router = APIRouter(prefix="/evaluations", tags=["evaluations"], dependencies=[public])


class GradeLine(BaseModel):
    """A span of a report graded against a driftless walk: around 0, higher is better. No proper score."""

    report_id: UUID
    span: str = Field(examples=["short"])
    stock_code: str
    arm: str
    first_session: date
    last_session: date
    target_won: float
    support_won: float
    touch_sessions: int | None = Field(description="The session, from the entry, that reached the target.")
    break_sessions: int | None = Field(description="The session that broke the support.")
    chance: float = Field(description="The probability with which the walk would have reached the target.")
    accuracy: float
    timing: float
    risk: float
    grade: float
    ratings: int
    mean_stars: float | None
    grade_with_ratings: float = Field(description="Ratings weigh 30 % where there are any.")


class GradeSum(BaseModel):
    """Grades summed up: `key` is the day, the arm or the stock."""

    key: str
    spans: int
    mean_grade: float
    ratings: int
    mean_stars: float | None = Field(
        description="The mean over the rated spans of their report's mean stars."
    )


BY_SPAN = Order(TypeAdapter(tuple[date, UUID, str]))
BY_KEY = Order(TypeAdapter(tuple[str]))


@router.get("/reports")
def list_grades(
    session: DatabaseSession,
    stock_code: StockCode | None = None,
    arm: ArmName | None = None,
    day: ExitDay = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[GradeLine]:
    """Reports' spans that were graded, those that ended last first."""
    wanted = Wanted(stock_code, arm, day=day)
    found = shown.grades(session, wanted, limit=limit + 1, after=BY_SPAN.after(cursor))
    return BY_SPAN.page(
        found,
        limit,
        lambda row: (row[0].last_session, row[0].report_id, row[0].span),
        lambda row: _grade(row[0], row[1]),
    )


@router.get("/reports/summary")
def summed_grades(
    session: DatabaseSession,
    now: Now,
    by: Literal["day", "arm", "stock"] = "arm",
    since: SinceDay = None,
    until: UntilDay = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[GradeSum]:
    """Grades of spans that ended within some days, and ratings of their reports, by day, arm or stock."""
    first, last = span_of(since, until, now)
    place = BY_KEY.after(cursor)
    found = shown.graded(session, by, since=first, until=last, limit=limit + 1, after=_place(by, place))
    return BY_KEY.page(found, limit, lambda row: (str(row.key),), _sum)


def _place(by: str, place: tuple[str] | None) -> tuple[str] | tuple[date] | None:
    """A place in the order of a summary; a day's has to be one. Raises Problem 422."""
    if by != "day" or place is None:
        return place
    try:
        return (date.fromisoformat(place[0]),)
    except ValueError:
        raise Problem(422, "invalid", wrong=[Wrong("query.cursor", "cursor")]) from None


def _grade(one: ReportEvaluation, stars: list[int] | None) -> GradeLine:
    given = stars or []
    names = GradeLine.model_fields.keys() - {"ratings", "mean_stars", "grade_with_ratings"}
    return GradeLine(
        **{name: getattr(one, name) for name in names},
        ratings=len(given),
        mean_stars=sum(given) / len(given) if given else None,
        grade_with_ratings=with_ratings(one.grade, given),
    )


def _sum(row: Any) -> GradeSum:
    stars = None if row.mean_stars is None else float(row.mean_stars)
    return GradeSum(
        key=str(row.key), spans=row.spans, mean_grade=row.mean_grade, ratings=row.ratings, mean_stars=stars
    )
