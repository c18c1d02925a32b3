"""The schedules as the deployed template declares them; `infra.checks.schedules` wrote them here."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("data") / "schedules.json"


@dataclass(frozen=True)
class Declared:
    """A schedule of a function: EventBridge's expression, in an IANA time zone. `crawler` is "" for other functions."""

    function: str
    crawler: str
    expression: str
    timezone: str


@cache
def schedules() -> tuple[Declared, ...]:
    """Every schedule, in the template's order."""
    return tuple(Declared(**one) for one in json.loads(DATA.read_text()))


def crawlers() -> list[str]:
    """The names of the crawlers, each once, in the template's order."""
    return list(dict.fromkeys(one.crawler for one in schedules() if one.crawler))
