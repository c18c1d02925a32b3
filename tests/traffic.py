"""What this process says to PostgreSQL, word for word, below SQLAlchemy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pg8000.core import CoreConnection


@contextmanager
def recorded() -> Iterator[dict[str, str]]:
    """Every statement that is sent meanwhile, with how: `simple`, `unnamed` or `named` protocol."""
    said: dict[str, str] = {}

    def listening(how: str, send: Callable[..., Any]) -> Callable[..., Any]:
        def run(connection: CoreConnection, statement: str, *arguments: Any, **options: Any) -> Any:
            said[statement] = how
            return send(connection, statement, *arguments, **options)

        return run

    with pytest.MonkeyPatch.context() as patch:
        for name, how in (
            ("execute_simple", "simple"),
            ("execute_unnamed", "unnamed"),
            ("prepare_statement", "named"),
        ):
            patch.setattr(CoreConnection, name, listening(how, getattr(CoreConnection, name)))
        yield said
