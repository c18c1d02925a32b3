"""Arms and experiments through the API: read by everybody, changed by admins alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nunchi import database
from nunchi.accounts.rules import Role
from nunchi.models import Arm, Experiment
from tests.factories import NOON
from tests.integration.accounts_played import Hands, bearing, code, grant, opened, stored_user
from tests.integration.api_rows import look, store
from tests.integration.articles_worked import found

WANTED = {
    "name": "gpt-4o-mini",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "prompt_version": "forecast.v2",
    "role": "challenger",
    "price_input_usd_per_mtok": 0.15,
    "price_cached_usd_per_mtok": 0.075,
    "price_output_usd_per_mtok": 0.6,
    "training_cutoff": "2023-10-01",
    "daily_budget_krw": 5000,
}
COMPARED = {"name": "one", "arm_a": "neighbours", "arm_b": "prior", "horizon_sessions": 3, "alpha": 0.05}


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def client(environment: dict[str, str], hands: Hands) -> Iterator[TestClient]:
    """An admin's client."""
    admin = bearing(grant(stored_user("admin", Role.ADMIN)))
    with opened(hands, admin) as client:
        yield client


def arm(name: str) -> Arm:
    with database.session() as session:
        return session.get_one(Arm, name)


# --- arms


def test_arms_are_listed_by_name_page_by_page(client: TestClient) -> None:
    first = client.get("/api/arms", params={"limit": 3}).json()
    rest = client.get("/api/arms", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    names = [one["name"] for one in [*first["items"], *rest["items"]]]
    assert names == sorted(one.name for one in found(Arm))
    assert rest["next_cursor"] is None


def test_what_an_arm_may_spend_is_no_public_fact(client: TestClient) -> None:
    shown = client.get("/api/arms/gpt-4o", headers={"Authorization": ""}).json()
    assert (shown["provider"], shown["price_output_usd_per_mtok"]) == ("openai", 10)
    assert not [key for key in shown if "budget" in key or "krw" in key]


def test_an_arm_is_added_switched_on_and_given_a_budget(client: TestClient) -> None:
    added = client.post("/api/arms", json=WANTED)
    assert added.status_code == 201
    assert (added.json()["active"], added.json()["held_today_krw"]) == (False, 0)
    changed = client.patch("/api/arms/gpt-4o-mini", json={"active": True, "daily_budget_krw": 700})
    assert changed.status_code == 200
    stored = arm("gpt-4o-mini")
    assert (stored.active, stored.daily_budget_krw, stored.price_input_usd_per_mtok) == (True, 700, 0.15)
    assert client.get("/api/arms/gpt-4o-mini/budget").json()["daily_budget_krw"] == 700


def test_what_is_not_named_stays(client: TestClient) -> None:
    before = arm("gpt-4o").daily_budget_krw
    client.patch("/api/arms/gpt-4o", json={"active": True})
    assert (arm("gpt-4o").active, arm("gpt-4o").daily_budget_krw) == (True, before)


def test_a_name_is_taken_once(client: TestClient) -> None:
    client.post("/api/arms", json=WANTED)
    again = client.post("/api/arms", json=WANTED | {"model": "other"})
    assert (again.status_code, code(again)) == (409, "taken")
    assert arm("gpt-4o-mini").model == "gpt-4o-mini"


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "GPT"},
        {"name": "x' OR 1"},
        {"provider": "baseline"},
        {"role": "baseline"},
        {"prompt_version": "forecast.v99"},
        {"model": " "},
        {"price_input_usd_per_mtok": 0},
        {"price_input_usd_per_mtok": -1},
        {"price_output_usd_per_mtok": "NaN"},
        {"daily_budget_krw": -1},
        {"daily_budget_krw": 100_000_001},
        {"daily_budget_krw": True},
        {"active": True},
    ],
)
def test_an_arm_that_can_not_be_is_refused(client: TestClient, changed: dict[str, Any]) -> None:
    refused = client.post("/api/arms", json=WANTED | changed)
    assert (refused.status_code, code(refused)) == (422, "invalid")
    assert "gpt-4o-mini" not in [one.name for one in found(Arm)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"active": None},
        {"active": "yes"},
        {"daily_budget_krw": 1.5},
        {"daily_budget_krw": 100_000_001},
        {"model": "x"},
    ],
)
def test_a_change_that_is_none_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.patch("/api/arms/gpt-4o", json=body).status_code == 422


