"""How long an answer holds, and when a quota is whole again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market.calendar import xkrx
from nunchi.requested import rules
from nunchi.seoul import SEOUL, seoul_date

moments = st.datetimes(datetime(2026, 1, 5), datetime(2026, 11, 1), timezones=st.just(UTC))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("said", "now", "holds"),
    [
        (at(19, 10), at(19, 10, 29), True),
        (at(19, 10), at(19, 10, 30), False),  # in session there is a new price each minute
        (at(19, 15), at(19, 16), False),  # before the close, which is known now
        (at(19, 16), at(20, 8, 59), True),
        (at(19, 16), at(20, 9), False),
        (at(16, 16), at(18, 23), True),  # a weekend
        (at(16, 16), at(19, 16), False),
        (at(20, 8, 50), at(20, 9, 10), True),
    ],
)
def test_an_answer_holds_until_prices_are_made(said: datetime, now: datetime, holds: bool) -> None:
    assert rules.is_fresh(said, xkrx(), now=now) is holds


@given(
    moments, st.timedeltas(timedelta(0), timedelta(days=10)), st.timedeltas(timedelta(0), timedelta(days=10))
)
def test_what_no_longer_holds_never_holds_again(said: datetime, age: timedelta, more: timedelta) -> None:
    calendar = xkrx()
    if rules.is_fresh(said, calendar, now=said + age + more):
        assert rules.is_fresh(said, calendar, now=said + age)


@given(moments)
def test_a_quota_is_whole_on_the_next_day_and_not_before(now: datetime) -> None:
    wait = timedelta(seconds=rules.whole_again_s(now))
    assert seoul_date(now + wait + timedelta(seconds=1)) > seoul_date(now)
    assert seoul_date(now + wait - timedelta(seconds=2)) == seoul_date(now)
    assert timedelta(0) < wait <= timedelta(days=1)


def test_nobody_waits_for_longer_than_half_an_hour() -> None:
    said = at(19, 10)
    assert rules.is_worth_an_answer(said, now=said + rules.PATIENCE - timedelta(microseconds=1))
    assert not rules.is_worth_an_answer(said, now=said + rules.PATIENCE)
