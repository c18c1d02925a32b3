"""The command that replaces a forgotten password."""

import pytest
from typer.testing import CliRunner

from infra.local.cli import app
from infra.local.errors import LocalError
from tests.integration.accounts_played import PASSWORD, logged_in, opened

ADDRESS, NEW = "boss@example.com", "another long passphrase 7"
MAKE = ["users", "create-admin", ADDRESS, "boss", "--password-stdin"]
SET = ["users", "set-password", ADDRESS, "--password-stdin"]


@pytest.fixture(autouse=True)
def _boss(environment: dict[str, str]) -> None:
    assert CliRunner().invoke(app, MAKE, input=f"{PASSWORD}\n").exit_code == 0


def test_a_forgotten_password_is_replaced_and_all_logins_end() -> None:
    with opened() as client:
        bearer = {"Authorization": f"Bearer {logged_in(client, 'boss').json()['access_token']}"}
        assert client.get("/api/users/me", headers=bearer).status_code == 200
        done = CliRunner().invoke(app, SET, input=f"{NEW}\n")
        assert done.exit_code == 0, done.output
        assert NEW not in done.output
        assert client.get("/api/users/me", headers=bearer).status_code == 401
        assert logged_in(client, "boss").status_code == 401
        assert logged_in(client, "boss", password=NEW).status_code == 200


@pytest.mark.parametrize(
    ("address", "password", "reason"),
    [
        (ADDRESS, "short", "password: it must have at least 8"),
        ("nobody@example.com", NEW, "no user"),
        ("boss", NEW, "email: it must be"),
    ],
)
def test_what_will_not_do_is_said_and_changes_nothing(address: str, password: str, reason: str) -> None:
    done = CliRunner().invoke(app, [*SET[:2], address, SET[-1]], input=f"{password}\n")
    assert isinstance(done.exception, LocalError)
    assert str(done.exception).startswith(reason)
    with opened() as client:
        assert logged_in(client, "boss").status_code == 200
