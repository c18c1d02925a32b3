"""Entry, exit, band and class: the meaning of a forecast."""

from datetime import date, datetime, timedelta
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market import rules
from nunchi.market.calendar import OutsideCalendar, xkrx
from nunchi.market.rules import Entry, Outcome, Prices
from nunchi.seoul import SEOUL

MONDAY, FRIDAY = date(2026, 10, 19), date(2026, 10, 23)


def seoul(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("moment", "entry"),
    [
        (seoul(MONDAY, 8, 59, 59), Entry(MONDAY, "open")),
        (seoul(MONDAY, 9), Entry(MONDAY, "close")),  # the opening price is struck already
        (seoul(MONDAY, 15, 29), Entry(MONDAY, "close")),
        (seoul(MONDAY, 15, 30), Entry(date(2026, 10, 20), "open")),
        (seoul(FRIDAY, 20), Entry(date(2026, 10, 26), "open")),
        (
            seoul(date(2026, 1, 2), 9, 30),
            Entry(date(2026, 1, 2), "open"),
        ),  # the year's first session opens at ten
        (
            seoul(date(2026, 11, 19), 16),
            Entry(date(2026, 11, 19), "close"),
        ),  # examination day closes at 16:30
        (seoul(date(2026, 6, 3), 11), Entry(date(2026, 6, 4), "open")),  # local elections
    ],
)
def test_the_entry_is_the_first_price_after_a_moment(moment: datetime, entry: Entry) -> None:
    assert rules.entry_after(moment, xkrx()) == entry


@given(st.datetimes(datetime(2023, 1, 2), datetime(2027, 9, 30)))
def test_an_entry_is_always_after_its_moment_and_never_skips_a_price(naive: datetime) -> None:
    moment, calendar = naive.replace(tzinfo=SEOUL), xkrx()
    entry = rules.entry_after(moment, calendar)
    struck = getattr(calendar.after(entry.session, 0), f"{entry.kind}s_at")
    assert struck > moment
    for session in calendar.between(moment.date(), struck.date()):
        assert not moment < session.opens_at < struck
        assert not moment < session.closes_at < struck


@given(
    st.datetimes(datetime(2026, 9, 1), datetime(2026, 12, 10)),
    st.datetimes(datetime(2026, 9, 1), datetime(2026, 12, 10)),
)
def test_a_story_can_have_a_reaction_if_and_only_if_it_was_known_before_that_moment(
    known: datetime, asked: datetime
) -> None:
    known_at, as_of = known.replace(tzinfo=SEOUL), asked.replace(tzinfo=SEOUL)
    over = xkrx().exit_of(rules.entry_after(known_at, xkrx()), 1).closes_at
    assert (over <= as_of) is (known_at < rules.reacted_before(as_of, xkrx()))


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_story_of_the_very_close_has_no_reaction_a_session_later(off: int) -> None:
    as_of, close = (
        xkrx().after(date(2026, 10, 20), 0).closes_at,
        xkrx().after(date(2026, 10, 19), 0).closes_at,
    )
    assert rules.reacted_before(as_of, xkrx()) == close
    known_at = close + timedelta(microseconds=off)
    assert (xkrx().exit_of(rules.entry_after(known_at, xkrx()), 1).closes_at <= as_of) is (off < 0)


def test_a_day_outside_the_calendar_is_an_error_that_names_it() -> None:
    with pytest.raises(OutsideCalendar, match="2031-01-01"):
        xkrx().next_opening(seoul(date(2031, 1, 1), 9))
    with pytest.raises(OutsideCalendar, match="2026-10-18 is not a session"):
        xkrx().after(date(2026, 10, 18), 1)


def test_most_of_a_day_is_left_at_its_open_and_nothing_at_its_close() -> None:
    assert rules.kind_share("open") == 0.6
    assert rules.kind_share("close") == 0


@given(st.floats(0, 0.2), st.sampled_from(rules.FORECAST_HORIZONS), st.sampled_from([0.0, 0.6]))
def test_the_flat_band_grows_with_volatility_and_horizon_and_has_a_floor(
    sigma: float, horizon: int, share: float
) -> None:
    band = rules.flat_band(sigma, horizon, share)
    assert band >= 0.005
    assert band == max(0.005, 0.5 * sigma * (horizon + share) ** 0.5)
    assert rules.flat_band(sigma * 2, horizon, share) >= band
    assert rules.flat_band(sigma, horizon + 1, share) >= band


@given(st.floats(-0.3, 0.3), st.floats(0.005, 0.3))
def test_classes_are_symmetric_and_the_band_is_flat(adjusted: float, band: float) -> None:
    assert rules.classify(adjusted, band) + rules.classify(-adjusted, band) == 2
    assert (rules.classify(adjusted, band) is Outcome.FLAT) == (abs(adjusted) <= band)


def test_a_move_is_the_stock_minus_its_index_from_the_entry_price() -> None:
    stock = Prices(MONDAY, 10_000, 11_000), Prices(FRIDAY, 12_000, 12_100)
    index = Prices(MONDAY, 1000.0, 1010.0), Prices(FRIDAY, 1020.0, 1020.1)
    assert rules.move("open", stock, index).adjusted == pytest.approx(0.21 - 0.0201)
    assert rules.move("close", stock, index).stock == pytest.approx(0.1)
    assert rules.move("close", stock, index).adjusted == pytest.approx(0.1 - 0.01)


@given(st.lists(st.floats(-0.3, 0.3), min_size=20, max_size=60))
def test_sigma20_is_the_sample_deviation_of_the_last_twenty(returns: list[float]) -> None:
    assert rules.sigma20(returns) == pytest.approx(stdev(returns[-20:]), abs=1e-12)
    assert rules.sigma20(returns[:19]) is None
