"""Stores that are killed come back at their addresses, with what they keep."""

from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import create_engine, text

from infra.local.folders import temporary_home
from infra.localstack import stores


@pytest.mark.timeout(180)
def test_a_killed_store_comes_back_where_it_was() -> None:
    with temporary_home() as home, stores.running(home / "stores") as running:
        execute(running.urls["postgres"], "CREATE TABLE kept AS SELECT 7 AS number")
        before = dict(running.urls)
        for name in stores.STARTS:
            running.kill(name)
        assert running.urls == before
        assert execute(before["postgres"], "SELECT number FROM kept") == 7
        with Redis.from_url(before["valkey"]) as cache:
            assert cache.ping()
        assert (Path(home) / "stores" / "milvus" / "milvus.log").exists()


def execute(url: str, statement: str) -> object:
    """The first value of a statement's rows, if it has any."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"ssl_context": False})
    try:
        with engine.connect() as connection:
            done = connection.execute(text(statement))
            return done.scalar() if done.returns_rows else None
    finally:
        engine.dispose()
