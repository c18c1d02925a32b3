"""Scenarios: the laws that their prices keep, and when a report is due."""

from datetime import date, datetime, time
from math import sqrt
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market import ticks
from nunchi.market.calendar import xkrx
from nunchi.predict.rules import Probabilities, settle
from nunchi.report import rules, slots
from nunchi.report.rules import FARTHEST, FARTHEST_FACTOR, NoScenario, Walk
from nunchi.report.slots import Slot
from nunchi.seoul import SEOUL

bases = st.integers(2, 3_000_000)
prices = bases.map(ticks.truncated).filter(lambda won: won > 1)
sigmas = st.floats(0, 0.3)
shares = st.floats(0, 0.6)
leanings = st.floats(-2.3, 2.3)
horizons = st.sampled_from(list(rules.HORIZONS.values()))
weights = st.floats(0, 1)
probabilities = (
    st.tuples(weights, weights, weights)
    .filter(lambda three: sum(three) > 0.01)
    .map(lambda three: settle(three))
)
MONDAY = date(2026, 10, 19)
EXAM = date(2026, 11, 19)  # from 10:00 to 16:30


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=SEOUL)


# --- scenarios


@given(bases, sigmas, shares, leanings)
def test_prices_are_on_ticks_and_the_base_price_lies_between_them(
    base: int, sigma: float, share: float, leaning: float
) -> None:
    for one in rules.scenarios(base, sigma, share, leaning):
        assert ticks.on_tick(one.target_won)
        assert ticks.on_tick(one.support_won)
        assert one.support_won < base < one.target_won


@given(bases, sigmas, shares, leanings)
def test_prices_are_within_bounds(base: int, sigma: float, share: float, leaning: float) -> None:
    walks = rules.walks(base, sigma, share)
    for one in rules.scenarios(base, sigma, share, leaning):
        assert rules.bounds(walks[one.span]).fits(one.target_won, one.support_won)


@given(prices, sigmas, shares, st.sampled_from([1, 2, 3, 5, 20, 60]))
def test_bounds_leave_out_the_flat_band_and_what_no_price_can_reach(
    base: int, sigma: float, share: float, horizon: int
) -> None:
    walk = Walk(base, sigma, horizon, share)
    found, limits = rules.bounds(walk), rules.limits_after(base, horizon)
    assert found.target_from >= base * (1 + walk.band)
    assert found.support_to <= base * (1 - walk.band) or found.support_to == 1
    assert found.target_from <= found.target_to
    assert found.support_from <= found.support_to
    assert found.target_to <= max(base * FARTHEST_FACTOR, found.target_from)
    assert found.support_from >= min(base / FARTHEST_FACTOR, found.support_to)
    assert found.target_to <= max(limits.upper_won, found.target_from)
    assert found.support_from >= min(limits.lower_won, found.support_to)


@given(prices, shares, horizons, st.tuples(sigmas, sigmas))
def test_without_a_leaning_prices_go_no_nearer_when_volatility_grows(
    base: int, share: float, horizon: int, pair: tuple[float, float]
) -> None:
    span = next(span for span, sessions in rules.HORIZONS.items() if sessions == horizon)
    calm, wild = (rules.scenario(span, Walk(base, sigma, horizon, share), 0.0) for sigma in sorted(pair))
    assert calm.target_won <= wild.target_won
    assert calm.support_won >= wild.support_won


@given(prices, sigmas, shares, leanings)
def test_a_longer_span_reaches_no_less_far(base: int, sigma: float, share: float, leaning: float) -> None:
    found = rules.scenarios(base, sigma, share, leaning)
    assert [one.span for one in found] == list(rules.SPANS)
    targets, supports = [one.target_won for one in found], [one.support_won for one in found]
    assert targets == sorted(targets)
    assert supports == sorted(supports, reverse=True)


@given(prices, sigmas, shares, st.tuples(leanings, leanings))
def test_a_higher_leaning_lowers_neither_price(
    base: int, sigma: float, share: float, pair: tuple[float, float]
) -> None:
    low, high = (rules.scenarios(base, sigma, share, leaning) for leaning in sorted(pair))
    for lower, higher in zip(low, high, strict=True):
        assert lower.target_won <= higher.target_won
        assert lower.support_won <= higher.support_won


def test_without_a_leaning_a_third_of_walks_touches_each_price() -> None:
    walk = Walk(1_000_000, 0.02, 20, 0.0)
    found = rules.scenario("medium", walk, 0.0)
    assert rules.touch_probability(walk, found.target_won) == pytest.approx(1 / 3, abs=0.01)
    assert rules.touch_probability(walk, found.support_won) == pytest.approx(1 / 3, abs=0.01)
    assert found.target_won == pytest.approx(1_000_000 * 2.718281828 ** (0.9674 * 0.02 * sqrt(20)), rel=0.002)


