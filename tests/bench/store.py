"""A migrated Postgres of a measurement's own, and its COPY."""

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import pg8000.dbapi

from infra.local import postgres
from infra.local.folders import temporary_home
from nunchi import database, settings


@contextmanager
def fresh_database() -> Iterator[None]:
    """Points the environment at a new database of a new server, for as long as the context lasts."""
    from operate import migrate

    with temporary_home() as home, postgres.running(home / "postgres") as url:
        before = os.environ.get("DATABASE_URL", "")
        _use(url)
        migrate.handler({}, None)
        try:
            yield
        finally:
            database.get_engine().dispose()
            _use(before)


def _use(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    settings.get_settings.cache_clear()
    database.get_engine.cache_clear()


def copy(cursor: pg8000.dbapi.Cursor, name: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
    """Loads rows, none of whose values has a tab, a line break or a backslash in it."""
    lines = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    cursor.execute(f"COPY {name} ({columns}) FROM STDIN", stream=io.BytesIO(lines.encode()))
