"""Accounts over HTTP: signing up, logging in and out, refreshing, roles, invitations, deletion."""

import threading
import unicodedata
from collections.abc import Iterator
from typing import Any

import bcrypt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api import cookies
from nunchi import database
from nunchi.accounts.rules import Role
from nunchi.models import Invitation, RefreshToken, TokenFamily, User
from tests.factories import NOON
from tests.integration.accounts_played import (
    PASSWORD,
    Hands,
    bearing,
    code,
    grant,
    logged_in,
    opened,
    stored_user,
)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def client(environment: dict[str, str], hands: Hands) -> Iterator[TestClient]:
    with opened(hands) as client:
        yield client


@pytest.fixture
def admin(environment: dict[str, str]) -> dict[str, str]:
    return bearing(grant(stored_user("boss", Role.ADMIN)))


def rows(table: Any) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def signed_up(client: TestClient, **changed: Any) -> Any:
    body = {"email": "minji@example.com", "nickname": "민지", "password": PASSWORD, **changed}
    return client.post("/api/auth/sign-up", json=body)


def invited(client: TestClient, admin: dict[str, str], **wanted: Any) -> str:
    return str(client.post("/api/invitations", json=wanted, headers=admin).json()["code"])


# --- signing up


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
    assert len(listed.json()) == 1
    assert secret not in listed.text
    with database.session() as session:
        assert secret not in everything(session)


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


# --- logging in


def test_a_browser_gets_cookies_that_no_script_can_read(client: TestClient) -> None:
    stored_user("minji")
    answer = logged_in(client, "minji", deliver="cookie")
    set_cookies = answer.headers.get_list("set-cookie")
    assert len(set_cookies) == 3
    for cookie in set_cookies:
        assert cookie.startswith("__Host-")
        assert "; Path=/" in cookie
        assert "; Secure" in cookie
        assert "; SameSite=lax" in cookie
        assert "Domain" not in cookie
        assert ("HttpOnly" in cookie) == (cookies.CSRF not in cookie)
    assert answer.json()["access_token"] is answer.json()["refresh_token"] is None
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/api/users/me").json()["email"] == "minji@example.com"


def test_a_program_gets_tokens_and_no_cookies(client: TestClient) -> None:
    stored_user("minji")
    answer = logged_in(client, "minji")
    assert "set-cookie" not in answer.headers
    me = client.get("/api/users/me", headers=bearing(answer.json()["access_token"]))
    assert me.json()["nickname"] == "minji"


def test_an_access_token_holds_for_a_quarter_of_an_hour(client: TestClient, hands: Hands) -> None:
    headers = bearing(grant(stored_user("minji")))
    hands.move(minutes=15, seconds=-1)
    assert client.get("/api/users/me", headers=headers).status_code == 200
    hands.move(seconds=1)
    refused = client.get("/api/users/me", headers=headers)
    assert (refused.status_code, code(refused)) == (401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"


def test_a_bcrypt_hash_is_verified_and_replaced_at_login(client: TestClient) -> None:
    user, long = stored_user("minji"), "가나다라마바사아자차카타파하" * 3
    old = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    with database.session() as session:
        session.execute(text("UPDATE users SET password_hash = :old"), {"old": old})
    assert logged_in(client, "minji", "나" + long).status_code == 401
    assert logged_in(client, "minji", long).status_code == 200
    with database.session() as session:
        new = session.get_one(User, user.id).password_hash
    assert new.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert logged_in(client, "minji", long).status_code == 200


def test_logout_ends_access_and_refresh_at_once_and_leaves_other_logins(client: TestClient) -> None:
    user = stored_user("minji")
    one, other = grant(user), grant(user)
    assert client.post("/api/auth/logout", headers=bearing(one)).status_code == 204
    assert client.get("/api/users/me", headers=bearing(one)).status_code == 401
    assert refreshed(client, one.refresh_token).status_code == 401
    assert client.get("/api/users/me", headers=bearing(other)).status_code == 200


def test_a_browsers_logout_takes_its_cookies_back(client: TestClient) -> None:
    stored_user("minji")
    token = logged_in(client, "minji", deliver="cookie").json()["csrf_token"]
    assert client.post("/api/auth/logout", headers={cookies.CSRF_HEADER: token}).status_code == 204
    assert not client.cookies


# --- refreshing


def refreshed(client: TestClient, token: str | None = None) -> Any:
    return client.post("/api/auth/refresh", json={"refresh_token": token})


def test_a_refresh_token_brings_new_tokens_and_is_used_up(client: TestClient, hands: Hands) -> None:
    first = grant(stored_user("minji"))
    hands.move(minutes=20)
    second = refreshed(client, first.refresh_token).json()
    assert second["refresh_token"] != first.refresh_token
    assert client.get("/api/users/me", headers=bearing(second["access_token"])).status_code == 200


def test_a_browser_refreshes_by_its_cookie(client: TestClient, hands: Hands) -> None:
    stored_user("minji")
    logged_in(client, "minji", deliver="cookie")
    hands.move(minutes=16)
    assert client.get("/api/users/me").status_code == 401
    answer = refreshed(client)
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] is None
    assert client.get("/api/users/me").status_code == 200


def test_a_reused_refresh_token_ends_its_whole_login(client: TestClient, hands: Hands) -> None:
    user = stored_user("minji")
    first, elsewhere = grant(user), grant(user)
    second = refreshed(client, first.refresh_token).json()
    hands.move(seconds=11)
    stolen = refreshed(client, first.refresh_token)
    assert (stolen.status_code, code(stolen)) == (401, "session_ended")
    assert refreshed(client, second["refresh_token"]).status_code == 401
    assert client.get("/api/users/me", headers=bearing(second["access_token"])).status_code == 401
    assert refreshed(client, elsewhere.refresh_token).status_code == 200


