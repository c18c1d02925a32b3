"""The command that makes the first admin."""

import pytest
from typer.testing import CliRunner

from infra.local.cli import app
from infra.local.errors import LocalError
from nunchi import database
from nunchi.accounts import repository
from tests.integration.accounts_played import PASSWORD, logged_in, opened

COMMAND = ["users", "create-admin", "boss@example.com", "boss"]


def test_an_admin_is_made_with_a_password_that_is_asked_for(environment: dict[str, str]) -> None:
    made = CliRunner().invoke(app, COMMAND, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    with opened() as client:
        assert logged_in(client, "boss").json()["user"]["role"] == "admin"


def test_a_password_can_come_by_standard_input(environment: dict[str, str]) -> None:
    made = CliRunner().invoke(app, [*COMMAND, "--password-stdin"], input=f"{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    with opened() as client:
        assert logged_in(client, "boss").status_code == 200


def test_no_option_takes_a_password() -> None:
    assert CliRunner().invoke(app, [*COMMAND, "--password", PASSWORD]).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "password", "reason"),
    [
        (["boss@example.com", "boss"], "short", "password: it must have at least 8"),
        (["boss", "boss"], PASSWORD, "email: it must be"),
        (["boss@example.com", "b"], PASSWORD, "nickname: it must be"),
    ],
)
def test_what_will_not_do_is_said(
    environment: dict[str, str], arguments: list[str], password: str, reason: str
) -> None:
    made = CliRunner().invoke(app, [*COMMAND[:2], *arguments, "--password-stdin"], input=f"{password}\n")
    assert isinstance(made.exception, LocalError)
    assert str(made.exception).startswith(reason)


def test_a_second_admin_has_another_address(environment: dict[str, str]) -> None:
    CliRunner().invoke(app, [*COMMAND, "--password-stdin"], input=f"{PASSWORD}\n")
    again = CliRunner().invoke(app, [*COMMAND, "--password-stdin"], input=f"{PASSWORD}\n")
    assert str(again.exception) == "this email is taken"
    with database.session() as session:
        assert len(repository.users_after(session, None, 10)) == 1
