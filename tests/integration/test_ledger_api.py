"""The published ledger, and a stranger who checks it with what the API and the docs give him."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from infra.local.platform import ROOT
from nunchi import clock
from nunchi.ledger import rules
from tests.factories import NOON
from tests.integration.test_ledger import Archive, seal_at, sealed, seals, store

DAY = timedelta(days=1)


@pytest.fixture
def client(environment: dict[str, str]) -> Iterator[TestClient]:
    """Three seals: of 3, 1 and 2 forecasts, the last on the next day; and a forecast that has none yet."""
    archive = Archive()
    for count, at in ((3, NOON), (1, NOON + timedelta(minutes=9)), (2, NOON + DAY)):
        store(count, at)
        assert seal_at(at + timedelta(minutes=1), archive.put) == count
    store(1, NOON + DAY + timedelta(hours=1))
    with clock.driven_by(lambda: NOON + DAY), TestClient(create_app()) as opened:
        yield opened


def got(client: TestClient, path: str) -> Any:
    answered = client.get(path)
    assert answered.status_code == 200, answered.text
    return answered.json()


def script() -> str:
    """The script of docs/ledger.md."""
    (found,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "ledger.md").read_text(), re.DOTALL)
    return str(found)


def checked(proof: dict[str, Any]) -> tuple[int, list[str]]:
    """The exit code of the docs' script on a proof, and the facts that it denies."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script()], input=json.dumps(proof), capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.returncode, [line[4:] for line in done.stdout.splitlines() if line.startswith("NO ")]


def test_every_sealed_forecast_is_proved_by_the_script_of_the_docs(client: TestClient) -> None:
    proofs = [got(client, f"/api/forecasts/{row.id}/proof") for row in sealed()]
    assert len(proofs) == 6
    assert [checked(one) for one in proofs] == [(0, [])] * 6
    assert {json.loads(one["leaf"])["forecast_id"] for one in proofs} == {str(row.id) for row in sealed()}


@pytest.mark.parametrize(
    ("field", "old", "new", "denied"),
    [
        ("leaf", '"raw":[0.3', '"raw":[0.2', "the leaf is under the tree's root"),
        ("leaf", "2026-10-19T03:00", "2026-10-18T03:00", "the leaf is under the tree's root"),
        ("evidence", "10000", "10001", "the evidence is what was sealed"),
        ("answer", '"ok"', '"no"', "the answer is what was sealed"),
    ],
)
def test_the_script_denies_what_was_changed(
    client: TestClient, field: str, old: str, new: str, denied: str
) -> None:
    proof = got(client, f"/api/forecasts/{sealed()[0].id}/proof")
    assert old in proof[field]
    assert checked(proof | {field: proof[field].replace(old, new)}) == (1, [denied])


def test_the_script_denies_another_place_or_header(client: TestClient) -> None:
    first = next(row for row in sealed() if row.seal_id == seals()[0].id)
    proof = got(client, f"/api/forecasts/{first.id}/proof")
    assert checked(proof | {"index": (proof["index"] + 1) % 3})[0] == 1
    later = proof["seal"]["header"].replace("03:02", "03:01")
    assert checked(proof | {"seal": proof["seal"] | {"header": later}}) == (
        1,
        ["the header is under the seal's root"],
    )


def test_a_proof_names_the_seals_beside_its_own(client: TestClient) -> None:
    first, second, _ = seals()
    row = next(row for row in sealed() if row.seal_id == second.id)
    proof = got(client, f"/api/forecasts/{row.id}/proof")
    assert proof["seal"]["previous_root"] == first.root
    assert proof["next_root"] == seals()[2].root
    assert json.loads(proof["seal"]["header"])["previous_root"] == first.root


def test_a_forecast_without_a_seal_has_no_proof(client: TestClient) -> None:
    (waiting,) = [one["id"] for one in got(client, "/api/forecasts")["items"] if one["sealed_at"] is None]
    answered = client.get(f"/api/forecasts/{waiting}/proof")
    assert answered.status_code == 404
    assert answered.json()["detail"] == f"There is no proof of forecast {waiting}."


def test_days_come_with_their_last_root(client: TestClient) -> None:
    _, second, third = seals()
    assert got(client, "/api/ledger/days") == [
        {"day": "2026-10-20", "seals": 1, "forecasts": 2, "last_root": third.root},
        {"day": "2026-10-19", "seals": 2, "forecasts": 4, "last_root": second.root},
    ]
    assert [one["day"] for one in got(client, "/api/ledger/days?days=1")] == ["2026-10-20"]
    assert [one["day"] for one in got(client, "/api/ledger/days?until=2026-10-19")] == ["2026-10-19"]


def test_a_day_lists_its_seals_in_their_order(client: TestClient) -> None:
    first, second, _ = seals()
    found = got(client, "/api/ledger/days/2026-10-19")["items"]
    assert [one["root"] for one in found] == [first.root, second.root]
    assert rules.chain(json.loads(found[1]["header"])) == second.root
    page = got(client, "/api/ledger/days/2026-10-19?limit=1")
    rest = got(client, f"/api/ledger/days/2026-10-19?limit=1&cursor={page['next_cursor']}")
    assert [one["root"] for one in (*page["items"], *rest["items"])] == [first.root, second.root]
    assert rest["next_cursor"] is None


def test_a_seal_lists_its_leaves(client: TestClient) -> None:
    path = f"/api/ledger/seals/{seals()[0].root}"
    page = got(client, f"{path}/leaves?limit=1")
    rest = got(client, f"{path}/leaves?cursor={page['next_cursor']}")
    assert (len(page["items"]), rest["next_cursor"]) == (1, None)
    leaves = [one["content_hash"] for one in (*page["items"], *rest["items"])]
    assert json.loads(got(client, path)["header"])["tree_root"] == rules.merkle_root(leaves)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/ledger/seals/{'0' * 64}", 404),
        (f"/api/ledger/seals/{'0' * 64}/leaves", 404),
        (f"/api/ledger/seals/{'0' * 64}/leaves?cursor=eHg", 422),
        ("/api/ledger/days/2026-10-19?cursor=eHg", 422),
        ("/api/ledger/seals/abc", 422),
        ("/api/ledger/days?days=93", 422),
        ("/api/ledger/days/yesterday", 422),
        ("/api/ledger/days/9999-12-31", 422),
        ("/api/ledger/days?until=0001-01-01", 422),
        ("/api/forecasts/1/proof", 422),
    ],
)
def test_what_is_not_there_or_no_name_is_refused(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status
