"""The listed names that texts are matched against."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi.models.market import Stock


def listed_names(session: Session) -> dict[str, str]:
    """Listed name → code of every active stock."""
    return dict(session.execute(select(Stock.name, Stock.code).where(Stock.active)).tuples().all())
