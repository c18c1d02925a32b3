"""The own account, and what admins do with those of others."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from nunchi import database
from nunchi.models import RefreshToken, TokenFamily, User
from tests.integration.accounts_played import (
    PASSWORD,
    bearing,
    code,
    everything,
    grant,
    logged_in,
    refreshed,
    rows,
    stored_user,
)


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
        if page["next_cursor"] is None:
            break
        after = {"cursor": page["next_cursor"]}
    assert sorted(seen) == ["boss", "one", "three", "two"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("one@example.com", ["one"]), (" ONE@Example.com ", ["one"]), ("one", []), ("%", []), ("' OR 1=1", [])],
)
def test_a_user_is_found_by_the_whole_address(
    client: TestClient, admin: dict[str, str], asked: str, found: list[str]
) -> None:
    for name in ("one", "two"):
        stored_user(name)
    page = client.get("/api/users", params={"email": asked}, headers=admin).json()
    assert [each["nickname"] for each in page["items"]] == found
