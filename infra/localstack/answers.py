"""All that a day left, as the REST API tells it: the same questions to any two platforms that played the day."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Ask = Callable[[str], tuple[int, Any]]  # a path with its query → status and body
Answers = dict[str, Any]
LISTS = {
    "stock": "/api/stocks",
    "article": "/api/articles?limit=200",
    "story": "/api/stories?limit=200",
    "arm": "/api/arms",
    "forecast": "/api/forecasts?limit=200",
    "evaluation": "/api/evaluations?limit=200",
    "report": "/api/reports?limit=200",
    "scoreboard": "/api/scoreboard",
    "comparison": "/api/scoreboard/comparisons",
    "cost": "/api/scoreboard/costs",
    "day": "/api/ledger/days",
}
# what is asked of each line of a list: by the line's own words
DETAILS = {
    "stock": (
        "/api/stocks/{code}",
        "/api/reports/history?stock_code={code}",
        "/api/articles?stock_code={code}",
    ),
    "article": ("/api/articles/{id}",),
    "arm": ("/api/scoreboard/series?arm={name}&horizon_sessions=1",),
    "story": ("/api/stories/{id}",),
    "forecast": ("/api/forecasts/{id}", "/api/forecasts/{id}/proof"),
    "report": ("/api/reports/{id}", "/api/reports/{id}/status"),
    "day": ("/api/ledger/days/{day}",),
}
MAY_BE_EMPTY = {"comparison"}
SEAL = "/api/ledger/seals/{root}"
LEAVES = SEAL + "/leaves?limit=200"
ABSENT = "(no answer)"


@dataclass
class Reader:
    """Asks, follows lists to their ends, and keeps every answer by its path."""

    ask: Ask
    answers: Answers = field(default_factory=dict)

    def read(self) -> Answers:
        """Everything. Raises ValueError for an answer that is none."""
        for name, path in LISTS.items():
            lines = list(self._lines(path))
            if not lines and name not in MAY_BE_EMPTY:
                raise ValueError(f"{path} has nothing: what was played left nothing to compare")
            for line in lines:
                for detail in DETAILS.get(name, ()):
                    self._follow(detail.format(**line))
        return self.answers

    def _follow(self, path: str) -> None:
        body = self._get(path)
        if path.startswith(LISTS["day"]):
            for seal in list(self._pages(path, body)):
                self._get(SEAL.format(root=seal["root"]))
                list(self._lines(LEAVES.format(root=seal["root"])))

    def _lines(self, path: str) -> Iterator[dict[str, Any]]:
        yield from self._pages(path, self._get(path))

    def _pages(self, path: str, page: Any) -> Iterator[dict[str, Any]]:
        """The lines of a list whose first page was read, to its end."""
        cursor = None
        yield from _items(page)
        while isinstance(page, dict) and (cursor := page.get("next_cursor")):
            page = self._get(f"{path}{'&' if '?' in path else '?'}cursor={quote(cursor)}")
            yield from _items(page)

    def _get(self, path: str) -> Any:
        status, body = self.ask(path)
        if status != 200:
            raise ValueError(f"{path} answered {status}: {json.dumps(body)[:300]}")
        self.answers[path] = body
        return body


def _items(body: Any) -> list[dict[str, Any]]:
    """A list's lines, whether it comes in pages or whole."""
    found = body.get("items", []) if isinstance(body, dict) else body
    return [line for line in found if isinstance(line, dict)]


def differences(found: Answers, expected: Answers) -> list[str]:
    """The places where answers differ, each with what was found and what was expected. Empty when they agree."""
    paths = sorted(found.keys() | expected.keys())
    return [
        line for path in paths for line in _differ(path, found.get(path, ABSENT), expected.get(path, ABSENT))
    ]


def _differ(place: str, found: Any, expected: Any) -> Iterator[str]:
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in sorted(found.keys() | expected.keys()):
            yield from _differ(f"{place} {key}", found.get(key, ABSENT), expected.get(key, ABSENT))
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for number, pair in enumerate(zip(found, expected, strict=True)):
            yield from _differ(f"{place} {number}", *pair)
    elif found != expected:
        yield f"{place}: {_short(found)} instead of {_short(expected)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:160]}…"
