"""Forecasts on demand through the API: at once, in a while, within a quota, and never in the record."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from infra.local.platform import Platform
from nunchi import database, settings
from nunchi.events import ForecastRequested
from nunchi.models import Answer, ForecastRequest, ModelCall, OutboxRow, RequestedForecast, StoryStock
from nunchi.requested import work
from tests.conftest import forget_clients
from tests.factories import NOON, article, stock
from tests.integration.accounts_played import Hands, bearing, code, grant, opened, rows, stored_user
from tests.integration.articles_worked import CODE, found, store
from tests.integration.requests_played import (
    PATH,
    ask,
    recorded,
    store_all,
    store_live,
    store_rates,
    store_story,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def hands() -> Hands:
    return Hands(NOON + HOUR)


@pytest.fixture
def client(started: Platform, hands: Hands) -> Iterator[TestClient]:
    store_all()
    with opened(hands) as client:
        yield client


@pytest.fixture
def minji(client: TestClient, hands: Hands) -> dict[str, str]:
    return bearing(grant(stored_user("minji"), hands.now))


@pytest.fixture
def suho(client: TestClient, hands: Hands) -> dict[str, str]:
    return bearing(grant(stored_user("suho"), hands.now))


def quota(patch: pytest.MonkeyPatch, number: int) -> None:
    patch.setenv("REQUESTED_PER_DAY", str(number))
    settings.get_settings.cache_clear()


def questions() -> list[RequestedForecast]:
    return found(RequestedForecast)


# --- asking, waiting, reading


def test_a_question_is_taken_answered_and_read(
    client: TestClient, minji: dict[str, str], started: Platform, hands: Hands
) -> None:
    taken = ask(client, minji)
    assert taken.status_code == 202
    reply = taken.json()
    assert (reply["status"], reply["source"], reply["forecasts"]) == ("due", "requested", [])
    assert taken.headers["location"] == reply["status_url"] == f"{PATH}/requests/{reply['request_id']}"
    started.pump.drain(hands.now)
    done = client.get(reply["status_url"], headers=minji).json()
    assert (done["status"], done["reason"], done["as_of"]) == ("answered", "", reply["as_of"])
    assert [one["horizon_sessions"] for one in done["forecasts"]] == [1, 3, 5]
    for one in done["forecasts"]:
        assert one["p_down"] + one["p_flat"] + one["p_up"] == pytest.approx(1)
    assert done["forecasts"][0]["p_flat"] == pytest.approx(0.4, abs=0.01)  # the shares of the base rates


def test_the_same_question_again_is_answered_at_once(
    client: TestClient, minji: dict[str, str], suho: dict[str, str], started: Platform, hands: Hands
) -> None:
    ask(client, minji)
    started.pump.drain(hands.now)
    hands.move(minutes=10)
    again = ask(client, suho)
    assert again.status_code == 200
    assert (again.json()["status"], again.json()["request_id"]) == ("answered", None)
    assert "location" not in again.headers
    assert rows(ForecastRequest) == 1


def test_an_answer_holds_for_half_an_hour_of_a_session_and_is_then_asked_for_anew(
    client: TestClient, minji: dict[str, str], started: Platform, hands: Hands
) -> None:
    ask(client, minji)
    started.pump.drain(hands.now)
    hands.move(minutes=30)
    assert ask(client, bearing(grant(stored_user("late"), hands.now))).status_code == 202


def test_an_answer_of_after_the_close_holds_until_the_next_session(
    client: TestClient, started: Platform, hands: Hands
) -> None:
    hands.now = NOON + 5 * HOUR
    user = stored_user("late")
    ask(client, bearing(grant(user, hands.now)))
    started.pump.drain(hands.now)
    hands.move(hours=14)
    assert ask(client, bearing(grant(user, hands.now))).status_code == 200
    hands.move(hours=2)
    assert ask(client, bearing(grant(user, hands.now))).status_code == 202


def test_the_records_own_answer_comes_first(client: TestClient, minji: dict[str, str], hands: Hands) -> None:
    store_live(store_story(2, known_at=hands.now), as_of=hands.now - timedelta(minutes=5))
    reply = ask(client, minji)
    assert reply.status_code == 200
    assert (reply.json()["source"], reply.json()["forecasts"][0]["p_flat"]) == ("record", 0.5)
    assert rows(RequestedForecast) == rows(ForecastRequest) == 0


def test_an_old_or_failed_answer_of_the_record_is_not_taken(
    client: TestClient, minji: dict[str, str], hands: Hands
) -> None:
    store_live(store_story(2, known_at=hands.now), as_of=hands.now - timedelta(minutes=31))
    assert ask(client, minji).status_code == 202


# --- what the record never sees


def test_nothing_of_it_is_in_the_record_and_nothing_is_sealed(
    client: TestClient, minji: dict[str, str], started: Platform, hands: Hands
) -> None:
    ask(client, minji)
    started.pump.drain(hands.now)
    started.invoke("SealFunction", {"scheduled_time": hands.now.isoformat()})
    assert recorded() == []
    assert found(Answer) == []
    assert client.get(PATH).json() == {"items": [], "next_cursor": None}
    assert questions()[0].outcome == "ok"


# --- one question, many who ask


def test_two_users_who_ask_the_same_share_one_question(
    client: TestClient, minji: dict[str, str], suho: dict[str, str], started: Platform, hands: Hands
) -> None:
    first, second = ask(client, minji).json(), ask(client, suho).json()
    assert first["request_id"] != second["request_id"]
    assert rows(RequestedForecast) == 1
    assert [one.name for one in found(OutboxRow)] == ["ForecastRequested"]
    started.pump.drain(hands.now)
    for reply, who in ((first, minji), (second, suho)):
        assert client.get(reply["status_url"], headers=who).json()["status"] == "answered"


def test_asking_twice_is_one_request(client: TestClient, minji: dict[str, str]) -> None:
    assert ask(client, minji).json() == ask(client, minji).json()
    assert rows(ForecastRequest) == 1


def test_parallel_calls_do_not_go_beyond_the_quota(
    client: TestClient, minji: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "8")
    forget_clients()
    quota(monkeypatch, 3)
    for number in range(2, 10):
        store_story(number)
    articles = [str(article(number).id) for number in range(1, 10)]
    with ThreadPoolExecutor(9) as pool:
        answered = list(pool.map(lambda one: ask(client, minji, article_id=one).status_code, articles))
    assert sorted(answered) == [202] * 3 + [429] * 6
    assert sorted(one.number for one in found(ForecastRequest)) == [1, 2, 3]
    assert rows(RequestedForecast) == rows(OutboxRow) == 3


def test_parallel_calls_of_several_users_make_one_question(
    client: TestClient, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "8")
    forget_clients()
    users = [bearing(grant(stored_user(f"user{number}"), hands.now)) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert {one.status_code for one in pool.map(lambda user: ask(client, user), users)} == {202}
    assert rows(RequestedForecast) == rows(OutboxRow) == 1
    assert rows(ForecastRequest) == 8


# --- the quota


def test_a_spent_quota_says_when_it_is_whole_again(
    client: TestClient, minji: dict[str, str], monkeypatch: pytest.MonkeyPatch, hands: Hands
) -> None:
    quota(monkeypatch, 1)
    ask(client, minji)
    refused = ask(client, minji, arm="neighbours")
    assert (refused.status_code, code(refused)) == (429, "quota_spent")
    assert refused.headers["retry-after"] == str(11 * 3600)  # from one o'clock to midnight in Seoul
    hands.move(hours=11)
    tomorrow = bearing(grant(stored_user("suho"), hands.now))
    assert ask(client, tomorrow, arm="neighbours").status_code == 202


def test_the_quota_is_each_users_own_and_whole_the_next_day(
    client: TestClient,
    minji: dict[str, str],
    suho: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    started: Platform,
    hands: Hands,
) -> None:
    quota(monkeypatch, 1)
    ask(client, minji)
    started.pump.drain(hands.now)
    assert ask(client, suho, arm="neighbours").status_code == 202
    assert ask(client, suho).status_code == 200  # what is known costs nothing
    store_story(2)
    assert ask(client, minji, article_id=str(article(2).id)).status_code == 429


def test_joining_a_question_that_is_due_takes_nothing_from_the_quota(
    client: TestClient, minji: dict[str, str], suho: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quota(monkeypatch, 1)
    ask(client, minji)
    assert ask(client, suho).status_code == 202  # joins
    assert ask(client, suho, arm="neighbours").status_code == 202  # suho's own one
    store_story(2, code=CODE)
    other = str(article(2).id)
    assert code(ask(client, suho, article_id=other)) == "quota_spent"
    ask(client, bearing(grant(stored_user("hana"), NOON + HOUR)), article_id=other)
    assert ask(client, suho, article_id=other).status_code == 202  # joins, with a spent quota
    assert rows(RequestedForecast) == rows(OutboxRow) == 3
    assert sorted(one.number for one in found(ForecastRequest)) == [1, 1, 1, 2, 3]


def test_a_refused_request_leaves_no_question_behind(
    client: TestClient, minji: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quota(monkeypatch, 0)
    assert ask(client, minji).status_code == 429
    assert rows(RequestedForecast) == rows(ForecastRequest) == rows(OutboxRow) == 0


def test_with_a_quota_of_none_only_what_is_known_is_answered(
    client: TestClient, minji: dict[str, str], monkeypatch: pytest.MonkeyPatch, hands: Hands
) -> None:
    quota(monkeypatch, 0)
    assert ask(client, minji).status_code == 429
    store_live(store_story(2, known_at=hands.now), as_of=hands.now)
    assert ask(client, minji).status_code == 200


# --- what can't be asked


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"stock_code": "999999"}, 404, "not_found"),
        ({"arm": "nobody"}, 404, "not_found"),
        ({"arm": "gpt-4o"}, 404, "not_found"),  # not switched on
        ({"stock_code": None}, 422, "invalid"),
        ({"stock_code": "99001"}, 422, "invalid"),
        ({"stock_code": None, "article_id": str(uuid4())}, 404, "not_found"),
        ({"article_id": "x"}, 422, "invalid"),
        ({"as_of": "2026-01-01T00:00:00Z"}, 422, "invalid"),
        ({"user_id": str(uuid4())}, 422, "invalid"),
    ],
)
def test_a_question_that_can_not_be_asked_is_refused(
    client: TestClient, minji: dict[str, str], changed: dict[str, Any], status: int, said: str
) -> None:
    refused = ask(client, minji, **changed)
    assert (refused.status_code, code(refused)) == (status, said)
    assert rows(ForecastRequest) == rows(RequestedForecast) == 0


def test_a_stock_without_news_is_a_conflict(client: TestClient, minji: dict[str, str]) -> None:
    store(stock("990020", "나래해운"))
    assert code(ask(client, minji, stock_code="990020")) == "no_news"


def test_a_story_of_more_than_three_days_ago_is_no_news(
    client: TestClient, minji: dict[str, str], hands: Hands
) -> None:
    store(stock("990020", "나래해운"))
    store_rates("990020")
    store_story(2, code="990020", known_at=hands.now - 72 * HOUR - timedelta(seconds=1))
    assert code(ask(client, minji, stock_code="990020")) == "no_news"
    store_story(3, code="990020", known_at=hands.now - 72 * HOUR)
    assert ask(client, minji, stock_code="990020").status_code == 202


def test_an_article_must_be_read_and_be_about_a_stock(client: TestClient, minji: dict[str, str]) -> None:
    store(article(5))
    store_story(6, code=None)
    for number, said in ((5, "not_read_yet"), (6, "about_no_stock")):
        refused = ask(client, minji, stock_code=None, article_id=str(article(number).id))
        assert (refused.status_code, code(refused)) == (409, said)


def test_of_an_article_about_several_stocks_one_is_named(client: TestClient, minji: dict[str, str]) -> None:
    store(stock("990020", "나래해운"))
    told = store_story(7)
    store(StoryStock(story_id=told.id, stock_code="990020", known_at=NOON))
    wanted = {"article_id": str(article(7).id)}
    assert ask(client, minji, stock_code=None, **wanted).status_code == 422
    assert ask(client, minji, stock_code="990030", **wanted).status_code == 422
    assert ask(client, minji, stock_code=CODE, **wanted).status_code == 202


# --- others' requests


def test_a_request_is_its_users_alone(
    client: TestClient, minji: dict[str, str], suho: dict[str, str]
) -> None:
    reply = ask(client, minji).json()
    refused = client.get(reply["status_url"], headers=suho)
    missing = client.get(f"{PATH}/requests/{uuid4()}", headers=suho)
    assert (refused.status_code, code(refused)) == (missing.status_code, code(missing)) == (404, "not_found")
    assert client.get(f"{PATH}/requests", headers=suho).json() == {"items": [], "next_cursor": None}


def test_ones_own_requests_are_listed_newest_first_page_by_page(
    client: TestClient, minji: dict[str, str], hands: Hands
) -> None:
    for number in (2, 3):
        store_story(number)
    for number in (1, 2, 3):
        ask(client, minji, article_id=str(article(number).id))
        hands.move(minutes=1)
    first = client.get(f"{PATH}/requests", params={"limit": 2}, headers=minji).json()
    rest = client.get(
        f"{PATH}/requests", params={"limit": 2, "cursor": first["next_cursor"]}, headers=minji
    ).json()
    times = [one["asked_at"] for one in [*first["items"], *rest["items"]]]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)
    assert rest["next_cursor"] is None


def test_deleting_an_account_takes_its_requests_along(client: TestClient, minji: dict[str, str]) -> None:
    ask(client, minji)
    gone = client.post("/api/users/me/deletion", json={"password": "correct-horse-7"}, headers=minji)
    assert gone.status_code == 204
    assert (rows(ForecastRequest), rows(RequestedForecast)) == (0, 1)


# --- what goes wrong


def test_a_question_that_nobody_answered_has_failed_and_can_be_asked_anew(
    client: TestClient, started: Platform, hands: Hands
) -> None:
    user = stored_user("minji")
    first = ask(client, bearing(grant(user, hands.now))).json()
    hands.move(minutes=31)
    headers = bearing(grant(user, hands.now))
    shown = client.get(first["status_url"], headers=headers).json()
    assert (shown["status"], shown["reason"]) == ("failed", "too_late")
    assert ask(client, headers).status_code == 202
    assert sorted(one.outcome for one in questions()) == ["due", "too_late"]
    started.pump.drain(hands.now)
    assert sorted(one.outcome for one in questions()) == ["ok", "too_late"]


def test_a_stock_with_too_short_a_history_is_told_so(
    client: TestClient, minji: dict[str, str], started: Platform, hands: Hands
) -> None:
    store(stock("990020", "나래해운"))
    store_story(8, code="990020")
    reply = ask(client, minji, stock_code="990020").json()
    started.pump.drain(hands.now)
    shown = client.get(reply["status_url"], headers=minji).json()
    assert (shown["status"], shown["reason"], shown["forecasts"]) == ("failed", "no_history", [])


def test_a_delivery_twice_answers_once(
    client: TestClient, minji: dict[str, str], started: Platform, hands: Hands
) -> None:
    ask(client, minji)
    started.pump.drain(hands.now)
    before = questions()[0].finished_at
    write = work.work(
        ForecastRequested(requested_id=questions()[0].id), now=hands.now + HOUR, clock=lambda: hands.now
    )
    with database.session() as session:
        write(session)
    assert (questions()[0].finished_at, questions()[0].outcome) == (before, "ok")
    assert rows(ModelCall) == 0


def test_without_redis_it_works(
    client: TestClient,
    minji: dict[str, str],
    started: Platform,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    forget_clients()
    reply = ask(client, minji)
    assert reply.status_code == 202
    started.pump.drain(hands.now)
    assert client.get(reply.json()["status_url"], headers=minji).json()["status"] == "answered"
