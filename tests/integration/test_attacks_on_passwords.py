"""Guessed passwords, and stores that are away meanwhile."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from passlib.handlers.argon2 import argon2

from nunchi.accounts import limits, passwords
from tests.conftest import forget_clients
from tests.integration.accounts_played import (
    PASSWORD,
    bearing,
    code,
    grant,
    logged_in,
    opened,
    stored_user,
)

pytestmark = pytest.mark.usefixtures("open_sign_up")


def test_an_account_is_tried_ten_times_and_then_left_alone(client: TestClient) -> None:
    stored_user("minji")
    for _ in range(limits.PER_ACCOUNT):
        assert code(logged_in(client, "minji", "wrong-horse-7")) == "wrong_login"
    refused = logged_in(client, "minji")
    assert (refused.status_code, code(refused)) == (429, "too_many_attempts")
    assert 0 < int(refused.headers["retry-after"]) <= limits.WINDOW_S


def test_an_unknown_account_is_limited_alike(client: TestClient) -> None:
    answers = [logged_in(client, "stranger") for _ in range(limits.PER_ACCOUNT + 1)]
    assert [answer.status_code for answer in answers] == [401] * limits.PER_ACCOUNT + [429]


def test_spraying_one_password_over_many_accounts_ends_at_the_address(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_ADDRESS", 5)
    answers = [logged_in(client, f"user{number}", "Spring2026!") for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


def test_a_good_login_gives_an_account_its_tries_back_but_not_its_address(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_user("mine")
    monkeypatch.setattr(limits, "PER_ACCOUNT", 2)
    monkeypatch.setattr(limits, "PER_ADDRESS", 5)
    answers = [logged_in(client, "mine").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_changing_the_password_is_no_way_around_the_limit(client: TestClient) -> None:
    headers = bearing(grant(stored_user("minji")))
    body = {"password": "wrong-horse-7", "new_password": "another-horse-8"}
    answers = [
        client.put("/api/auth/password", json=body, headers=headers).status_code
        for _ in range(limits.PER_ACCOUNT + 1)
    ]
    assert answers == [403] * limits.PER_ACCOUNT + [429]


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer_for_the_same_work(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_user("minji")
    worked: list[str] = []
    original: Any = argon2.verify.__func__

    def counted(_cls: Any, secret: str, stored: str, /, **given: Any) -> bool:
        worked.append(stored.rsplit("$", 2)[0])
        return bool(original(_cls, secret, stored, **given))

    monkeypatch.setattr(argon2, "verify", classmethod(counted))
    passwords.get_context.cache_clear()
    answers = [logged_in(client, name, "wrong-horse-7") for name in ("minji", "stranger", "no e-mail\r\n")]
    passwords.get_context.cache_clear()
    assert worked == ["$argon2id$v=19$m=19456,t=2,p=1"] * 3
    bodies = [{**answer.json(), "correlation_id": ""} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert [answer.status_code for answer in answers] == [401] * 3


def test_without_redis_logins_wait_and_the_rest_goes_on(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = grant(stored_user("minji"))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("SIGN_UP", "open")
    forget_clients()
    with opened() as client:
        body = {"email": "new@example.com", "nickname": "new", "password": PASSWORD}
        for refused in (logged_in(client, "minji"), client.post("/api/auth/sign-up", json=body)):
            assert (refused.status_code, code(refused)) == (503, "unavailable")
            assert int(refused.headers["retry-after"]) > 0
        assert client.get("/api/users/me", headers=bearing(granted)).status_code == 200
        body = {"refresh_token": granted.refresh_token}
        assert client.post("/api/auth/refresh", json=body).status_code == 200


def test_without_postgres_everything_waits(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = grant(stored_user("minji"))
    monkeypatch.setenv("DATABASE_URL", "postgresql+pg8000://nobody@127.0.0.1:1/nothing")
    forget_clients()
    with opened() as client:
        for refused in (
            client.get("/api/health"),
            logged_in(client, "minji"),
            client.get("/api/users/me", headers=bearing(granted)),
        ):
            assert (refused.status_code, code(refused)) == (503, "unavailable")
