"""Logging in and out, and keeping a login alive."""

import threading

import bcrypt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from api import cookies
from nunchi import database
from nunchi.models import RefreshToken, TokenFamily, User
from tests.factories import NOON
from tests.integration.accounts_played import (
    Hands,
    bearing,
    code,
    everything,
    grant,
    logged_in,
    refreshed,
    rows,
    stored_user,
)


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


@pytest.mark.parametrize("idle", [{"minutes": 16}, {"days": 15}, {"days": 61}], ids=str)
def test_a_browser_logs_out_by_its_refresh_token_however_long_it_was_idle(
    client: TestClient, hands: Hands, idle: dict[str, float]
) -> None:
    stored_user("minji")
    token = logged_in(client, "minji", deliver="cookie").json()["csrf_token"]
    kept = dict(client.cookies)  # a browser drops them by the wall clock, which the hands don't move
    hands.move(**idle)
    assert client.post("/api/auth/logout", headers={cookies.CSRF_HEADER: token}).status_code == 204
    assert not client.cookies
    assert revoked_for() == ["logout"]
    assert refreshed(client, kept[cookies.REFRESH]).status_code == 401


def test_a_logout_by_the_refresh_token_needs_the_csrf_token_of_its_login(
    client: TestClient, hands: Hands
) -> None:
    user = stored_user("minji")
    logged_in(client, "minji", deliver="cookie")
    hands.move(minutes=16)
    for token in ("", grant(user).csrf_token):
        refused = client.post("/api/auth/logout", headers={cookies.CSRF_HEADER: token})
        assert (refused.status_code, code(refused)) == (403, "csrf")
    assert refreshed(client).status_code == 200


def test_cookies_whose_login_has_ended_are_taken_back(client: TestClient) -> None:
    stored_user("minji")
    token = logged_in(client, "minji", deliver="cookie").json()["csrf_token"]
    kept = dict(client.cookies)
    for _ in range(2):
        for name, value in kept.items():
            client.cookies.set(name, value, domain="api.nunchi.example", path="/")
        assert client.post("/api/auth/logout", headers={cookies.CSRF_HEADER: token}).status_code == 204
        assert not client.cookies


@pytest.mark.parametrize("held", [{}, {cookies.ACCESS: "x.y.z", cookies.REFRESH: "unheard"}], ids=str)
def test_a_logout_of_nobody_ends_nothing(client: TestClient, held: dict[str, str]) -> None:
    grant(stored_user("minji"))
    for name, value in held.items():
        client.cookies.set(name, value, domain="api.nunchi.example", path="/")
    assert client.post("/api/auth/logout").status_code == 204
    assert not client.cookies
    assert revoked_for() == [None]


def test_a_bearer_token_that_does_not_hold_logs_nobody_out(client: TestClient, hands: Hands) -> None:
    headers = bearing(grant(stored_user("minji")))
    hands.move(minutes=16)
    assert client.post("/api/auth/logout", headers=headers).status_code == 401
    assert revoked_for() == [None]


def revoked_for() -> list[str | None]:
    """Why each login has ended; None for one that holds."""
    with database.session() as session:
        return list(session.scalars(select(TokenFamily.revoked_for)))


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
