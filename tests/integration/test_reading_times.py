"""Dates and times come out of Postgres as they went in, whatever they look like on the wire."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Date, DateTime, literal, select
from sqlalchemy.orm import Session

MOMENTS = [
    datetime(2026, 11, 25, tzinfo=UTC),
    datetime(2026, 11, 25, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 11, 25, 9, 0, 0, 120000, tzinfo=UTC),  # two digits of a second
    datetime(2026, 11, 25, 9, 0, 0, 1, tzinfo=UTC),
    datetime(1960, 1, 1, tzinfo=UTC),  # Seoul was not whole hours from UTC then
]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "Asia/Kolkata", "America/St_Johns"])
def test_a_time_is_read_as_the_same_moment_in_any_zone_of_the_server(
    session: Session, moment: datetime, zone: str
) -> None:
    session.connection().exec_driver_sql(f"SET LOCAL TimeZone = '{zone}'")
    found = session.scalar(select(literal(moment, DateTime(timezone=True))))
    assert found == moment
    assert found is not None
    assert found.utcoffset() is not None


def test_a_date_is_read_as_itself(session: Session) -> None:
    days = [date(1956, 3, 3), date(2026, 2, 28), date.min, date.max - timedelta(days=1)]
    assert [session.scalar(select(literal(day, Date()))) for day in days] == days


def test_no_time_is_none(session: Session) -> None:
    assert session.scalar(select(literal(None, DateTime(timezone=True)))) is None
