"""Bodies that are JSON. Pure."""

import json
from typing import Any

from nunchi.crawl import rules


def read_object(body: bytes) -> dict[str, Any]:
    """The object that a body holds. Raises `ValueError` for anything else."""
    return _as_object(_read(body))


def first_object(body: bytes) -> dict[str, Any]:
    """The first object of the list that a body holds. Raises `ValueError` for anything else."""
    found = _read(body)
    return _as_object(found[0] if isinstance(found, list) and found else None)


def _read(body: bytes) -> Any:
    return json.loads(rules.decode(body), strict=False)


def _as_object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def rows(value: object) -> list[dict[str, Any]]:
    """The objects in what should be a list of objects. Raises `ValueError` when it is no list."""
    if not isinstance(value, list):
        raise ValueError("no list of rows")
    return [row for row in value if isinstance(row, dict)]


def text(row: dict[str, Any], key: str) -> str:
    """A row's text, stripped; "" when it has none, or something else."""
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""
