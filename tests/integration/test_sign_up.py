"""Signing up: by invitation or open, and what an account can not have."""

import unicodedata
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from nunchi import database
from nunchi.models import User
from tests.integration.accounts_played import (
    Hands,
    code,
    everything,
    invited,
    logged_in,
    opened,
    rows,
    signed_up,
)


def test_an_invitation_makes_one_account_with_its_role(client: TestClient, admin: dict[str, str]) -> None:
    invitation = invited(client, admin, role="rater")
    made = signed_up(client, invitation=invitation)
    assert made.status_code == 201
    assert made.json()["role"] == "rater"
    again = signed_up(client, email="other@example.com", nickname="other", invitation=invitation)
    assert (again.status_code, code(again)) == (403, "bad_invitation")


def test_a_sign_up_that_fails_leaves_its_invitation_unused(client: TestClient, admin: dict[str, str]) -> None:
    invitation = invited(client, admin)
    taken = signed_up(client, nickname="BOSS", invitation=invitation)
    assert (taken.status_code, code(taken)) == (409, "taken")
    assert taken.json()["errors"][0]["field"] == "body.nickname"
    assert signed_up(client, invitation=invitation).status_code == 201


@pytest.mark.parametrize("invitation", [None, "", "guessed", "' OR 1=1 --"])
def test_nobody_signs_up_without_an_invitation(client: TestClient, invitation: str | None) -> None:
    assert code(signed_up(client, invitation=invitation)) == "bad_invitation"
    assert rows(User) == 0


def test_an_invitation_ends(client: TestClient, admin: dict[str, str], hands: Hands) -> None:
    invitation = invited(client, admin, days=1)
    hands.move(days=1)
    assert code(signed_up(client, invitation=invitation)) == "bad_invitation"


def test_a_withdrawn_invitation_is_useless(client: TestClient, admin: dict[str, str]) -> None:
    made = client.post("/api/invitations", json={}, headers=admin).json()
    assert client.delete(f"/api/invitations/{made['id']}", headers=admin).status_code == 204
    assert code(signed_up(client, invitation=made["code"])) == "bad_invitation"


def test_an_invitations_code_is_shown_once_and_not_stored(client: TestClient, admin: dict[str, str]) -> None:
    secret = invited(client, admin)
    listed = client.get("/api/invitations", headers=admin)
    assert len(listed.json()["items"]) == 1
    assert secret not in listed.text
    with database.session() as session:
        assert secret not in everything(session)


def test_invitations_are_listed_page_by_page_the_newest_first(
    client: TestClient, admin: dict[str, str], hands: Hands
) -> None:
    made = []
    for _ in range(3):
        made.append(client.post("/api/invitations", json={}, headers=admin).json()["id"])
        hands.move(minutes=1)
    first = client.get("/api/invitations?limit=2", headers=admin).json()
    rest = client.get(f"/api/invitations?cursor={first['next_cursor']}", headers=admin).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next_cursor"] is None


@pytest.fixture
def open_client(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("SIGN_UP", "open")
    with opened() as client:
        yield client


def test_sign_up_can_be_open(open_client: TestClient) -> None:
    assert signed_up(open_client).json()["role"] == "user"
    assert logged_in(open_client, "minji").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("password", "s3c.ret", "password_short"),
        ("password", "x1y2" * 33, "password_long"),
        ("password", "aaaaaaaaaa", "password_guessable"),
        ("password", "minji@example.com", "password_guessable"),
        ("password", "Password1", "password_guessable"),
        ("email", "민지@example.com", "email_invalid"),
        ("email", "\u212aim@example.com", "email_invalid"),
        ("email", "ｍｉｎｊｉ@example.com", "email_invalid"),
        ("email", "a@example.com\r\nBcc: b@example.com", "email_invalid"),
        ("nickname", "민", "nickname_invalid"),
        ("nickname", "аdmin", "nickname_invalid"),
        ("nickname", "a\u202eb", "nickname_invalid"),
    ],
)
def test_what_an_account_can_not_have_is_named_and_not_repeated(
    open_client: TestClient, field: str, value: str, wrong: str
) -> None:
    refused = signed_up(open_client, **{field: value})
    assert (refused.status_code, code(refused)) == (422, "invalid")
    (error,) = refused.json()["errors"]
    assert (error["field"], error["code"]) == (f"body.{field}", wrong)
    assert value not in refused.text
    assert rows(User) == 0


def test_addresses_that_differ_in_case_only_are_one(open_client: TestClient) -> None:
    assert signed_up(open_client).status_code == 201
    again = signed_up(open_client, email="MinJi@Example.COM", nickname="another")
    assert (again.status_code, code(again)) == (409, "taken")
    assert logged_in(open_client, "MINJI").status_code == 200


def test_a_hangul_password_is_the_same_in_syllables_and_in_letters(open_client: TestClient) -> None:
    typed = "버스정류장앞나무"
    signed_up(open_client, password=unicodedata.normalize("NFD", typed))
    assert logged_in(open_client, "minji", typed).status_code == 200
