"""A database that is there and takes no connection: the API asks to come again, and goes on when it may."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from infra.local.stores import Stores
from tests.conftest import MIGRATED, create_database, forget_clients
from tests.integration.accounts_played import code, opened

# the statement after which connections are refused, and the one after which they are taken again
REFUSALS = {
    "55000": (
        "ALTER DATABASE refusing ALLOW_CONNECTIONS false",
        "ALTER DATABASE refusing ALLOW_CONNECTIONS true",
    ),
    "53300": ("ALTER ROLE guest CONNECTION LIMIT 0", "ALTER ROLE guest CONNECTION LIMIT -1"),
}


@pytest.fixture(scope="module")
def refusing(stores: Stores, migrated: str) -> Iterator[str]:
    """The URL of a database of this module's own, for a role that limits bind: they don't bind superusers."""
    url = make_url(create_database(stores, "refusing", MIGRATED))
    execute(stores, "CREATE ROLE guest LOGIN PASSWORD 'guest'", "GRANT pg_read_all_data TO guest")
    yield url.set(username="guest", password="guest").render_as_string(hide_password=False)
    execute(stores, "DROP ROLE guest")


def execute(stores: Stores, *statements: str) -> None:
    engine = create_engine(
        stores.database_url, isolation_level="AUTOCOMMIT", connect_args={"ssl_context": False}
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@contextmanager
def refused(stores: Stores, state: str) -> Iterator[None]:
    closing, opening = REFUSALS[state]
    execute(stores, closing)
    try:
        yield
    finally:
        execute(stores, opening)


@pytest.mark.parametrize("state", REFUSALS)
def test_a_refused_connection_is_an_outage_that_passes(
    environment: dict[str, str], stores: Stores, refusing: str, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", refusing)
    forget_clients()
    with opened() as client:
        with refused(stores, state):
            answer: Any = client.get("/api/stocks")
            assert (answer.status_code, code(answer)) == (503, "unavailable")
            assert answer.headers["retry-after"] == "5"
        assert client.get("/api/stocks").status_code == 200
    forget_clients()
