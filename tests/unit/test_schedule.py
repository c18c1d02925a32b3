"""EventBridge Scheduler's expressions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.errors import LocalError
from infra.local.schedule import fire_times, parse, trigger
from infra.local.template import Schedule

SEOUL = ZoneInfo("Asia/Seoul")
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def schedule(expression: str, timezone: str = "Asia/Seoul", name: str = "s") -> Schedule:
    return Schedule("F", name, expression, timezone, "{}")


def times(expression: str, start: datetime, end: datetime, timezone: str = "Asia/Seoul") -> list[datetime]:
    return [moment for moment, _ in fire_times([schedule(expression, timezone)], start, end)]


def field_matches(text: str, value: int, high: int, names: list[str], first_name: int) -> bool:
    """Read one field of a cron expression the slow way: count upwards from where an item starts."""
    for number, name in enumerate(names, first_name):
        text = text.replace(name, str(number))
    return any(item_matches(item, value, high) for item in text.split(","))


def item_matches(item: str, value: int, high: int) -> bool:
    body, _, step = item.partition("/")
    if body in ("*", "?"):
        first, last = (first_value(high), high)
    elif "-" in body:
        first, last = (int(part) for part in body.split("-"))
    else:
        first, last = int(body), high if step else int(body)
    current = first
    while current <= last:
        if current == value:
            return True
        current += int(step or "1")
    return False


def first_value(high: int) -> int:
    return {59: 0, 23: 0, 2199: 1970}.get(high, 1)


def brute_force(expression: str, local: datetime) -> bool:
    minute, hour, day, month, weekday, year = expression.removeprefix("cron(").removesuffix(")").split()
    return (
        field_matches(minute, local.minute, 59, [], 0)
        and field_matches(hour, local.hour, 23, [], 0)
        and field_matches(day, local.day, 31, [], 0)
        and field_matches(month, local.month, 12, MONTHS, 1)
        and field_matches(weekday, int(local.strftime("%w")) + 1, 7, WEEKDAYS, 1)
        and field_matches(year, local.year, 2199, [], 0)
    )


def items(low: int, high: int, names: list[str]) -> st.SearchStrategy[str]:
    def shown(value: int) -> st.SearchStrategy[str]:
        return st.sampled_from([str(value), names[value - 1]]) if names else st.just(str(value))

    number = st.integers(low, high)
    single = number.flatmap(shown)
    span = st.tuples(number, number).map(sorted).flatmap(lambda pair: st.tuples(*(shown(v) for v in pair)))
    ranges = span.map("-".join)
    start = st.one_of(st.just("*"), single, ranges)
    stepped = st.tuples(start, st.integers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    lists = st.lists(st.one_of(single, ranges, stepped), min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("*"), stepped, lists)


def joined(parts: tuple[str, ...]) -> str:
    return f"cron({' '.join(parts)})"


days = st.one_of(
    st.tuples(items(1, 31, []), items(1, 12, MONTHS), st.just("?")),
    st.tuples(st.just("?"), items(1, 12, MONTHS), items(1, 7, WEEKDAYS)),
)
years = st.sampled_from(["*", "2026", "2025-2027", "2020/2", "2026,2030"])
crons = st.builds(
    lambda minute, hour, day, year: joined((minute, hour, *day, year)),
    items(0, 59, []),
    items(0, 23, []),
    days,
    years,
)
starts = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    moment = start.replace(second=0, microsecond=0)
    while moment < end:
        if moment >= start:
            yield moment
        moment += timedelta(minutes=1)


@settings(deadline=None)
@given(crons, starts, st.integers(0, 600))
def test_a_cron_fires_in_just_the_minutes_that_match(expression: str, start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    expected = [moment for moment in minutes(start, end) if brute_force(expression, moment.astimezone(SEOUL))]
    assert times(expression, start, end) == expected


@settings(deadline=None)
@given(crons, starts)
def test_the_trigger_fires_next_when_the_fire_times_say(expression: str, start: datetime) -> None:
    following = trigger(expression, "Asia/Seoul").get_next_fire_time(None, start)
    end = start + timedelta(days=2)
    found = times(expression, start, end)
    if found:
        assert following == found[0]
    else:
        assert following is None or following >= end


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(40 15,16 ? * MON-FRI *)", ["Fri 15:40", "Fri 16:40", "Mon 15:40", "Mon 16:40"]),
        ("cron(0 1 ? * SUN *)", ["Sun 01:00"]),
        ("cron(0 1 ? * 1 *)", ["Sun 01:00"]),
        ("cron(0 1 ? * 7 *)", ["Sat 01:00"]),
        ("cron(30 6 17 OCT ? 2026)", ["Sat 06:30"]),
    ],
)
def test_expressions_of_the_house_fire_in_seoul(expression: str, expected: list[str]) -> None:
    friday = datetime(2026, 10, 16, tzinfo=SEOUL)
    found = times(expression, friday, friday + timedelta(days=4))
    assert [moment.astimezone(SEOUL).strftime("%a %H:%M") for moment in found] == expected
    assert all(moment.tzinfo is UTC for moment in found)


def test_schedules_of_one_minute_keep_their_order() -> None:
    both = [schedule("rate(1 minute)", name="first"), schedule("cron(0/2 * * * ? *)", name="second")]
    start = datetime(2026, 10, 16, tzinfo=UTC)
    fired = fire_times(both, start, start + timedelta(minutes=3))
    found = [(moment.minute, [one.name for one in due]) for moment, due in fired]
    assert found == [(0, ["first", "second"]), (1, ["first"]), (2, ["first", "second"])]


@settings(deadline=None)
@given(st.integers(1, 90), starts, st.integers(0, 400))
def test_a_rate_fires_from_the_minute_of_the_start(every: int, start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    first = start.replace(second=0, microsecond=0)
    aligned = [first + timedelta(minutes=n) for n in range(0, length + 1, every)]
    expected = [moment for moment in aligned if start <= moment < end]
    assert times(f"rate({every} minutes)", start, end) == expected


def test_rates_know_minutes_hours_and_days() -> None:
    assert [parse(f"rate({text})") for text in ("1 minute", "2 hours", "3 days")] == [
        timedelta(minutes=1),
        timedelta(hours=2),
        timedelta(days=3),
    ]


def test_a_rate_trigger_fires_every_period() -> None:
    every_hour = trigger("rate(1 hour)", "Asia/Seoul")
    first = every_hour.get_next_fire_time(None, datetime(2126, 10, 16, tzinfo=UTC))
    assert every_hour.get_next_fire_time(first, first) - first == timedelta(hours=1)


def test_an_hour_that_the_clocks_skip_has_no_firing_and_a_repeated_one_only_one() -> None:
    def count(month: int, day: int, expression: str) -> int:
        start = datetime(2026, month, day, tzinfo=ZoneInfo("Europe/Berlin"))
        return len(times(expression, start, start + timedelta(days=1), "Europe/Berlin"))

    assert count(3, 29, "cron(30 2 * * ? *)") == 0
    assert count(10, 25, "cron(30 2 * * ? *)") == 1


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("cron(0 0 L * ? *)", "not L, W or #"),
        ("cron(0 0 15W * ? *)", "not L, W or #"),
        ("cron(0 0 ? * 2#1 *)", "not L, W or #"),
        ("cron(0 0 ? * FRIL *)", "not L, W or #"),
        ("cron(0 0 * * ?)", "6 fields"),
        ("cron(0 0 * * * *)", "exactly one"),
        ("cron(0 0 ? * ? *)", "exactly one"),
        ("cron(60 0 * * ? *)", "minutes '60' is not in 0-59"),
        ("cron(0 0 ? * 0 *)", "day of week '0' is not in 1-7"),
        ("cron(0 ? * * ? *)", "hours"),
        ("cron(5-1 0 * * ? *)", "is empty"),
        ("cron(0/0 0 * * ? *)", "is empty"),
        ("cron(1,,2 0 * * ? *)", "minutes ''"),
        ("rate(0 minutes)", "whole number"),
        ("rate(5 weeks)", "whole number"),
        ("at(2026-10-16T00:00:00)", r"cron\(...\) or rate"),
        ("* * * * *", r"cron\(...\) or rate"),
    ],
)
def test_what_it_cannot_do_is_said(expression: str, complaint: str) -> None:
    with pytest.raises(LocalError, match=complaint) as caught:
        trigger(expression, "Asia/Seoul")
    assert expression in str(caught.value)


@pytest.mark.parametrize("name", ["Asia/Pyeongyang", "", "../etc/passwd"])
def test_an_unknown_time_zone_is_named(name: str) -> None:
    with pytest.raises(LocalError, match="time zone"):
        trigger("rate(1 minute)", name)


def test_times_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 10, 16)
    with pytest.raises(ValueError, match="time zone"):
        list(fire_times([], naive, naive))
