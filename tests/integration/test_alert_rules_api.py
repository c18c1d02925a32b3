"""A user's alert rules and preferences over the API: bounded, and the own ones alone."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from nunchi.models import AlertRule, User
from tests.integration.accounts_played import Hands, as_user, stored_user
from tests.integration.alerts_played import rows


@pytest.fixture
def user(environment: dict[str, str]) -> User:
    return stored_user("minji")


RULE = {"name": "큰 소식", "minimum_probability": 0.7, "arms": ["gpt-4o"], "horizons_sessions": [1, 3]}


def test_rules_are_made_read_changed_and_removed(client: TestClient, user: User, hands: Hands) -> None:
    mine = as_user(user, hands)
    made = client.post("/api/alert-rules", json=RULE, headers=mine)
    assert made.status_code == 201, made.text
    path = f"/api/alert-rules/{made.json()['id']}"
    assert client.get(path, headers=mine).json()["minimum_probability"] == 0.7
    assert client.put(path, json=RULE | {"active": False}, headers=mine).json()["active"] is False
    assert [one["name"] for one in client.get("/api/alert-rules", headers=mine).json()] == ["큰 소식"]
    assert client.delete(path, headers=mine).status_code == 204
    assert client.get(path, headers=mine).status_code == 404


def test_another_users_rule_is_not_there(client: TestClient, user: User, hands: Hands) -> None:
    made = client.post("/api/alert-rules", json=RULE, headers=as_user(user, hands)).json()
    others = as_user(stored_user("jisu"), hands)
    path = f"/api/alert-rules/{made['id']}"
    assert client.get(path, headers=others).status_code == 404
    assert client.put(path, json=RULE, headers=others).status_code == 404
    assert client.delete(path, headers=others).status_code == 404
    assert client.get(path, headers=as_user(user, hands)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum_probability": 1.1},
        {"minimum_impact": "huge"},
        {"horizons_sessions": [2]},
        {"arms": ["a b"]},
        {"cooldown_s": -1},
        {"stocks": "mine"},
        {"user_id": "x"},
        {"name": ""},
        {"name": " "},
        {"name": "a\u0000b"},
        {"name": "a\u202eb"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    client: TestClient, user: User, hands: Hands, wrong: dict[str, Any]
) -> None:
    answer = client.post("/api/alert-rules", json=RULE | wrong, headers=as_user(user, hands))
    assert (answer.status_code, rows(AlertRule)) == (422, [])


def test_the_twenty_first_rule_is_refused(client: TestClient, user: User, hands: Hands) -> None:
    mine = as_user(user, hands)
    answers = [client.post("/api/alert-rules", json=RULE, headers=mine).status_code for _ in range(21)]
    assert answers == [201] * 20 + [409]


def test_preferences_have_defaults_and_are_changed_as_a_whole(
    client: TestClient, user: User, hands: Hands
) -> None:
    mine, path = as_user(user, hands), "/api/alert-rules/preferences"
    assert client.get(path, headers=mine).json()["zone"] == "Asia/Seoul"
    changed = {
        "language": "en",
        "zone": "Europe/Berlin",
        "quiet_from": "22:00:00",
        "quiet_to": "07:00:00",
        "daily_maximum": 5,
    }
    assert client.put(path, json=changed, headers=mine).json() == changed
    assert client.get(path, headers=mine).json() == changed


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": "localtime"},
        {"quiet_from": "22:00:00"},
        {"quiet_from": "22:00:00+09:00", "quiet_to": "07:00:00+09:00"},
        {"daily_maximum": 201},
        {"language": "fr"},
    ],
)
def test_preferences_that_make_no_sense_are_refused(
    client: TestClient, user: User, hands: Hands, wrong: dict[str, Any]
) -> None:
    answer = client.put("/api/alert-rules/preferences", json=wrong, headers=as_user(user, hands))
    assert answer.status_code == 422


def test_nobody_else_gets_at_any_of_it(client: TestClient, user: User) -> None:
    for path in ("/api/telegram", "/api/telegram/deliveries", "/api/alert-rules"):
        assert client.get(path).status_code == 401
