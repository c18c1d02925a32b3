"""Reports through the API: the latest, the history, one in whole, a new version."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from infra.local.platform import Platform
from nunchi import clock
from nunchi.accounts.rules import Role
from nunchi.report import service
from tests.integration.accounts_played import bearing, grant, stored_user
from tests.integration.articles_worked import CODE
from tests.integration.reports_made import (
    at,
    dispatch,
    due,
    events,
    reports,
    run,
    store_market,
    store_stock,
    work,
)

NOW = at(14)


@pytest.fixture
def client(started: Platform) -> Iterator[TestClient]:
    """A client at two in the afternoon; the reports of one o'clock are made."""
    store_stock()
    dispatch(at(13))
    for arm in ("prior", "neighbours"):
        work(due(arm))
    store_market(known_at=at(13, 30))
    admin = bearing(grant(stored_user("admin", Role.ADMIN), NOW))
    with clock.driven_by(lambda: NOW), TestClient(create_app(), headers=admin) as opened:
        yield opened


def got(client: TestClient, path: str, **query: Any) -> Any:
    """What a path answers; of a page its items."""
    answered = client.get(path, params=query)
    assert answered.status_code == 200, answered.text
    return answered.json().get("items", answered.json())


def asked(client: TestClient, **changed: Any) -> Any:
    return client.post("/api/reports", json={"stock_code": CODE, "arm": "prior"} | changed)


def test_the_latest_report_of_each_arm_is_listed(client: TestClient) -> None:
    found = got(client, "/api/reports")
    assert [(one["arm"], one["slot"], one["version"]) for one in found] == [
        ("neighbours", "1300", 1),
        ("prior", "1300", 1),
    ]
    assert found[0]["recommendation"] == "uncertain"
    assert found[0]["recommendation_ko"] == "판단할 근거가 부족함"
    assert [one["arm"] for one in got(client, "/api/reports", arm="prior")] == ["prior"]
    assert len(got(client, "/api/reports", limit=1)) == 1
    assert got(client, "/api/reports", stock_code="990020") == []


def test_a_report_is_shown_in_whole(client: TestClient) -> None:
    stored = next(one for one in reports() if one.arm == "prior")
    found = got(client, f"/api/reports/{stored.id}")
    assert [one["span"] for one in found["scenarios"]] == ["short", "medium", "long"]
    assert found["evidence"] == stored.evidence
    assert found["base_price_source"] == "close"
    assert found["base_price_won"] == stored.base_price_won
    assert "투자를 권하지 않는다" in found["disclaimer_ko"]


def test_a_new_version_is_accepted_made_and_shown_in_place_of_the_old(
    client: TestClient, started: Platform
) -> None:
    answer = asked(client)
    assert answer.status_code == 202
    status = answer.json()
    assert (status["outcome"], status["version"], status["report_url"]) == ("due", 2, None)
    assert answer.headers["location"] == status["status_url"] == f"/api/reports/{status['id']}/status"
    assert client.get(f"/api/reports/{status['id']}").status_code == 404
    started.pump.drain(NOW)
    done = got(client, status["status_url"])
    assert (done["outcome"], done["report_url"]) == ("ok", f"/api/reports/{status['id']}")
    assert got(client, done["report_url"])["base_price_source"] == "quote"
    assert [one["version"] for one in got(client, "/api/reports", arm="prior")] == [2]
    kept = got(client, "/api/reports/history", stock_code=CODE, arm="prior")
    assert [one["version"] for one in kept] == [2, 1]


def test_asking_twice_is_one_request(client: TestClient) -> None:
    first, second = asked(client).json(), asked(client).json()
    assert first == second
    assert len([one for one in events() if one["version"] == 2]) == 1


def test_the_history_goes_back_page_by_page(client: TestClient) -> None:
    whole = got(client, "/api/reports/history", stock_code=CODE)
    assert sorted(one["arm"] for one in whole) == ["neighbours", "prior"]
    before = (at(13) + timedelta(seconds=1)).isoformat()
    assert len(got(client, "/api/reports/history", stock_code=CODE, before=before)) == 2
    assert got(client, "/api/reports/history", stock_code=CODE, before=at(13).isoformat()) == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"stock_code": "999999"}, 404),
        ({"arm": "nobody"}, 404),
        ({"arm": "gpt-4o"}, 404),
        ({"stock_code": "99001"}, 422),
        ({"arm": "x' OR 1"}, 422),
        ({"slot": "1000"}, 422),
    ],
)
def test_a_request_that_can_not_be_met_is_refused(
    client: TestClient, changed: dict[str, str], status: int
) -> None:
    assert asked(client, **changed).status_code == status
    assert len(events()) == 2


def test_what_is_not_there_is_named(client: TestClient) -> None:
    gone = uuid4()
    for path in (f"/api/reports/{gone}", f"/api/reports/{gone}/status"):
        answered = client.get(path)
        assert answered.status_code == 404
        assert answered.json()["detail"] == f"There is no report {gone}."
    assert client.get("/api/reports/history").status_code == 422
    assert client.get("/api/reports/x").status_code == 422


def test_the_run_of_a_report_has_its_id(client: TestClient) -> None:
    assert {one.id for one in reports()} == {run(due(arm)).id for arm in ("prior", "neighbours")}
    assert service.run_id(due()) == run(due()).id
