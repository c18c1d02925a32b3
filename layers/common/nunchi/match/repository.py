"""The listed names that texts are matched against."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi.models.market import Stock


def listed_names(session: Session) -> dict[str, str]:
    """Listed name → code of every active stock."""
    query = select(Stock.name, Stock.code).where(Stock.active)
    return {name: code for name, code in session.execute(query)}  # noqa: C416
