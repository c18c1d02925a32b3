"""The exchange's calendar as it is known."""

from sqlalchemy.orm import Session

from nunchi.market.calendar import Calendar, xkrx
from nunchi.market.corrections import corrected
from nunchi.quotes import repository


def calendar(session: Session) -> Calendar:
    """The exported calendar, with what the broker has said of days since."""
    exported = xkrx()
    return corrected(exported, repository.days_known(session, since=exported.sessions[0].day))
