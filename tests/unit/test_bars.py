"""Which bars are doubtful and why, and how minutes make the exchange's day."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market import bars
from nunchi.market.bars import Reason, Span
from nunchi.market.calendar import Session, xkrx
from nunchi.market.ticks import Limits

DAY, EXAMINATION = date(2026, 10, 19), date(2026, 11, 19)
SESSION = xkrx().after(DAY, 0)
GOOD = Span(open_won=10_000, high_won=10_300, low_won=9_900, close_won=10_200, volume_shares=1_000)


@dataclass(frozen=True)
class MinuteBar:
    at: datetime
    open_won: int
    high_won: int
    low_won: int
    close_won: int
    volume_shares: int


def minute(at: datetime, span: Span = GOOD) -> MinuteBar:
    return MinuteBar(at, span.open_won, span.high_won, span.low_won, span.close_won, span.volume_shares)


def flat(price: int, volume: int) -> Span:
    return Span(price, price, price, price, volume)


@st.composite
def spans(draw: st.DrawFn, least_volume: int = 0) -> Span:
    """Bars that contradict nothing."""
    low, *between, high = sorted(draw(st.lists(st.integers(1, 2_000_000), min_size=4, max_size=4)))
    open_, close = draw(st.permutations(between))
    return Span(open_, high, low, close, draw(st.integers(least_volume, 10**6)))


def test_a_good_bar_has_no_reason_against_it() -> None:
    assert bars.checked(GOOD, SESSION, limits=Limits(7_000, 13_000), base_won=10_000) == ()


@pytest.mark.parametrize(
    ("wrong", "reasons"),
    [
        (replace(GOOD, low_won=0), (Reason.NOT_POSITIVE,)),
        (replace(GOOD, open_won=-1), (Reason.NOT_POSITIVE, Reason.OPEN_OUTSIDE)),
        (
            replace(GOOD, high_won=9_800),
            (Reason.HIGH_BELOW_LOW, Reason.OPEN_OUTSIDE, Reason.CLOSE_OUTSIDE),
        ),
        (replace(GOOD, open_won=10_301), (Reason.OPEN_OUTSIDE,)),
        (replace(GOOD, close_won=9_899), (Reason.CLOSE_OUTSIDE,)),
        (replace(GOOD, volume_shares=-1), (Reason.NEGATIVE_VOLUME,)),
        (replace(GOOD, volume_shares=0), ()),
    ],
)
def test_a_bar_that_contradicts_itself_is_quarantined(wrong: Span, reasons: tuple[Reason, ...]) -> None:
    assert bars.checked(wrong, SESSION) == reasons
    assert bars.is_quarantined(reasons) == bool(reasons)


def test_a_bar_on_a_closed_day_is_quarantined() -> None:
    reasons = bars.checked(GOOD, xkrx().on(date(2026, 7, 17)))
    assert reasons == (Reason.CLOSED_DAY,)
    assert bars.is_quarantined(reasons)


@pytest.mark.parametrize(
    ("limits", "reasons"),
    [
        (Limits(9_900, 10_300), ()),
        (Limits(9_901, 10_300), (Reason.OUTSIDE_LIMITS,)),
        (Limits(9_900, 10_299), (Reason.OUTSIDE_LIMITS,)),
    ],
)
def test_a_price_outside_the_day_s_own_limits_is_quarantined(limits: Limits, reasons: tuple[Reason]) -> None:
    assert bars.checked(GOOD, SESSION, limits=limits) == reasons
    assert bars.is_quarantined(reasons) == bool(reasons)


@pytest.mark.parametrize(("base", "far"), [(10_000, False), (7_930, False), (7_920, True), (14_200, True)])
def test_without_the_day_s_limits_a_bar_far_from_its_base_price_is_only_flagged(base: int, far: bool) -> None:
    reasons = bars.checked(GOOD, SESSION, base_won=base)
    assert reasons == ((Reason.FAR_FROM_BASE,) if far else ())
    assert not bars.is_quarantined(reasons)


def test_a_first_day_of_a_listing_within_its_own_wide_limits_is_good() -> None:
    quadrupled = Span(20_000, 40_000, 20_000, 40_000, 5)
    assert bars.checked(quadrupled, SESSION, limits=Limits(6_000, 40_000), base_won=10_000) == ()


@pytest.mark.parametrize("base", [None, 0])
def test_without_a_base_price_nothing_is_said_of_how_far_a_price_may_go(base: int | None) -> None:
    assert bars.checked(flat(1_900_000, 1), SESSION, base_won=base) == ()


def test_a_flag_does_not_excuse_another_reason() -> None:
    reasons = bars.checked(replace(GOOD, volume_shares=-5), SESSION, base_won=5_000)
    assert reasons == (Reason.NEGATIVE_VOLUME, Reason.FAR_FROM_BASE)
    assert bars.is_quarantined(reasons)


def test_an_index_level_that_is_no_number_contradicts_its_bar() -> None:
    assert bars.contradictions(2_700.5, 2_710.25, 2_690.0, 2_705.0) == ()
    assert bars.contradictions(2_700.5, float("nan"), 2_690.0, 2_705.0)


@given(spans())
def test_a_bar_within_its_low_and_high_contradicts_nothing(span: Span) -> None:
    assert bars.checked(span, SESSION, limits=Limits(span.low_won, span.high_won)) == ()


@given(st.lists(spans(), min_size=1, max_size=12), st.data())
def test_bars_may_be_joined_in_steps_however_they_are_split(parts: list[Span], data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(parts)), max_size=4).map(sorted))
    pieces = [parts[start:end] for start, end in zip([0, *cuts], [*cuts, len(parts)], strict=True)]
    assert bars.joined([bars.joined(piece) for piece in pieces if piece]) == bars.joined(parts)
    assert reduce(lambda left, right: bars.joined([left, right]), parts[1:], bars.joined(parts[:1])) == (
        bars.joined(parts)
    )


@given(st.lists(spans(least_volume=1), min_size=1, max_size=12))
def test_a_joined_bar_contains_its_parts_and_is_good_itself(parts: list[Span]) -> None:
    whole = bars.joined(parts)
    assert bars.checked(whole, SESSION) == ()
    assert whole.high_won == max(part.high_won for part in parts)
    assert whole.low_won == min(part.low_won for part in parts)
    assert (whole.open_won, whole.close_won) == (parts[0].open_won, parts[-1].close_won)
    assert whole.volume_shares == sum(part.volume_shares for part in parts)


def test_a_minute_without_a_trade_does_not_make_the_day_s_open_or_close() -> None:
    yesterday_s, stale = flat(9_000, 0), flat(10_250, 0)
    assert bars.joined([yesterday_s, GOOD, stale]) == GOOD
    assert bars.joined([yesterday_s, stale]) == Span(9_000, 10_250, 9_000, 10_250, 0)


def walk(prices: list[int], session: Session) -> list[MinuteBar]:
    """A session's minutes, each from one price to the next."""
    pairs = zip(bars.minutes_of(session), prices, prices[1:], strict=False)
    return [minute(at, Span(a, max(a, b), min(a, b), b, 1)) for at, a, b in pairs]


