"""Who is told of what, when quiet hours end, and what an arm's record is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.notify import rules
from nunchi.notify.rules import News, Quiet, Subscriber, Told, Wish

NOON = datetime(2026, 10, 19, 3, tzinfo=UTC)  # in Seoul
SURE = Told("gpt-4o", 3, 0.1, 0.2, 0.7, "medium")
UNSURE = Told("prior", 3, 0.3, 0.4, 0.3)
NIGHT = Quiet("Asia/Seoul", time(22), time(7))


def news(*told: Told, disclosure: bool = False) -> News:
    return News(told or (SURE, UNSURE), disclosure)


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (Wish(), True),
        (Wish(minimum_probability=0.7), True),
        (Wish(minimum_probability=0.71), False),
        (Wish(minimum_impact="medium"), True),
        (Wish(minimum_impact="high"), False),
        (Wish(arms=frozenset({"prior"})), False),
        (Wish(arms=frozenset({"gpt-4o"})), True),
        (Wish(horizons=frozenset({1, 5})), False),
        (Wish(horizons=frozenset({3})), True),
    ],
)
def test_a_rule_asks_for_an_arm_a_horizon_a_probability_and_an_impact_of_one_forecast(
    wish: Wish, wanted: bool
) -> None:
    assert rules.is_wanted(wish, news()) is wanted


def test_conditions_that_two_forecasts_fulfil_between_them_are_not_fulfilled() -> None:
    sure_of_little = Told("a", 1, 0.9, 0.05, 0.05, "low")
    unsure_of_much = Told("b", 1, 0.4, 0.3, 0.3, "high")
    wish = Wish(minimum_probability=0.6, minimum_impact="high")
    assert not rules.is_wanted(wish, news(sure_of_little, unsure_of_much))


def test_an_arm_that_names_no_impact_reaches_no_minimum() -> None:
    assert not rules.is_wanted(Wish(minimum_probability=0, minimum_impact="low"), news(UNSURE))


def test_disclosures_are_told_whatever_was_forecast_unless_the_user_says_otherwise() -> None:
    filed = news(UNSURE, disclosure=True)
    assert rules.is_wanted(Wish(), filed)
    assert not rules.is_wanted(Wish(disclosures_always=False), filed)


@pytest.mark.parametrize(
    ("clock", "ends"),
    [
        ("2026-10-19T21:59:59", None),
        ("2026-10-19T22:00:00", "2026-10-20T07:00:00"),
        ("2026-10-19T23:59:59", "2026-10-20T07:00:00"),
        ("2026-10-20T00:00:00", "2026-10-20T07:00:00"),
        ("2026-10-20T06:59:59", "2026-10-20T07:00:00"),
        ("2026-10-20T07:00:00", None),
    ],
)
def test_quiet_hours_over_midnight_end_on_the_right_day(clock: str, ends: str | None) -> None:
    seoul = ZoneInfo("Asia/Seoul")
    now = datetime.fromisoformat(clock).replace(tzinfo=seoul)
    expected = datetime.fromisoformat(ends).replace(tzinfo=seoul) if ends else None
    assert rules.quiet_until(NIGHT, now) == expected


def test_quiet_hours_are_by_the_users_clock_not_by_seouls() -> None:
    quiet = Quiet("America/New_York", time(22), time(7))
    assert rules.quiet_until(quiet, NOON) == datetime(2026, 10, 19, 11, tzinfo=UTC)  # 23:00 there
    assert rules.quiet_until(NIGHT, NOON) is None


def test_quiet_hours_that_end_where_the_clock_skips_end_after_the_gap() -> None:
    """2026-03-29 in Berlin: at 2:00 the clocks go to 3:00."""
    quiet = Quiet("Europe/Berlin", time(22), time(2, 30))
    now = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 1:30
    assert rules.quiet_until(quiet, now) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


zones = st.sampled_from(["Asia/Seoul", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "UTC"])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(zones, st.times(), st.times(), moments)
def test_quiet_hours_end_within_a_day_and_never_before_they_are_asked_about(
    zone: str, begins: time, to: time, now: datetime
) -> None:
    ends = rules.quiet_until(Quiet(zone, begins, to), now)
    assert ends is None or now <= ends <= now + timedelta(hours=26)


@given(zones, st.times(), moments)
def test_hours_of_no_length_are_no_quiet_hours(zone: str, same: time, now: datetime) -> None:
    assert rules.quiet_until(Quiet(zone, same, same), now) is None


def subscriber(
    chat: str = "a", rule: str = "1", wish: Wish | None = None, quiet: Quiet | None = None
) -> Subscriber:
    return Subscriber(chat, rule, wish or Wish(), quiet or Quiet("Asia/Seoul"), "ko", 20)


def test_a_chat_with_two_rules_is_one_candidate_by_the_rule_that_tells_at_once() -> None:
    waits = subscriber(rule="1", quiet=Quiet("Asia/Seoul", time(11), time(13)))
    breaks = subscriber(rule="2", wish=Wish(breaks_quiet_from="medium"), quiet=waits.quiet)
    found = rules.candidates([waits, breaks], news(), NOON)
    assert [(one.subscriber.rule_id, one.held_until) for one in found] == [("2", None)]


def test_what_is_important_enough_breaks_quiet_hours_and_nothing_else_does() -> None:
    quiet = Quiet("Asia/Seoul", time(11), time(13))
    for least, held in (("medium", False), ("high", True), ("", True)):
        one = subscriber(wish=Wish(breaks_quiet_from=least), quiet=quiet)
        (found,) = rules.candidates([one], news(), NOON)
        assert (found.held_until is not None) is held


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=12))
def test_the_order_of_rules_decides_nothing_and_no_chat_is_told_twice(pairs: list[tuple[str, int]]) -> None:
    wanted = [
        subscriber(chat, str(number), Wish(cooldown=timedelta(minutes=number))) for chat, number in pairs
    ]
    found = rules.candidates(wanted, news(), NOON)
    assert found == rules.candidates(list(reversed(wanted)), news(), NOON)
    assert [one.subscriber.chat_id for one in found] == sorted({chat for chat, _ in pairs})


BINS = [[120, 0.31, 0.28], [132, 0.62, 0.6061], [20, 0.81, 0.9]]


def test_the_record_is_that_of_the_nearest_probability() -> None:
    assert rules.record_of(BINS, 0.6) == rules.Record(132, 61)


@pytest.mark.parametrize("probability", [0.8, 0.5, 0.99])
def test_too_few_forecasts_or_none_of_like_probability_are_no_record(probability: float) -> None:
    assert rules.record_of(BINS, probability) is None


def test_without_bins_there_is_no_record() -> None:
    assert rules.record_of([], 0.5) is None
    assert rules.record_of([[50, None, None]], 0.5) is None


def near(code: str, ratio: float) -> dict[str, object]:
    return {"stock_code": code, "adjusted_return_ratios": {"3": ratio}}


def test_what_followed_is_told_of_the_same_stock_where_it_is_known() -> None:
    evidence = {
        "neighbours_same_stock": [near("990010", 0.02), near("990010", -0.01)],
        "neighbours": [near("990010", 0.5), near("990020", 0.3)],
    }
    found = rules.followed(evidence, "990010", 3)
    assert found == rules.Followed(True, 2, 0.005, -0.01, 0.02)


def test_else_of_other_stocks_and_else_of_none() -> None:
    evidence = {"neighbours_same_stock": [], "neighbours": [near("990010", 0.5), near("990020", 0.3)]}
    assert rules.followed(evidence, "990010", 3) == rules.Followed(False, 1, 0.3, 0.3, 0.3)
    assert rules.followed(evidence, "990010", 5) is None
    assert rules.followed({}, "990010", 3) is None
