"""What people say of reports: a rating of 1 to 5 stars each, with every change of it and its author."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi.errors import NotFound, NunchiError
from nunchi.evaluate.repository import reports

LEAST, MOST = 1, 5


class BadRating(NunchiError):
    """A rating is a whole number of stars from 1 to 5, and a person gives a report one."""


def rate(session: Session, report_id: UUID, rater_id: UUID, stars: int, *, now: datetime) -> None:
    """A person's first rating of a report. Raises `BadRating` for other numbers of stars and for a second rating."""
    _check(stars)
    values = {"report_id": report_id, "rater_id": rater_id, "stars": stars, "changed_at": now}
    if not reports.add_rating(session, values):
        raise BadRating(f"report {report_id} has a rating of {rater_id}: change it")
    reports.add_change(session, {**values, "author_id": rater_id, "stars_before": None, "reason": ""})


def change(
    session: Session,
    report_id: UUID,
    rater_id: UUID,
    stars: int,
    *,
    author_id: UUID,
    reason: str,
    now: datetime,
) -> None:
    """Changes a rating, by its own author or another. Raises `NotFound` without one, `BadRating` for other numbers."""
    _check(stars)
    known = reports.rating(session, report_id, rater_id)
    if known is None:
        raise NotFound("rating", f"{report_id} / {rater_id}")
    if known.stars == stars:
        return
    before = known.stars
    reports.set_stars(session, report_id, rater_id, stars, now=now)
    values = {"report_id": report_id, "rater_id": rater_id, "author_id": author_id, "changed_at": now}
    reports.add_change(session, {**values, "stars_before": before, "stars": stars, "reason": reason})


def _check(stars: int) -> None:
    if isinstance(stars, bool) or not isinstance(stars, int) or not LEAST <= stars <= MOST:
        raise BadRating(f"{stars!r} is no rating from {LEAST} to {MOST}")
