"""Stocks over the API: finding them, and the list of them that admins keep."""

import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from infra.local.errors import LocalError
from infra.local.listing import import_csv
from nunchi.accounts.rules import Role
from nunchi.models import Quote, Stock
from tests.factories import NOON
from tests.integration.accounts_played import bearing, code, grant, opened, rows, stored_user
from tests.integration.articles_worked import found, store

NAMES = {
    "990010": ("다온솔전자", "KOSPI", 1),
    "990020": ("나래해운", "KOSDAQ", 2),
    "990030": ("온다솔", "KOSPI", 3),
    "990040": ("솔", "KOSDAQ", 2),
    "990050": ("NC 다온솔", "KOSDAQ", 2),
}
Headers = dict[str, str]


@pytest.fixture
def client(environment: dict[str, str]) -> Iterator[TestClient]:
    store(*(Stock(code=c, name=n, market=m, priority=p) for c, (n, m, p) in NAMES.items()))
    store(Stock(code="990060", name="다온 옛이름", market="KOSPI", active=False))
    with opened() as client:
        yield client


@pytest.fixture
def admin(client: TestClient) -> Headers:
    return bearing(grant(stored_user("admin", Role.ADMIN)))


def page(client: TestClient, headers: Headers | None = None, **query: Any) -> Any:
    answered = client.get("/api/stocks", params=query, headers=headers)
    assert answered.status_code == 200, answered.text
    return answered.json()


def codes(client: TestClient, headers: Headers | None = None, **query: Any) -> list[str]:
    return [one["code"][3:] for one in page(client, headers, **query)["items"]]


def stored() -> set[tuple[str, str, bool]]:
    return {(one.code, one.name, one.active) for one in found(Stock)}


# --- finding


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ㄷㅇㅅ", ["010", "050"]),
        ("ㅇㄷㅅ", ["030"]),
        ("ㅅ", ["040", "010", "030", "050"]),
        ("솔", ["040", "010", "030", "050"]),
        ("다온솔", ["010", "050"]),
        ("다ㅇ솔전", ["010"]),
        (unicodedata.normalize("NFD", "나래"), ["020"]),
        ("ᄂᄅ", ["020"]),
        ("ﾤﾩ", ["020"]),
        ("nc다", ["050"]),
        ("99003", ["030"]),
        ("990030", ["030"]),
        ("무명", []),
        (".*", []),
        ("%", []),
        ("' OR 1=1 --", []),
        ("[", []),
        ("\\", []),
        ("***:(?i)", []),
    ],
)
def test_stocks_are_found_by_what_is_typed_the_closest_first(
    client: TestClient, typed: str, expected: list[str]
) -> None:
    assert codes(client, q=typed) == expected


