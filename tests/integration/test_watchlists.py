"""Watchlists over HTTP: own ones only, with limits that are told by name."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from nunchi import database
from nunchi.accounts.rules import Role
from nunchi.models import Quote, Stock, User, WatchedStock, Watchlist
from nunchi.watch import rules
from tests.factories import NOON, stock
from tests.integration.accounts_played import BASE, Hands, bearing, code, grant, rows, stored_user
from tests.integration.api_rows import store

PATH = "/api/watchlists"
Headers = dict[str, str]


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def user(environment: dict[str, str]) -> User:
    return stored_user("minji")


@pytest.fixture
def mine(user: User) -> Headers:
    return bearing(grant(user))


def made(client: TestClient, headers: Headers, name: str = "반도체") -> str:
    answer = client.post(PATH, json={"name": name}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def error(answer: Any) -> tuple[str, str]:
    (wrong,) = answer.json()["errors"]
    return wrong["field"], wrong["code"]


def test_a_place_is_named_as_a_browser_asks_for_it_and_without_the_gateways_stage(
    client: TestClient, mine: Headers
) -> None:
    staged = TestClient(client.app, base_url=BASE, root_path="/dev")
    place = staged.post(PATH, json={"name": "하나"}, headers=mine).headers["location"]
    assert place.startswith(f"{PATH}/")
    assert client.get(place, headers=mine).status_code == 200


def test_a_list_is_made_found_renamed_and_deleted(client: TestClient, mine: Headers) -> None:
    answer = client.post(PATH, json={"name": "  내  종목 "}, headers=mine)
    made = answer.json()
    assert (made["name"], made["stocks"], made["created_at"]) == ("내 종목", 0, "2026-10-19T03:00:00Z")
    place = answer.headers["location"]
    assert client.get(place, headers=mine).json() == made
    renamed = client.patch(place, json={"name": "반도체"}, headers=mine).json()
    assert renamed == made | {"name": "반도체"}
    assert client.delete(place, headers=mine).status_code == 204
    assert code(client.get(place, headers=mine)) == "not_found"
    assert rows(Watchlist) == 0


def test_lists_come_in_pages_the_oldest_first(client: TestClient, mine: Headers, hands: Hands) -> None:
    for name in ("셋", "하나", "둘"):
        made(client, mine, name)
        hands.move(minutes=1)
    first = client.get(PATH, params={"limit": 2}, headers=mine).json()
    rest = client.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]}, headers=mine).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["셋", "하나", "둘"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("name", ["", "   ", "가" * 41, "앞\u202e뒤", "a\u0000b", "\u200b"])
def test_a_name_that_nobody_could_read_is_refused(client: TestClient, mine: Headers, name: str) -> None:
    refused = client.post(PATH, json={"name": name}, headers=mine)
    assert (refused.status_code, error(refused)) == (422, ("body.name", "list_name"))
    assert rows(Watchlist) == 0


def test_two_lists_of_a_user_have_two_names_and_two_users_may_share_one(
    client: TestClient, mine: Headers
) -> None:
    made(client, mine, "하나")
    second = made(client, mine, "둘")
    for taken in (
        client.post(PATH, json={"name": " 하나"}, headers=mine),
        client.patch(f"{PATH}/{second}", json={"name": "하나"}, headers=mine),
    ):
        assert (taken.status_code, code(taken), error(taken)) == (409, "taken", ("body.name", "taken"))
    assert client.get(f"{PATH}/{second}", headers=mine).json()["name"] == "둘"
    made(client, bearing(grant(stored_user("other"))), "하나")


def test_a_list_more_than_there_may_be_is_refused_by_name(
    client: TestClient, user: User, mine: Headers
) -> None:
    store(*(watchlist(user, f"목록 {n}") for n in range(rules.MOST_LISTS)))
    refused = client.post(PATH, json={"name": "하나 더"}, headers=mine | {"Accept-Language": "ko"})
    assert (refused.status_code, code(refused), error(refused)) == (409, "full", ("lists", "most_lists"))
    assert refused.json()["errors"][0]["message"] == "목록은 20개까지 만들 수 있습니다"


def test_as_many_calls_at_once_make_no_list_too_many(client: TestClient, user: User, mine: Headers) -> None:
    store(*(watchlist(user, f"목록 {n}") for n in range(rules.MOST_LISTS - 1)))

    def ask(number: int) -> int:
        return client.post(PATH, json={"name": f"새 {number}"}, headers=mine).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == [201, 409, 409, 409]
    assert rows(Watchlist) == rules.MOST_LISTS


def test_stocks_are_put_on_a_list_once_and_taken_off(client: TestClient, mine: Headers, hands: Hands) -> None:
    store(stock(), stock("990020", "나래해운", "KOSDAQ"))
    place = f"{PATH}/{made(client, mine)}"
    first = client.put(f"{place}/stocks/990020", headers=mine).json()
    assert first == {
        "code": "990020",
        "name": "나래해운",
        "market": "KOSDAQ",
        "active": True,
        "added_at": "2026-10-19T03:00:00Z",
    }
    hands.move(minutes=1)
    assert client.put(f"{place}/stocks/990020", headers=mine).json() == first
    client.put(f"{place}/stocks/990010", headers=mine)
    assert client.get(place, headers=mine).json()["stocks"] == 2
    page = client.get(f"{place}/stocks", params={"limit": 1}, headers=mine).json()
    rest = client.get(f"{place}/stocks", params={"cursor": page["next_cursor"]}, headers=mine).json()
    assert [one["code"] for one in page["items"] + rest["items"]] == ["990010", "990020"]
    assert client.delete(f"{place}/stocks/990010", headers=mine).status_code == 204
    assert code(client.delete(f"{place}/stocks/990010", headers=mine)) == "not_found"
    assert client.delete(place, headers=mine).status_code == 204
    assert rows(WatchedStock) == 0


def test_a_list_shows_the_newest_prices_that_are_known(
    client: TestClient, mine: Headers, hands: Hands
) -> None:
    store(stock(), stock("990020", "나래해운", "KOSDAQ"), stock("990030", "가람", "KOSPI"))
    for price, minutes in ((9_000, -2), (10_300, -1), (12_000, 1)):
        at = hands.now + timedelta(minutes=minutes)
        store(Quote(code="990010", known_at=at, price_won=price, volume_shares=1, base_won=10_000))
    store(Quote(code="990030", known_at=hands.now, price_won=500, volume_shares=1, base_won=None))
    place = f"{PATH}/{made(client, mine)}/stocks"
    for stock_code in ("990010", "990020", "990030"):
        client.put(f"{place}/{stock_code}", headers=mine)
    shown = client.get(place, headers=mine).json()["items"]
    assert [(one["price_won"], one["price_at"]) for one in shown] == [
        (10_300, "2026-10-19T02:59:00Z"),
        (None, None),
        (500, "2026-10-19T03:00:00Z"),
    ]
    assert [one["change_ratio"] for one in shown] == [pytest.approx(0.03), None, None]


def test_what_we_do_not_follow_can_not_be_watched(client: TestClient, mine: Headers) -> None:
    store(Stock(code="990030", name="가람", market="KOSPI", active=False))
    place = f"{PATH}/{made(client, mine)}"
    for missing in ("990030", "990040"):
        refused = client.put(f"{place}/stocks/{missing}", headers=mine)
        assert (refused.status_code, code(refused)) == (404, "not_found")
        assert missing in refused.json()["detail"]


def test_a_stock_more_than_a_list_may_have_is_refused_by_name(
    client: TestClient, user: User, mine: Headers
) -> None:
    full = watchlist(user)
    codes = [f"9{n:05d}" for n in range(rules.MOST_STOCKS + 1)]
    store(full, *(stock(one, one) for one in codes))
    store(*(WatchedStock(watchlist_id=full.id, stock_code=one, added_at=NOON) for one in codes[:-1]))
    refused = client.put(f"{PATH}/{full.id}/stocks/{codes[-1]}", headers=mine)
    assert (refused.status_code, code(refused), error(refused)) == (409, "full", ("stocks", "most_stocks"))
    assert client.put(f"{PATH}/{full.id}/stocks/{codes[0]}", headers=mine).status_code == 200


OTHERS = [
    ("GET", "", None),
    ("PATCH", "", {"name": "내 것"}),
    ("DELETE", "", None),
    ("GET", "/stocks", None),
    ("PUT", "/stocks/990010", None),
    ("DELETE", "/stocks/990010", None),
]


@pytest.mark.parametrize(("method", "below", "body"), OTHERS, ids=[f"{one[0]} {one[1]}" for one in OTHERS])
@pytest.mark.parametrize("role", ["user", "admin"])
def test_anothers_list_is_as_if_it_were_not_there(
    client: TestClient, user: User, method: str, below: str, body: Any, role: str
) -> None:
    theirs = watchlist(user)
    store(stock(), theirs)
    store(WatchedStock(watchlist_id=theirs.id, stock_code="990010", added_at=NOON))
    stranger = bearing(grant(stored_user("stranger", Role(role))))
    before = state()
    at_theirs = client.request(method, f"{PATH}/{theirs.id}{below}", json=body, headers=stranger)
    nowhere = client.request(method, f"{PATH}/{uuid4()}{below}", json=body, headers=stranger)
    assert (
        (at_theirs.status_code, code(at_theirs)) == (nowhere.status_code, code(nowhere)) == (404, "not_found")
    )
    assert state() == before
    assert client.get(PATH, headers=stranger).json()["items"] == []


@pytest.mark.parametrize("extra", [{"user_id": str(uuid4())}, {"id": str(uuid4())}, {"stocks": 3}])
def test_nothing_but_a_name_is_taken(client: TestClient, mine: Headers, extra: dict[str, Any]) -> None:
    refused = client.post(PATH, json={"name": "하나", **extra}, headers=mine)
    assert (refused.status_code, error(refused)[1]) == (422, "extra_forbidden")


def watchlist(user: User, name: str = "하나") -> Watchlist:
    return Watchlist(id=uuid4(), user_id=user.id, name=name, created_at=NOON)


def state() -> str:
    """All watchlists, as they are."""
    with database.session() as session:
        return str([session.execute(select(table.__table__)).all() for table in (Watchlist, WatchedStock)])