@given(
    st.lists(st.integers(1, 500_000), min_size=2, max_size=60),
    st.randoms(use_true_random=False),
    st.sampled_from([DAY, EXAMINATION]),
)
def test_minutes_in_any_order_give_the_day_s_own_bar(prices: list[int], random: object, day: date) -> None:
    minutes = walk(prices, xkrx().after(day, 0))
    random.shuffle(minutes)  # type: ignore[attr-defined]
    daily = Span(prices[0], max(prices), min(prices), prices[-1], len(prices) - 1)
    assert bars.resample(minutes, xkrx()) == {day: daily}


def test_two_days_of_minutes_give_two_bars() -> None:
    tomorrow = xkrx().next_session(DAY)
    minutes = [*walk([100, 110, 105], SESSION), *walk([106, 90], tomorrow)]
    assert bars.resample(minutes, xkrx()) == {
        DAY: Span(100, 110, 100, 105, 2),
        tomorrow.day: Span(106, 106, 90, 90, 1),
    }


def test_the_closing_auction_counts_and_trades_off_hours_do_not() -> None:
    early = minute(SESSION.opens_at - timedelta(minutes=1), flat(8_000, 7))
    auction = minute(SESSION.closes_at, flat(10_280, 50))
    late = minute(SESSION.closes_at + timedelta(minutes=10), flat(11_000, 9))
    holiday = minute(SESSION.opens_at - timedelta(days=1), flat(1, 1))
    minutes = [early, minute(SESSION.opens_at), auction, late, holiday]
    assert bars.resample(minutes, xkrx()) == {DAY: bars.joined([GOOD, auction])}


def test_a_minute_that_comes_twice_counts_once_and_as_it_came_last() -> None:
    first, again = minute(SESSION.opens_at, flat(10_000, 5)), minute(SESSION.opens_at, flat(10_010, 6))
    assert bars.resample([first, again], xkrx()) == {DAY: flat(10_010, 6)}


@pytest.mark.parametrize(
    ("day", "first", "count"), [(DAY, 9, 381), (EXAMINATION, 10, 381), (date(2026, 1, 2), 10, 321)]
)
def test_a_session_has_its_minutes_up_to_the_auction_and_its_end(day: date, first: int, count: int) -> None:
    session = xkrx().after(day, 0)
    minutes = bars.minutes_of(session)
    assert len(minutes) == count
    assert minutes[0].hour == first
    assert minutes[-2:] == (session.closes_at - timedelta(minutes=11), session.closes_at)


def test_gaps_are_the_minutes_that_no_bar_covers() -> None:
    due = bars.minutes_of(SESSION)
    lost = {due[0], due[200], due[-1]}
    have = [minute(at) for at in due if at not in lost]
    assert bars.gaps(have, SESSION) == tuple(sorted(lost))
    assert bars.gaps([], SESSION) == due
    assert bars.gaps(map(minute, due), SESSION) == ()


def test_a_minute_that_is_not_over_yet_is_no_gap() -> None:
    until = SESSION.opens_at + timedelta(minutes=2, seconds=59)
    assert bars.gaps([], SESSION, until=until) == bars.minutes_of(SESSION)[:2]


@pytest.mark.parametrize("minutes_before_close", [0, 1, 10])
def test_any_bar_of_the_closing_auction_covers_it(minutes_before_close: int) -> None:
    auction = minute(SESSION.closes_at - timedelta(minutes=minutes_before_close))
    assert bars.gaps([auction], SESSION) == bars.minutes_of(SESSION)[:-1]
