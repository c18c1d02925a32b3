"""EventBridge Scheduler's expressions: as triggers of APScheduler, and as the times at which they fire.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from infra.local.errors import LocalError
from infra.local.template import Schedule

MINUTE = timedelta(minutes=1)
_MONTHS = {
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6,
    "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
}  # fmt: skip
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_UNITS = {"minute": MINUTE, "hour": timedelta(hours=1), "day": timedelta(days=1)}
_KNOWN = "the local platform knows values, names, *, lists, ranges and steps, not L, W or #"
_ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: Mapping[str, int]


_FIELDS = (
    _Field("minutes", 0, 59, {}),
    _Field("hours", 0, 23, {}),
    _Field("day of month", 1, 31, {}),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS),  # 1 is Sunday
    _Field("year", 1970, 2199, {}),
)


@dataclass(frozen=True)
class Cron:
    """The values at which each field of a cron expression matches; `weekdays` as ISO (1 is Monday)."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    def matches(self, local: datetime) -> bool:
        """Whether it fires in the minute of a local time; where clocks go back, only the first time round."""
        return (
            local.minute in self.minutes
            and local.hour in self.hours
            and local.isoweekday() in self.weekdays
            and local.day in self.days
            and local.month in self.months
            and local.year in self.years
            and not local.fold
        )


def parse(expression: str) -> Cron | timedelta:
    """Read `cron(minutes hours day-of-month month day-of-week year)` or `rate(n minutes|hours|days)`.

    Raises LocalError for anything else, also for L, W and #, which the local platform can't do.
    """
    match re.fullmatch(r"(cron|rate)\((.*)\)", expression.strip()):
        case re.Match() as found if found[1] == "cron":
            return _cron(expression, found[2].upper().split())
        case re.Match() as found:
            return _rate(expression, found[2])
    raise _wrong(expression, "it must be cron(...) or rate(...)")


def trigger(expression: str, timezone: str) -> Any:
    """Give the APScheduler 3 trigger of an expression in an IANA time zone. Raises LocalError."""
    zone, parsed = _zone(timezone), parse(expression)
    if isinstance(parsed, timedelta):
        return IntervalTrigger(seconds=int(parsed.total_seconds()), timezone=zone)
    return CronTrigger(
        minute=_listed(parsed.minutes),
        hour=_listed(parsed.hours),
        day=_listed(parsed.days),
        month=_listed(parsed.months),
        day_of_week=_listed({day - 1 for day in parsed.weekdays}),  # APScheduler's 0 is Monday
        year=_listed(parsed.years),
        second="0",
        timezone=zone,
    )


def fire_times(
    schedules: Sequence[Schedule], start: datetime, end: datetime
) -> Iterator[tuple[datetime, list[Schedule]]]:
    """Give each minute of [start, end) in which schedules fire, in UTC, with those in their given order.

    A rate fires at `start`'s minute and every period from there. Raises LocalError, and ValueError for a
    start or end without a time zone.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("start and end need a time zone")
    origin = start.astimezone(UTC).replace(second=0, microsecond=0)
    firing = [(schedule, _firing(schedule, origin)) for schedule in schedules]
    moment = origin if origin >= start else origin + MINUTE
    while moment < end:
        due = [schedule for schedule, fires_at in firing if fires_at(moment)]
        if due:
            yield moment, due
        moment += MINUTE


def _firing(schedule: Schedule, origin: datetime) -> Callable[[datetime], bool]:
    zone, parsed = _zone(schedule.timezone), parse(schedule.expression)
    if isinstance(parsed, timedelta):
        return lambda moment: (moment - origin) % parsed == timedelta()
    return lambda moment: parsed.matches(moment.astimezone(zone))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as exc:
        raise LocalError(f"the time zone {name!r} is unknown") from exc


def _rate(expression: str, text: str) -> timedelta:
    found = re.fullmatch(r"\s*([1-9]\d*)\s+(minute|hour|day)s?\s*", text)
    if not found:
        raise _wrong(expression, "a rate is a whole number from 1 and minutes, hours or days")
    return int(found[1]) * _UNITS[found[2]]


def _cron(expression: str, texts: Sequence[str]) -> Cron:
    if len(texts) != len(_FIELDS):
        raise _wrong(expression, f"a cron has {len(_FIELDS)} fields")
    if (texts[2] == "?") == (texts[4] == "?"):
        raise _wrong(expression, "exactly one of day of month and day of week must be ?")
    texts = [*texts[:2], texts[2].replace("?", "*"), texts[3], texts[4].replace("?", "*"), texts[5]]
    fields = zip(_FIELDS, texts, strict=True)
    minutes, hours, days, months, weekdays, years = (_values(expression, *pair) for pair in fields)
    return Cron(minutes, hours, days, months, frozenset((day - 2) % 7 + 1 for day in weekdays), years)


def _values(expression: str, field: _Field, text: str) -> frozenset[int]:
    return frozenset(value for item in text.split(",") for value in _item(expression, field, item))


def _item(expression: str, field: _Field, text: str) -> range:
    found = _ITEM.fullmatch(text)
    if not found:
        raise _wrong(expression, f"{field.name} {text!r}: {_KNOWN}")
    step, first, last = int(found["step"] or 1), field.low, field.high
    if not found["all"]:
        first = _number(expression, field, found["first"])
        last = _last(expression, field, found, first)
    if step < 1 or first > last:
        raise _wrong(expression, f"{field.name} {text!r} is empty")
    return range(first, last + 1, step)


def _last(expression: str, field: _Field, found: re.Match[str], first: int) -> int:
    if found["last"]:
        return _number(expression, field, found["last"])
    return field.high if found["step"] else first


def _number(expression: str, field: _Field, text: str) -> int:
    if text not in field.names and not text.isdecimal():
        raise _wrong(expression, f"{field.name} {text!r}: {_KNOWN}")
    value = field.names.get(text) or int(text)
    if not field.low <= value <= field.high:
        raise _wrong(expression, f"{field.name} {text!r} is not in {field.low}-{field.high}")
    return value


def _wrong(expression: str, reason: str) -> LocalError:
    return LocalError(f"can't read the schedule {expression!r}: {reason}")


def _listed(values: frozenset[int] | set[int]) -> str:
    return ",".join(str(value) for value in sorted(values))