def test_a_leaning_moves_both_prices_by_the_move_that_is_expected_in_five_sessions() -> None:
    walk = Walk(1_000_000, 0.02, 60, 0.0)
    still, moved = rules.scenario("long", walk, 0.0), rules.scenario("long", walk, 0.5)
    expected = 2.718281828 ** (0.5 * 0.02 * sqrt(5))
    assert moved.target_won / still.target_won == pytest.approx(expected, rel=0.003)
    assert moved.support_won / still.support_won == pytest.approx(expected, rel=0.003)


def test_a_price_of_one_won_has_no_scenario() -> None:
    with pytest.raises(NoScenario, match="a base price of 1 won"):
        rules.scenarios(1, 0.02, 0.0, 0.0)


def test_limits_compound_by_the_exchange_s_steps() -> None:
    assert rules.limits_after(10_000, 2) == ticks.Limits(
        ticks.limits_of(7_000).lower_won, ticks.limits_of(13_000).upper_won
    )


@given(prices, sigmas, horizons)
def test_nothing_is_farther_than_three_deviations(base: int, sigma: float, horizon: int) -> None:
    walk = Walk(base, sigma, horizon, 0.0)
    found = rules.bounds(walk)
    near = ticks.at_or_above(max(base + 1, base * (1 + walk.band)))
    assert found.target_to <= max(base * 2.718281829 ** (FARTHEST * walk.deviation), near)


# --- probabilities


@given(probabilities)
def test_a_tilt_has_the_sign_of_what_is_likelier(given: Probabilities) -> None:
    leaning = rules.tilt(given)
    assert abs(leaning) < 2.4
    assert leaning * (given.up - given.down) >= 0


@pytest.mark.parametrize("drift", [-0.8, -0.1, 0.0, 0.3, 1.2])
@pytest.mark.parametrize("band", [0.3, 0.5, 0.8])
def test_a_tilt_is_the_drift_of_the_normal_that_made_the_probabilities(drift: float, band: float) -> None:
    normal = rules._NORMAL
    down, up = normal.cdf(-band - drift), normal.cdf(drift - band)
    assert rules.tilt(Probabilities(down, 1 - down - up, up)) == pytest.approx(drift)


def test_a_mean_of_forecasts_is_taken_class_by_class() -> None:
    found = rules.mean([Probabilities(0.2, 0.5, 0.3), Probabilities(0.4, 0.3, 0.3)])
    assert tuple(found) == pytest.approx((0.3, 0.4, 0.3))


@pytest.mark.parametrize(
    ("leaning", "forecast", "expected"),
    [
        (0.5, True, "favourable"),
        (-0.5, True, "cautious"),
        (0.05, True, "balanced"),
        (-0.05, True, "balanced"),
        (0.5, False, "uncertain"),
    ],
)
def test_a_recommendation_says_how_the_evidence_lies(leaning: float, forecast: bool, expected: str) -> None:
    assert rules.recommendation(leaning, forecast=forecast) == expected


def test_every_recommendation_has_a_neutral_wording() -> None:
    assert set(rules.RECOMMENDATIONS) == set(get_args(rules.Recommendation))
    assert not [text for text in rules.RECOMMENDATIONS.values() if "매수" in text or "매도" in text]


# --- time


def test_the_share_of_the_day_that_is_left_falls_to_none_at_the_close() -> None:
    session = xkrx().after(MONDAY, 0)
    assert rules.share_left(session.opens_at, session) == pytest.approx(0.6)
    assert rules.share_left(at(12, 15), session) == pytest.approx(0.3)
    assert rules.share_left(session.closes_at, session) == 0
    assert rules.share_left(at(15, 45), session) == 0


@pytest.mark.parametrize(
    ("moment", "slot"),
    [(at(9, 59), None), (at(10), "1000"), (at(12, 59), "1000"), (at(13), "1300"), (at(23), "1545")],
)
def test_a_slot_begins_at_its_moment(moment: datetime, slot: Slot | None) -> None:
    assert slots.slot_of(moment) == slot


def test_the_slot_before_the_first_is_the_last_of_the_session_before() -> None:
    assert slots.before(MONDAY, "1300", xkrx()) == at(10)
    assert slots.before(MONDAY, "1000", xkrx()) == at(15, 45, date(2026, 10, 16))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(14), (MONDAY, "1300")),
        (at(9, 30), (date(2026, 10, 16), "1545")),
        (at(12, 0, date(2026, 10, 18)), (date(2026, 10, 16), "1545")),
        (at(16, 0, EXAM), (EXAM, "1545")),
    ],
)
def test_the_current_slot_is_the_last_that_came_in_a_session(
    moment: datetime, expected: tuple[date, Slot]
) -> None:
    assert slots.current(moment, xkrx()) == expected
