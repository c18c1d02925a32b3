"""The plans of what a function asks the database, and what they go through as a whole."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from nunchi import database

Read = Callable[[Session], Any]


def planned(session: Session, read: Read) -> list[dict[str, Any]]:
    """The plans of the statements that a read sends, as PostgreSQL makes them for their parameters."""
    sent: list[tuple[str, Any]] = []
    engine = database.get_engine()

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        read(session)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sent
    connection = session.connection()
    return [
        _json(connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one())
        for statement, parameters in sent
    ]


def _json(value: Any) -> dict[str, Any]:
    plan: dict[str, Any] = (json.loads(value) if isinstance(value, str) else value)[0]["Plan"]
    return plan


def scanned(plan: dict[str, Any]) -> set[str]:
    """The tables that a plan goes through as a whole."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*map(scanned, plan.get("Plans", [])))
