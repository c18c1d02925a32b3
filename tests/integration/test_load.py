"""A hundred environments at once, each with its own engine as in Lambda, on one PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, create_engine, literal, select, text

from infra.local import postgres
from infra.local.folders import temporary_home
from nunchi.settings import Settings

ENVIRONMENTS = 100
REQUESTS = 20  # of each environment
LIMIT = 110  # connections of the server: below what a hundred environments with two each would take


def environment(url: str) -> Engine:
    """An engine as `nunchi.database` makes it for one execution environment."""
    size = Settings.model_fields["database_pool_size"].default
    return create_engine(
        url, pool_size=size, max_overflow=0, pool_pre_ping=True, connect_args={"ssl_context": False}
    )


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setitem(postgres._SETTINGS, "max_connections", str(LIMIT))
    with temporary_home() as home, postgres.running(Path(home)) as found:
        yield found


def test_a_hundred_environments_at_once_keep_to_a_connection_each(url: str) -> None:
    watching = create_engine(url, connect_args={"ssl_context": False})
    together = Barrier(ENVIRONMENTS)
    engines = [environment(url) for _ in range(ENVIRONMENTS)]

    def serve(engine: Engine) -> int:
        together.wait(timeout=120)
        answered = 0
        for number in range(REQUESTS):
            with engine.connect() as connection, connection.begin():
                answered += connection.scalar(select(literal(number))) == number
        return answered

    with ThreadPoolExecutor(ENVIRONMENTS) as pool:
        answered = list(pool.map(serve, engines))
    with watching.connect() as connection:
        open_now = connection.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        )
    for engine in (*engines, watching):
        engine.dispose()
    assert answered == [REQUESTS] * ENVIRONMENTS
    assert open_now == ENVIRONMENTS + 1