def test_two_tabs_that_refresh_at_once_keep_the_login(client: TestClient) -> None:
    first = grant(stored_user("minji"))
    second = refreshed(client, first.refresh_token).json()
    late = refreshed(client, first.refresh_token)
    assert (late.status_code, code(late)) == (409, "just_refreshed")
    assert "access_token" not in late.json()
    assert refreshed(client, second["refresh_token"]).status_code == 200


def test_of_two_refreshes_in_a_race_one_wins(client: TestClient) -> None:
    first, answers = grant(stored_user("minji")), list[int]()
    together = threading.Barrier(4)

    def race() -> None:
        together.wait()
        answers.append(refreshed(client, first.refresh_token).status_code)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409, 409]
    assert rows(RefreshToken) == 2


def test_a_login_ends_whatever_is_refreshed(client: TestClient, hands: Hands) -> None:
    token: str = grant(stored_user("minji")).refresh_token
    for _ in range(5):
        hands.move(days=13)
        answer = refreshed(client, token)
        token = answer.json().get("refresh_token", "")
    assert answer.status_code == 401
    assert (hands.now - NOON).days == 65


@pytest.mark.parametrize("token", [None, "", "unheard", "' OR 1=1 --", "x" * 200])
def test_an_unknown_refresh_token_brings_nothing(client: TestClient, token: str | None) -> None:
    assert code(refreshed(client, token)) == "session_ended"


def test_no_token_is_stored_as_it_is(client: TestClient) -> None:
    granted = grant(stored_user("minji"))
    with database.session() as session:
        stored = everything(session)
    assert granted.refresh_token not in stored
    assert granted.access_token not in stored


def everything(session: Session) -> str:
    """All that the database knows of accounts."""
    tables = (User, TokenFamily, RefreshToken, Invitation)
    return str([session.execute(select(table.__table__)).all() for table in tables])


# --- the own account


def test_another_password_ends_the_other_logins(client: TestClient) -> None:
    user = stored_user("minji")
    here, there = grant(user), grant(user)
    body = {"password": PASSWORD, "new_password": "another-horse-8"}
    assert client.put("/api/auth/password", json=body, headers=bearing(here)).status_code == 204
    assert client.get("/api/users/me", headers=bearing(here)).status_code == 200
    assert client.get("/api/users/me", headers=bearing(there)).status_code == 401
    assert logged_in(client, "minji").status_code == 401
    assert logged_in(client, "minji", "another-horse-8").status_code == 200


def test_changing_the_password_takes_the_old_one(client: TestClient) -> None:
    headers = bearing(grant(stored_user("minji")))
    body = {"password": "wrong-horse-7", "new_password": "another-horse-8"}
    assert code(client.put("/api/auth/password", json=body, headers=headers)) == "wrong_password"
    assert logged_in(client, "minji").status_code == 200


def test_a_deleted_account_leaves_nothing(client: TestClient, admin: dict[str, str]) -> None:
    user = stored_user("minji")
    granted = grant(user)
    path, body = "/api/users/me/deletion", {"password": PASSWORD}
    assert (
        code(client.post(path, json={"password": "wrong-horse-7"}, headers=bearing(granted)))
        == "wrong_password"
    )
    assert client.post(path, json=body, headers=bearing(granted)).status_code == 204
    assert client.get("/api/users/me", headers=bearing(granted)).status_code == 401
    assert refreshed(client, granted.refresh_token).status_code == 401
    assert logged_in(client, "minji").status_code == 401
    assert (rows(User), rows(TokenFamily), rows(RefreshToken)) == (1, 1, 1)
    with database.session() as session:
        assert "minji" not in everything(session)


def test_a_nickname_is_nobody_elses(client: TestClient) -> None:
    stored_user("boss")
    headers = bearing(grant(stored_user("minji")))
    taken = client.patch("/api/users/me", json={"nickname": "Boss"}, headers=headers)
    assert (taken.status_code, code(taken)) == (409, "taken")
    assert (
        client.patch("/api/users/me", json={"nickname": "민지"}, headers=headers).json()["nickname"] == "민지"
    )


# --- admins


def test_another_role_counts_from_the_next_request_on(client: TestClient, admin: dict[str, str]) -> None:
    user = stored_user("minji")
    headers = bearing(grant(user))
    assert code(client.get("/api/users", headers=headers)) == "forbidden"
    client.patch(f"/api/users/{user.id}", json={"role": "admin"}, headers=admin)
    assert client.get("/api/users", headers=headers).status_code == 200
    client.patch(f"/api/users/{user.id}", json={"role": "user"}, headers=admin)
    assert code(client.get("/api/users", headers=headers)) == "forbidden"


def test_the_last_admin_stays(client: TestClient, admin: dict[str, str]) -> None:
    me = client.get("/api/users/me", headers=admin).json()["id"]
    assert code(client.patch(f"/api/users/{me}", json={"role": "user"}, headers=admin)) == "last_admin"
    assert code(client.delete(f"/api/users/{me}", headers=admin)) == "last_admin"
    body = {"password": PASSWORD}
    assert code(client.post("/api/users/me/deletion", json=body, headers=admin)) == "last_admin"


def test_users_are_listed_page_by_page(client: TestClient, admin: dict[str, str]) -> None:
    for name in ("one", "two", "three"):
        stored_user(name)
    seen: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = client.get("/api/users", params={"limit": 2, **after}, headers=admin).json()
        seen += [each["nickname"] for each in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert sorted(seen) == ["boss", "one", "three", "two"]