def test_what_costs_nothing_is_given_no_budget(client: TestClient) -> None:
    refused = client.patch("/api/arms/neighbours", json={"daily_budget_krw": 5})
    assert (refused.status_code, code(refused)) == (404, "not_found")
    assert arm("neighbours").daily_budget_krw == 0


def test_prior_stays_on(client: TestClient) -> None:
    refused = client.patch("/api/arms/prior", json={"active": False, "daily_budget_krw": 5})
    assert (refused.status_code, code(refused)) == (409, "prior_stays")
    assert (arm("prior").active, arm("prior").daily_budget_krw) == (True, 0)


@pytest.mark.parametrize("role", [Role.USER, Role.RATER])
def test_others_change_nothing(client: TestClient, role: Role) -> None:
    headers = bearing(grant(stored_user("minji", role)))
    assert client.post("/api/arms", json=WANTED, headers=headers).status_code == 403
    assert client.patch("/api/arms/gpt-4o", json={"active": True}, headers=headers).status_code == 403
    assert client.post("/api/experiments", json=COMPARED, headers=headers).status_code == 403
    assert not arm("gpt-4o").active


# --- experiments


def test_an_experiment_is_started_shown_and_stopped_once(client: TestClient, hands: Hands) -> None:
    started = client.post("/api/experiments", json=COMPARED)
    assert started.status_code == 201
    assert (started.json()["primary"], started.json()["ended_at"]) == (True, None)
    hands.move(minutes=10)
    stopped = client.post("/api/experiments/one/stop")
    assert stopped.status_code == 200
    assert client.get("/api/experiments/one").json() == stopped.json()
    (stored,) = found(Experiment)
    assert (stored.started_at, stored.ended_at) == (NOON, NOON + timedelta(minutes=10))
    assert client.post("/api/experiments/one/stop").status_code == 404


def test_a_pair_has_one_running_primary_experiment(client: TestClient) -> None:
    client.post("/api/experiments", json=COMPARED)
    turned = {"name": "two", "arm_a": "prior", "arm_b": "neighbours"}
    for changed, said in ((turned, "experiment_running"), ({}, "taken"), ({"primary": False}, "taken")):
        refused = client.post("/api/experiments", json=COMPARED | changed)
        assert (refused.status_code, code(refused)) == (409, said)
    assert client.post("/api/experiments", json=COMPARED | turned | {"primary": False}).status_code == 201


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"arm_b": "neighbours"}, 422),
        ({"arm_b": "nobody"}, 404),
        ({"horizon_sessions": 2}, 422),
        ({"alpha": 0}, 422),
        ({"alpha": 1}, 422),
        ({"name": "One"}, 422),
        ({"started_at": "2020-01-01T00:00:00Z"}, 422),
    ],
)
def test_an_experiment_that_can_not_be_is_refused(
    client: TestClient, changed: dict[str, Any], status: int
) -> None:
    assert client.post("/api/experiments", json=COMPARED | changed).status_code == status
    assert found(Experiment) == []


def test_every_look_at_an_experiment_is_listed_newest_first(client: TestClient) -> None:
    client.post("/api/experiments", json=COMPARED)
    days = [NOON.date() - timedelta(days=back) for back in range(3)]
    store(*(look(day, pairs) for pairs, day in enumerate(days)))
    first = client.get("/api/experiments/one/comparisons", params={"limit": 2}).json()
    assert [one["pairs"] for one in first["items"]] == [0, 1]
    assert {one["verdict"] for one in first["items"]} == {"not enough evidence"}
    place = {"limit": 2, "cursor": first["next_cursor"]}
    rest = client.get("/api/experiments/one/comparisons", params=place).json()
    assert ([one["pairs"] for one in rest["items"]], rest["next_cursor"]) == ([2], None)
    assert client.get("/api/experiments/two/comparisons").status_code == 404
