"""Weeks, months and minutes put together."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nunchi.market.adjustments import Factor, adjust
from nunchi.market.calendar import xkrx
from nunchi.stocks.candles import Traded, candles, of_minutes

SESSION = xkrx().sessions[-1]
FIRST = date(2026, 1, 1)


@dataclass(frozen=True)
class One:
    at: datetime
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int = 10


def traded(days: list[int], price: int = 100) -> list[Traded]:
    return [
        Traded(
            FIRST + timedelta(days=day), price + day, price + day + 5, price + day - 5, price + day + 1, 10
        )
        for day in days
    ]


def minute(number: int, price: int) -> One:
    return One(SESSION.opens_at + timedelta(minutes=number), price, price + 2, price - 2, price + 1)


def test_a_week_runs_from_monday_to_sunday_across_the_new_year() -> None:
    bars = adjust(traded([-3, -2, 0, 1, 4]), (), as_of=FIRST)  # 29 and 30 December; 1, 2 and 5 January
    week, next_week = candles(bars, "week")
    assert (week.first_session, week.last_session, week.sessions) == (
        date(2025, 12, 29),
        date(2026, 1, 2),
        4,
    )
    assert (week.open_won, week.high_won, week.low_won, week.close_won) == (97, 106, 92, 102)
    assert (week.volume_shares, next_week.first_session) == (40, date(2026, 1, 5))


def test_months_are_apart() -> None:
    bars = adjust(traded([29, 30, 31]), (), as_of=FIRST)
    assert [(one.last_session.month, one.sessions) for one in candles(bars, "month")] == [(1, 2), (2, 1)]


def test_a_split_within_a_week_leaves_one_footing() -> None:
    split = Factor(FIRST + timedelta(days=5), 0.2)
    bars = adjust([*traded([4], 500), *traded([5], 100)], [split], as_of=date(2026, 2, 1))
    (week,) = candles(bars, "week")
    assert (week.open_won, week.close_won, week.high_won) == (100.8, 106.0, 110.0)


@given(st.sets(st.integers(0, 400), max_size=60), st.sampled_from(["day", "week", "month"]))
def test_no_session_and_no_share_is_lost(days: set[int], interval: str) -> None:
    bars = adjust(traded(sorted(days)), (), as_of=FIRST)
    found = candles(bars, interval)  # type: ignore[arg-type]
    assert sum(one.sessions for one in found) == len(days)
    assert sum(one.volume_shares for one in found) == 10 * len(days)


def test_minutes_are_counted_from_the_opening_and_the_closing_auction_is_apart() -> None:
    minutes = [minute(one, 100 + one) for one in (-5, 0, 4, 5, 379, 390, 395)]
    found = of_minutes(minutes, SESSION, timedelta(minutes=30))
    assert [(at - SESSION.opens_at) // timedelta(minutes=1) for at, _ in found] == [0, 360, 390]
    assert (found[0][1].open_won, found[0][1].close_won, found[0][1].volume_shares) == (100, 106, 30)
    assert all(at.utcoffset() is not None for at, _ in found)
    assert found[0][0].astimezone(UTC).minute == SESSION.opens_at.astimezone(UTC).minute


@given(st.sets(st.integers(0, 390), min_size=1), st.sampled_from([1, 3, 5, 10, 15, 30, 60]))
def test_spans_of_minutes_hold_every_share(numbers: set[int], length: int) -> None:
    minutes = [minute(one, 100) for one in sorted(numbers)]
    found = of_minutes(minutes, SESSION, timedelta(minutes=length))
    assert sum(span.volume_shares for _, span in found) == 10 * len(numbers)
    assert len({at for at, _ in found}) == len(found)
