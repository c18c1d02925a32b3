"""No read of forecasts, arms, evaluations or the scoreboard scans a large table, wherever in the list one is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from infra.local import platform
from infra.local.stores import Stores
from nunchi import database
from nunchi.accounts.rules import Role
from tests.conftest import MIGRATED, create_database, forget_clients
from tests.integration.accounts_played import Hands, bearing, grant, opened, stored_user
from tests.integration.large_tables import CASES, FORECASTS, LARGE, fill, nodes, rows_read, statements

NOW = datetime(2026, 8, 31, 3, 0, tzinfo=UTC)
MOST = FORECASTS // 20  # rows that one step of a plan may look at
PATHS = [
    "/api/forecasts",
    "/api/forecasts?stock_code=000007",
    "/api/forecasts?arm=gpt-4o",
    "/api/forecasts?arm=gpt-4o&horizon_sessions=3",
    "/api/forecasts?stock_code=000007&arm=prior&horizon_sessions=5",
    "/api/forecasts?sealed=false",
    "/api/forecasts?sealed=true&arm=prior",
    "/api/forecasts?since=2026-01-05T00:00:00Z&until=2026-01-06T00:00:00Z",
    "/api/forecasts?arm=unheard",
    "/api/evaluations",
    "/api/evaluations?stock_code=000007",
    "/api/evaluations?arm=gpt-4o&horizon_sessions=3",
    "/api/evaluations?day=2026-01-05",
    "/api/evaluations?stock_code=000007&arm=prior",
    "/api/evaluations?arm=unheard",
    "/api/evaluations/days",
    "/api/evaluations/days?arm=prior&horizon_sessions=1",
    "/api/evaluations/stocks/000007",
    "/api/evaluations/reports",
    "/api/evaluations/reports?arm=gpt-4o",
    "/api/evaluations/reports?day=2025-12-05",
    "/api/evaluations/queue",
    "/api/forecasts/requests",
    "/api/reports",
    "/api/reports?stock_code=000007",
    "/api/reports/history?stock_code=000007",
    "/api/arms",
    "/api/arms/gpt-4o/budget",
    "/api/scoreboard",
    "/api/scoreboard/breakdown?by=event_kind",
    "/api/scoreboard/reliability",
    "/api/scoreboard/costs",
    "/api/scoreboard/comparisons",
    "/api/scoreboard/series?arm=prior&horizon_sessions=3",
]


@pytest.fixture(scope="module")
def client(stores: Stores, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An admin's client, on a database of this module's own that is large."""
    values = platform.environment(
        stores, tmp_path_factory.mktemp("plans"), {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            values | {"DATABASE_URL": create_database(stores, "plans_arms", MIGRATED)}
        ).items():
            patch.setenv(name, value)
        forget_clients()
        admin = stored_user("admin", Role.ADMIN)
        fill(database.get_engine())
        with opened(Hands(NOW), bearing(grant(admin, NOW))) as client:
            yield client
        forget_clients()


def faults(engine: Engine, heard: list[tuple[str, Any]]) -> list[str]:
    """What is wrong with how statements were carried out."""
    found = []
    for statement, parameters in heard:
        for node in nodes(engine, statement, parameters):
            if node.get("Relation Name") in LARGE:
                read = rows_read(node)
                if node["Node Type"] == "Seq Scan" or read > MOST:
                    found.append(
                        f"{node['Node Type']} of {node['Relation Name']} reads {read:.0f}: {statement}"
                    )
    return found


@pytest.mark.parametrize("path", PATHS)
def test_the_first_page_reads_no_more_than_it_needs(client: TestClient, path: str) -> None:
    engine = database.get_engine()
    with statements(engine) as heard:
        answered = client.get(path)
    assert answered.status_code == 200, answered.text
    assert heard
    assert faults(engine, heard) == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/forecasts",
        "/api/forecasts?arm=gpt-4o",
        "/api/evaluations",
        "/api/evaluations/reports",
        "/api/evaluations/days",
        "/api/forecasts/requests",
    ],
)
def test_nor_does_a_page_far_down_the_list(client: TestClient, path: str) -> None:
    engine, joined = database.get_engine(), "&" if "?" in path else "?"
    cursor = ""
    for _ in range(10):
        cursor = client.get(f"{path}{joined}limit=200{cursor}").json()["next_cursor"]
        cursor = f"&cursor={cursor}"
    with statements(engine) as heard:
        page = client.get(f"{path}{joined}limit=200{cursor}").json()
    assert len(page["items"]) == 200
    assert faults(engine, heard) == []


@pytest.mark.parametrize("by", ["day", "arm", "stock"])
def test_a_summary_reads_only_its_span(client: TestClient, by: str) -> None:
    engine = database.get_engine()
    with statements(engine) as heard:
        path = f"/api/evaluations/reports/summary?by={by}&since=2025-12-01&until=2025-12-07"
        assert client.get(path).status_code == 200
    assert faults(engine, heard) == []


def test_a_forecast_is_found_by_its_key_and_so_is_the_answer_to_a_question(client: TestClient) -> None:
    engine = database.get_engine()
    first = client.get("/api/forecasts?limit=1").json()["items"][0]
    with statements(engine) as heard:
        assert client.get(f"/api/forecasts/{first['id']}").status_code == 200
        body = {"stock_code": first["stock_code"], "arm": "prior"}
        asked = client.post("/api/forecasts", json=body)
    assert asked.status_code in {200, 202}, asked.text
    read = [one for one in heard if one[0].lstrip().startswith("SELECT")]
    assert faults(engine, read) == []
    assert CASES > MOST