def test_a_search_goes_on_by_pages(client: TestClient) -> None:
    seen, cursor = [], None
    while True:
        at = page(client, q="솔", limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [one["code"][3:] for one in at["items"]]
        cursor = at["next_cursor"]
        if cursor is None:
            break
    assert seen == ["040", "010", "030", "050"]


def test_stocks_are_those_of_a_market_and_a_priority(client: TestClient) -> None:
    assert codes(client) == ["010", "020", "030", "040", "050"]
    assert codes(client, market="KOSPI") == ["010", "030"]
    assert codes(client, priority=2) == ["020", "040", "050"]
    assert codes(client, market="KOSDAQ", q="ㅅ") == ["040", "050"]


def test_stocks_that_are_followed_no_more_are_listed_for_admins(client: TestClient, admin: Headers) -> None:
    assert codes(client, admin, active=False) == ["060"]
    assert codes(client, admin, active=False, q="ㄷㅇ") == ["060"]
    refused = client.get("/api/stocks", params={"active": False})
    assert (refused.status_code, code(refused)) == (401, "unauthenticated")
    user = bearing(grant(stored_user("user")))
    refused = client.get("/api/stocks", params={"active": False}, headers=user)
    assert (refused.status_code, code(refused)) == (403, "forbidden")


@pytest.mark.parametrize(
    "query", [{"q": "가\x00"}, {"q": "가" * 41}, {"market": "NYSE"}, {"priority": 4}, {"active": "perhaps"}]
)
def test_what_can_not_be_asked_is_refused(client: TestClient, query: Any) -> None:
    assert code(client.get("/api/stocks", params=query)) == "invalid"


def test_a_stock_comes_with_its_newest_price(client: TestClient) -> None:
    values = {"code": "990010", "volume_shares": 7, "base_won": 1000}
    store(
        Quote(**values, known_at=NOON - timedelta(minutes=9), price_won=900),
        Quote(**values, known_at=NOON - timedelta(minutes=4), price_won=1031),
        Quote(**values, known_at=NOON + timedelta(minutes=1), price_won=1),
    )
    quote = client.get("/api/stocks/990010").json()["quote"]
    assert (quote["price_won"], quote["change_won"], quote["change_percent"]) == (1031, 31, 3.1)


# --- keeping the list


def test_an_admin_adds_a_stock_which_is_then_found(client: TestClient, admin: Headers) -> None:
    name = unicodedata.normalize("NFD", "새벽별")
    body = {"code": "990100", "name": name, "market": "KOSPI", "priority": 1}
    added = client.post("/api/stocks", json=body, headers=admin)
    assert added.status_code == 201
    assert added.json() == {**body, "name": "새벽별", "active": True}
    assert codes(client, q="ㅅㅂㅂ") == ["100"]


@pytest.mark.parametrize(
    ("changed", "field"), [({"code": "990010"}, "body.code"), ({"name": "다온솔전자"}, "body.name")]
)
def test_a_code_or_a_name_that_is_there_is_a_conflict(
    client: TestClient, admin: Headers, changed: dict[str, str], field: str
) -> None:
    body = {"code": "990100", "name": "새벽별", "market": "KOSPI", **changed}
    refused = client.post("/api/stocks", json=body, headers=admin)
    assert (refused.status_code, code(refused)) == (409, "taken")
    assert refused.json()["errors"][0]["field"] == field
    assert len(stored()) == 6


def test_an_admin_changes_what_is_named_and_nothing_else(client: TestClient, admin: Headers) -> None:
    changed = client.patch("/api/stocks/990010", json={"name": "다온솔", "priority": 3}, headers=admin)
    expected = {"code": "990010", "name": "다온솔", "market": "KOSPI", "priority": 3, "active": True}
    assert changed.json() == expected
    assert client.patch("/api/stocks/990010", json={}, headers=admin).json() == expected
    assert client.patch("/api/stocks/990010", json={"name": None}, headers=admin).json() == expected


def test_a_name_of_another_stock_is_not_taken(client: TestClient, admin: Headers) -> None:
    refused = client.patch("/api/stocks/990010", json={"name": "나래해운"}, headers=admin)
    assert (refused.status_code, code(refused)) == (409, "taken")
    assert ("990010", "다온솔전자", True) in stored()


@pytest.mark.parametrize("body", [{"code": "990011"}, {"name": " "}, {"priority": 0}, {"market": "kospi"}])
def test_a_change_that_makes_no_stock_is_refused(client: TestClient, admin: Headers, body: Any) -> None:
    assert code(client.patch("/api/stocks/990010", json=body, headers=admin)) == "invalid"


def test_a_stock_is_followed_no_more_and_then_again(client: TestClient, admin: Headers) -> None:
    for _ in range(2):
        assert client.delete("/api/stocks/990010", headers=admin).status_code == 204
    assert "010" not in codes(client)
    assert client.get("/api/stocks/990010").json()["active"] is False
    client.patch("/api/stocks/990010", json={"active": True}, headers=admin)
    assert "010" in codes(client)


def test_a_stock_that_is_not_there_can_not_be_changed(client: TestClient, admin: Headers) -> None:
    for method, body in (("PATCH", {"priority": 1}), ("PATCH", {}), ("DELETE", None)):
        assert client.request(method, "/api/stocks/999999", json=body, headers=admin).status_code == 404


# --- lists


def sent(client: TestClient, admin: Headers, text: str, kind: str = "text/csv") -> Any:
    return client.post("/api/stocks/import", content=text.encode(), headers={**admin, "Content-Type": kind})


GOOD = "code,name,market\n990010,다온솔\n".replace("다온솔\n", "다온솔,KOSPI\n") + "990060,가람,KOSDAQ\n"


def test_a_list_adds_renames_and_follows_again(client: TestClient, admin: Headers) -> None:
    answered = sent(client, admin, GOOD, "text/csv; charset=utf-8")
    assert (answered.status_code, answered.json()) == (200, {"stocks": 2})
    assert {("990010", "다온솔", True), ("990060", "가람", True), ("990020", "나래해운", True)} <= stored()


def test_a_list_with_bad_lines_names_them_and_changes_nothing(client: TestClient, admin: Headers) -> None:
    before = stored()
    refused = sent(client, admin, f"{GOOD}990070,가,NYSE\n9,나,KOSPI\n990080,가람,KOSPI\n")
    assert (refused.status_code, code(refused)) == (422, "invalid")
    assert [(one["field"], one["code"]) for one in refused.json()["errors"]] == [
        ("line 4.market", "line_wrong"),
        ("line 5.code", "line_wrong"),
        ("line 6.name", "line_twice"),
    ]
    assert stored() == before


def test_a_list_can_not_take_a_name_from_another_stock(client: TestClient, admin: Headers) -> None:
    before = stored()
    refused = sent(client, admin, f"{GOOD}990070,나래해운,KOSPI\n")
    assert [(one["field"], one["code"]) for one in refused.json()["errors"]] == [
        ("line 4.name", "line_taken")
    ]
    assert stored() == before


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain", ""])
def test_a_list_of_another_media_type_is_refused(client: TestClient, admin: Headers, kind: str) -> None:
    assert sent(client, admin, GOOD, kind).status_code in {415, 422}
    assert rows(Stock) == 6


def test_the_command_takes_and_refuses_the_same_lists(
    client: TestClient, admin: Headers, tmp_path: Path
) -> None:
    file = tmp_path / "stocks.csv"
    file.write_text(f"{GOOD}990070,나래해운,KOSPI\n")
    with pytest.raises(LocalError, match="line 4: name is another stock's"):
        import_csv(file)
    file.write_text(GOOD)
    assert import_csv(file) == 2
    assert ("990060", "가람", True) in stored()
