"""Warm requests through the Api's handler against the same SQL alone, by turns on one connection."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import OK
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor

from api.handler import handler
from infra.checks.emulator import FunctionFailed
from infra.checks.invoke_all import event as built_event
from infra.local.invocation import context
from infra.local.template import Function
from nunchi import database
from tests.bench.cold import API

UNMEASURED, MEASURED = 50, 500
Statement = tuple[str, Any]  # SQL as the driver takes it, and its parameters


@dataclass(frozen=True)
class Warm:
    """Seconds of one request and of its SQL, as medians."""

    handler_s: float
    sql_s: float

    @property
    def ratio(self) -> float:
        return self.handler_s / self.sql_s


def measure(function: Function, code: str) -> Warm:
    """Asks for one stock by turns through the handler and by SQL. Its bars must be loaded. Raises LocalError."""
    engine, asked = database.get_engine(), _event(code)
    engine.dispose()  # whose next connection is then the only one, for both

    def ask() -> None:
        answer = handler(asked, context(function))
        if answer["statusCode"] != OK:
            raise FunctionFailed(f"{API}: {answer}")

    with _recorded(engine) as statements:
        ask()
    pairs = [(_seconds(ask), _sql_seconds(engine, statements)) for _ in range(UNMEASURED + MEASURED)]
    handlers, alone = zip(*pairs[UNMEASURED:], strict=True)
    return Warm(median(handlers), median(alone))


def _event(code: str) -> dict[str, Any]:
    path = f"api/stocks/{code}"
    other = built_event(API)
    gateway = other["requestContext"] | {"path": f"/dev/{path}"}
    return other | {"path": f"/{path}", "pathParameters": {"proxy": path}, "requestContext": gateway}


@contextmanager
def _recorded(engine: Engine) -> Iterator[list[Statement]]:
    """Gives the statements that go through the engine meanwhile."""
    found: list[Statement] = []

    def record(_c: Connection, _cursor: DBAPICursor, sql: str, parameters: Any, *_: object) -> None:
        found.append((sql, parameters))

    event.listen(engine, "before_cursor_execute", record)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", record)


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _sql_seconds(engine: Engine, statements: Sequence[Statement]) -> float:
    """Of the statements alone: the connection is there and its transaction has begun."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        return _seconds(lambda: [connection.exec_driver_sql(*statement).all() for statement in statements])
