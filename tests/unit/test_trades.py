"""Where positions open and end, and what becomes of suspensions, splits, limits and delistings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market.adjustments import Factor
from nunchi.market.calendar import xkrx
from nunchi.market.levels import Level
from nunchi.market.paired import Paired
from nunchi.market.rules import Prices
from nunchi.market.trades import (
    Flag,
    Opened,
    Reason,
    Tape,
    Tick,
    Trade,
    Wait,
    day_share,
    measure,
    moved_until,
    open_after,
)

DAYS = [one.day for one in xkrx().between(date(2026, 10, 12), date(2026, 10, 30))]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = DAYS[5:9]
NOON = datetime(2026, 10, 19, 3, 0, tzinfo=UTC)  # Monday noon in Seoul
LATER = date(2026, 11, 30)
assert date(2026, 10, 19) == MONDAY


def tape(
    *missing: date, factor: Factor | None = None, gone: date | None = None, scale: float = 1.0, **more: object
) -> Tape:
    """A stock that rises by 1 % a session, from 10,000 won, and opens 0.5 % higher; its index stands still."""
    stock = [
        Prices(day, 10_050 * 1.01**n * scale, 10_100 * 1.01**n * scale)
        for n, day in enumerate(DAYS)
        if day not in missing
    ]
    pair = Paired(stock, [Prices(day, 2500.0, 2500.0) for day in DAYS], [factor] if factor else ())
    return Tape(pair, delisted_on=gone, **more)  # type: ignore[arg-type]


def trade(found: Tape, moment: datetime = NOON, horizon: int = 1) -> Trade:
    made = measure(found, moment, horizon, xkrx(), today=LATER)
    assert isinstance(made, Trade)
    return made


def opened(found: Tape, moment: datetime = NOON) -> Opened:
    made = open_after(found, moment, xkrx(), today=LATER)
    assert isinstance(made, Opened)
    return made


def at(minutes: int, won: int = 10_700) -> Tick:
    return Tick(NOON + timedelta(minutes=minutes), won, won + 10)


def test_in_session_the_next_minutes_open_is_the_entry() -> None:
    made = opened(tape(ticks=[at(-5), at(0), at(3, 10_710), at(9)]))
    assert (made.kind, made.price_won, made.at) == ("minute", 10_710, NOON + timedelta(minutes=3))
    assert made.share == pytest.approx(0.6 * (207 / 390))  # 15:30 is 207 minutes off


def test_without_minutes_after_it_the_close_is_the_entry() -> None:
    assert opened(tape()).kind == "close"
    auction = Tick(xkrx().after(MONDAY, 0).closes_at, 1, 1)
    made = opened(tape(ticks=[at(-1), auction, Tick(NOON + timedelta(days=1), 1, 1)]))
    assert (made.kind, made.share, made.session) == ("close", 0, MONDAY)


def test_between_sessions_the_opening_is_the_entry() -> None:
    made = opened(tape(), NOON + timedelta(hours=6))
    assert (made.session, made.kind, made.share) == (TUESDAY, "open", 0.6)


def test_the_share_of_a_day_falls_linearly_and_knows_its_hours() -> None:
    hours = xkrx().after(date(2026, 11, 19), 0)  # the examination day, from 10:00 to 16:30
    assert day_share(hours.opens_at, hours) == 0.6
    assert day_share(hours.opens_at + (hours.closes_at - hours.opens_at) / 2, hours) == pytest.approx(0.3)
    assert day_share(hours.closes_at, hours) == 0


def test_a_suspended_stock_is_entered_at_its_next_opening_and_held_from_there() -> None:
    made = trade(tape(MONDAY, TUESDAY))
    assert (made.opened.planned, made.opened.session, made.opened.kind) == (MONDAY, WEDNESDAY, "open")
    assert made.exit_session == THURSDAY
    assert made.flags == (Flag.SUSPENDED_AT_ENTRY,)


def test_a_stock_that_is_suspended_at_its_exit_ends_with_its_next_trade() -> None:
    made = trade(tape(TUESDAY, WEDNESDAY))
    assert (made.exit_session, made.flags) == (THURSDAY, (Flag.SUSPENDED_AT_EXIT,))


def test_what_has_not_traded_again_waits() -> None:
    found = tape(*DAYS[6:])
    assert measure(found, NOON, 1, xkrx(), today=LATER) == Wait(Reason.NO_BAR)


def test_a_delisted_stock_ends_at_its_last_price() -> None:
    made = trade(tape(*DAYS[7:], gone=DAYS[8]), horizon=5)
    assert (made.exit_session, made.flags) == (TUESDAY, (Flag.DELISTED,))
    assert made.stock == pytest.approx(0.01)


def test_a_delisting_that_is_still_to_come_ends_nothing() -> None:
    found = tape(*DAYS[7:], gone=DAYS[8])
    assert measure(found, NOON, 5, xkrx(), today=DAYS[7]) == Wait(Reason.NO_BAR)


def test_a_stock_that_never_traded_again_has_no_entry_and_says_so() -> None:
    assert measure(tape(*DAYS[5:], gone=DAYS[6]), NOON, 1, xkrx(), today=LATER) == Wait(Reason.NEVER_TRADED)


def test_a_missing_index_is_waited_for() -> None:
    pair = Paired([Prices(day, 100, 100) for day in DAYS], [Prices(day, 1, 1) for day in DAYS[:6]])
    assert measure(Tape(pair), NOON, 1, xkrx(), today=LATER) == Wait(Reason.NO_INDEX)


def test_a_split_between_entry_and_exit_is_no_fall() -> None:
    stock = [Prices(day, 10_000, 10_000) if day < TUESDAY else Prices(day, 2_000, 2_100) for day in DAYS]
    index = [Prices(day, 2500.0, 2500.0) for day in DAYS]
    made = trade(Tape(Paired(stock, index, [Factor(TUESDAY, 0.2)])))
    assert made.stock == pytest.approx(0.05)
    assert Flag.ADJUSTED in made.flags
    assert (made.opened.price_won, made.exit_won) == (10_000, 2_100)  # as traded
    before = trade(Tape(Paired(stock, index, [Factor(TUESDAY, 0.2)])), NOON - timedelta(days=4))
    assert Flag.ADJUSTED not in before.flags


def test_a_price_at_the_limit_is_scored_and_flagged() -> None:
    stock = [Prices(day, 10_000, 10_000 if day < TUESDAY else 13_000) for day in DAYS]
    made = trade(Tape(Paired(stock, [Prices(day, 1.0, 1.0) for day in DAYS])))
    assert made.stock == pytest.approx(0.3)
    assert made.flags == (Flag.LIMIT_AT_EXIT,)
    assert trade(Tape(Paired(stock, [Prices(day, 1.0, 1.0) for day in DAYS])), horizon=2).flags == ()


def test_the_index_is_taken_at_the_entrys_minute() -> None:
    levels = [Level(NOON, 2500.0), Level(NOON + timedelta(minutes=5), 2510.0)]
    made = opened(tape(ticks=[at(1)], levels=levels))
    assert made.index_points == pytest.approx(2502)
    assert made.flags == ()
    assert opened(tape(ticks=[at(1)])).flags == (Flag.INDEX_ESTIMATED,)


def test_what_had_moved_before_the_entry_is_seen() -> None:
    found = tape(ticks=[at(-30, 10_600), at(-2, 10_640), at(1, 10_753)])
    made = opened(found)
    assert moved_until(found, made, NOON, xkrx()) == pytest.approx(10_753 / 10_650 - 1)
    assert moved_until(found, made, NOON - timedelta(minutes=20), xkrx()) == pytest.approx(
        10_753 / 10_610 - 1
    )
    friday = 10_100 * 1.01**4
    assert moved_until(found, made, NOON - timedelta(days=1), xkrx()) == pytest.approx(10_753 / friday - 1)
    assert moved_until(found, made, NOON - timedelta(days=90), xkrx()) is None


@given(
    scale=st.sampled_from([0.25, 0.5, 2.0, 4.0, 8.0]),  # exact, so that no rounding stands between
    horizon=st.sampled_from([1, 2, 3, 5]),
    hours=st.integers(-48, 48),
)
def test_scaling_all_prices_changes_no_return(scale: float, horizon: int, hours: int) -> None:
    moment = NOON + timedelta(hours=hours)
    one, other = trade(tape(), moment, horizon), trade(tape(scale=scale), moment, horizon)
    assert (one.stock, one.adjusted) == (other.stock, other.adjusted)
    assert one.exit_session == other.exit_session


@given(last=st.integers(8, 14), hours=st.integers(-72, 20), horizon=st.sampled_from([1, 2, 3]))
def test_adding_days_changes_no_return_that_was_there(last: int, hours: int, horizon: int) -> None:
    moment = NOON + timedelta(hours=hours)
    some = measure(tape(*DAYS[last:]), moment, horizon, xkrx(), today=LATER)
    if isinstance(some, Trade):
        assert trade(tape(), moment, horizon) == some
