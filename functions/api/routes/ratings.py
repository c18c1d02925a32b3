"""What people say of reports: a queue for raters, a rating of 1 to 5 stars each, and every change of it."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, StrictInt, TypeAdapter

from api.access import problem_responses
from api.dependencies import PRINTABLE, DatabaseSession, Now, Rater, require
from api.forms import Strict
from api.paging import Cursor, Order, Page, PageSize
from api.problems import Problem
from nunchi.accounts.rules import Role
from nunchi.errors import NotFound
from nunchi.evaluate import ratings
from nunchi.evaluate.repository import shown
from nunchi.models import Rating, RatingChange, Report

router = APIRouter(prefix="/evaluations", tags=["evaluations"])

WAITS = timedelta(days=14)  # a report that is older waits for nobody's rating
Stars = Annotated[StrictInt, Field(ge=ratings.LEAST, le=ratings.MOST, examples=[4])]


class QueueLine(BaseModel):
    """A report that waits for a rating; without its grade, which would sway who rates."""

    report_id: UUID
    stock_code: str
    arm: str
    session: date
    slot: str
    version: int
    as_of: AwareDatetime
    summary_ko: str = Field(description="A machine's text: show it as text, never as HTML.")
    report_url: str
    ratings: int = Field(description="How many others have rated it.")


class NewRating(Strict):
    stars: Stars


class RatingWanted(Strict):
    stars: Stars
    reason: str = Field(default="", max_length=500, pattern=PRINTABLE, examples=["처음에 근거를 잘못 읽음"])


class RatingLine(BaseModel):
    report_id: UUID
    rater_id: UUID = Field(description="Nobody's any more where that account was deleted.")
    stars: int
    changed_at: AwareDatetime


class ChangeLine(BaseModel):
    """A change of a rating, and whose it was."""

    author_id: UUID
    stars_before: int | None = Field(description="Null: the first rating.")
    stars: int
    reason: str
    changed_at: AwareDatetime


TIMES = Order(TypeAdapter(tuple[AwareDatetime, UUID]))
RATERS = Order(TypeAdapter(tuple[UUID]))
CHANGES = Order(TypeAdapter(tuple[int]))
RATED = "/reports/{report_id}/ratings"


@router.get("/queue")
def rating_queue(
    rater: Rater, session: DatabaseSession, now: Now, limit: PageSize = 50, cursor: Cursor = None
) -> Page[QueueLine]:
    """The reports of the last two weeks that one has not rated, the newest first."""
    found = shown.unrated(session, rater.id, since=now - WAITS, limit=limit + 1, after=TIMES.after(cursor))
    return TIMES.page(
        found, limit, lambda row: (row[0].as_of, row[0].id), lambda row: _waiting(row[0], row[1])
    )


@router.get(RATED, dependencies=[require("rater")])
def list_ratings(
    report_id: UUID, session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None
) -> Page[RatingLine]:
    """A report's ratings as they are now."""
    shown.require_report(session, report_id)
    found = shown.ratings(session, report_id, limit=limit + 1, after=RATERS.after(cursor))
    return RATERS.page(found, limit, lambda one: (one.rater_id,), _line)


@router.post(RATED, status_code=201, responses=problem_responses(409))
def rate_report(
    report_id: UUID, body: NewRating, rater: Rater, session: DatabaseSession, now: Now
) -> RatingLine:
    """One's first rating of a report."""
    shown.require_report(session, report_id)
    try:
        ratings.rate(session, report_id, rater.id, body.stars, now=now)
    except ratings.BadRating:
        raise Problem(409, "rated_before") from None
    return RatingLine(report_id=report_id, rater_id=rater.id, stars=body.stars, changed_at=now)


@router.patch(RATED + "/{rater_id}")
def change_rating(
    report_id: UUID, rater_id: UUID, body: RatingWanted, rater: Rater, session: DatabaseSession, now: Now
) -> RatingLine:
    """Changes one's own rating; an admin may change others', and is kept as the author."""
    if rater.id != rater_id and rater.role is not Role.ADMIN:
        raise NotFound("rating", rater_id)
    ratings.change(session, report_id, rater_id, body.stars, author_id=rater.id, reason=body.reason, now=now)
    return _line(shown.rating(session, report_id, rater_id))


@router.get(RATED + "/{rater_id}/changes", dependencies=[require("rater")])
def rating_changes(
    report_id: UUID, rater_id: UUID, session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None
) -> Page[ChangeLine]:
    """Every change of a rating with its author, the newest first."""
    shown.rating(session, report_id, rater_id)
    found = shown.changes(session, report_id, rater_id, limit=limit + 1, after=CHANGES.after(cursor))
    return CHANGES.page(found, limit, lambda one: (one.id,), _change)


def _waiting(report: Report, others: int) -> QueueLine:
    names = QueueLine.model_fields.keys() - {"report_id", "report_url", "ratings"}
    return QueueLine(
        **{name: getattr(report, name) for name in names},
        report_id=report.id,
        report_url=f"/api/reports/{report.id}",
        ratings=others,
    )


def _line(one: Rating) -> RatingLine:
    return RatingLine.model_validate(one, from_attributes=True)


def _change(one: RatingChange) -> ChangeLine:
    return ChangeLine.model_validate(one, from_attributes=True)
