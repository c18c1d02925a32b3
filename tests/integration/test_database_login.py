"""The login of the database: RDS rotates it while functions are warm, and they take the new one."""

import json
from collections.abc import Iterator

import boto3
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from infra.local import postgres
from infra.local.folders import temporary_home
from nunchi import database, secrets
from tests.conftest import forget_clients

RULES = "host all rotated 127.0.0.1/32 scram-sha-256\nhost all postgres 127.0.0.1/32 trust\n"


@pytest.fixture(scope="module")
def asking() -> Iterator[str]:
    """A PostgreSQL that asks `rotated` for a password; its URL as its superuser, who needs none."""
    with temporary_home() as home:
        with postgres.running(home):
            pass
        (home / "data" / "pg_hba.conf").write_text(RULES)
        with postgres.running(home) as url:
            yield url


@pytest.fixture
def arn(asking: str, started: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """The secret that holds the login, with which this process is connected; its password is `first`."""
    as_superuser(asking, "DROP ROLE IF EXISTS rotated", "CREATE ROLE rotated LOGIN PASSWORD 'first'")
    made = str(boto3.client("secretsmanager").create_secret(Name="login", SecretString=login("first"))["ARN"])
    monkeypatch.setenv("DATABASE_URL", make_url(asking).set(username=None).render_as_string())
    monkeypatch.setenv("DATABASE_SECRET_ARN", made)
    forget_clients()
    assert connected_as() == "rotated"
    return made


def login(password: str) -> str:
    return json.dumps({"username": "rotated", "password": password})


def as_superuser(url: str, *statements: str) -> None:
    engine = create_engine(url, connect_args={"ssl_context": False})
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def connected_as() -> str:
    """Who a new connection is."""
    database.get_engine().dispose()
    with database.session() as session:
        return str(session.scalar(text("SELECT current_user")))


def rotate(asking: str, arn: str) -> None:
    as_superuser(asking, "ALTER ROLE rotated PASSWORD 'second'")
    boto3.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=login("second"))


def test_a_login_that_was_rotated_is_read_anew_by_the_connection_that_it_refuses(
    asking: str, arn: str
) -> None:
    rotate(asking, arn)
    assert connected_as() == "rotated"
    assert secrets.get_json(arn)["password"] == "second", "and it is kept from then on"


def test_a_login_that_is_wrong_also_anew_is_refused(asking: str, arn: str) -> None:
    as_superuser(asking, "ALTER ROLE rotated PASSWORD 'second'")
    with pytest.raises(DBAPIError, match="28P01"):
        connected_as()


def test_a_connection_that_fails_for_another_reason_reads_no_login_anew(
    asking: str, arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate(asking, arn)
    monkeypatch.setenv(
        "DATABASE_URL", make_url(asking).set(username=None, database="none").render_as_string()
    )
    as_superuser(asking, "ALTER ROLE rotated PASSWORD 'first'")
    forget_clients()
    with pytest.raises(DBAPIError, match="3D000"):
        connected_as()
    assert secrets.get_json(arn)["password"] == "first"
