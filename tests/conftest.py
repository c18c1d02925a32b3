"""Embedded stores for the tests that need them: started once, a fresh migrated database for each test."""

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session
from xdist.remote import Producer

from infra.local import platform
from infra.local.folders import temporary_home
from infra.local.platform import Platform
from infra.local.stores import Stores, running_stores
from nunchi import database, settings
from nunchi.adapters import archive, kis, milvus, openai, polite, probes, redis, sqs, web
from tests.sharing import FilesAndMarket

MIGRATED = "migrated"
_numbers = itertools.count()

CACHED: tuple[Callable[[], object], ...] = (
    settings.get_settings.cache_clear,
    sqs.get_client.cache_clear,
    redis.get_client.cache_clear,
    web.get_session.cache_clear,
    kis.client_of.cache_clear,
    polite.get_hosts.cache_clear,
    milvus.get_client.cache_clear,
    milvus.make.cache_clear,
    openai.get_client.cache_clear,
    openai.get_connections.cache_clear,
    archive.get_s3.cache_clear,
    probes.get_engine.cache_clear,
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesAndMarket | None:
    return FilesAndMarket(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture
def no_collection() -> Iterator[None]:
    """No finalizer of another test's garbage runs, and fails, at the depth where a parser gives up."""
    gc.disable()
    yield
    gc.enable()


def forget_clients() -> None:
    """Makes the next call read the environment again."""
    if database.get_engine.cache_info().currsize:
        database.get_engine().dispose()
    database.get_engine.cache_clear()
    if redis.get_client.cache_info().currsize:
        redis.get_client().close()
    if web.get_session.cache_info().currsize:
        web.get_session().close()
    if openai.get_connections.cache_info().currsize:
        openai.get_connections().close()
    for clear in CACHED:
        clear()


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    """The four embedded stores."""
    with temporary_home() as home, running_stores(home) as running:
        yield running


@pytest.fixture(scope="session")
def migrated(stores: Stores) -> str:
    """The URL of a database built by the migrations, from which each test's own is copied."""
    from operate import migrate

    url = create_database(stores, MIGRATED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        forget_clients()
        migrate.handler({}, None)
        forget_clients()
    return url


def create_database(stores: Stores, name: str, template: str = "template1") -> str:
    """Creates a database as a copy of `template`; gives its URL."""
    _order(stores, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return make_url(stores.database_url).set(database=name).render_as_string(hide_password=False)


def _order(stores: Stores, statement: str) -> None:
    engine = create_engine(
        stores.database_url, isolation_level="AUTOCOMMIT", connect_args={"ssl_context": False}
    )
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def environment(
    stores: Stores, migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """This process's environment, pointing at the stores and at a migrated database of the test's own."""
    name = f"test_{next(_numbers)}"
    url = create_database(stores, name, MIGRATED)
    values = platform.environment(stores, tmp_path, {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}) | {
        "DATABASE_URL": url
    }
    for variable, value in values.items():
        monkeypatch.setenv(variable, value)
    forget_clients()
    redis.get_client().flushall()  # no other test's answers are remembered, and no breaker is open
    forget_clients()  # what a test sets in its environment is read yet
    yield values
    forget_clients()
    _order(stores, f'DROP DATABASE "{name}" WITH (FORCE)')  # thousands of them would fill a small disk


@pytest.fixture
def session(environment: dict[str, str]) -> Iterator[Session]:
    """A session on the test's database, rolled back at the end."""
    with Session(database.get_engine(), expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def started(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The platform of template.yaml on the test's stores, its queues empty."""
    for name in os.environ:
        if name.endswith("_QUEUE_URL"):
            monkeypatch.delenv(name)
    requests.post(f"{environment['AWS_ENDPOINT_URL']}/moto-api/reset", timeout=10).raise_for_status()
    running = platform.start(environment)
    forget_clients()
    return running
