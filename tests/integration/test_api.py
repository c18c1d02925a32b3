"""The API on a real database, which holds one small market that every test reads."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from infra.local import platform
from infra.local.stores import Stores
from nunchi import clock
from tests.conftest import MIGRATED, create_database, forget_clients
from tests.factories import NOON, story
from tests.integration.api_rows import EVENING, HOSTILE, LONG, fill

COMPARISONS = "/api/scoreboard/comparisons"


@pytest.fixture(scope="module")
def client(stores: Stores, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client on Monday evening. Its database is of this module's own, and filled."""
    home: Path = tmp_path_factory.mktemp("api")
    values = platform.environment(stores, home, {"POWERTOOLS_LOG_LEVEL": "CRITICAL"})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (values | {"DATABASE_URL": create_database(stores, "api", MIGRATED)}).items():
            patch.setenv(name, value)
        forget_clients()
        fill()
        with clock.driven_by(lambda: EVENING), TestClient(create_app()) as opened:
            yield opened
        forget_clients()


def got(client: TestClient, path: str, **query: Any) -> Any:
    answered = client.get(path, params=query)
    assert answered.status_code == 200, answered.text
    assert answered.headers["content-type"] == "application/json"
    return answered.json()


def listed(client: TestClient, path: str, **query: Any) -> Any:
    """The items of a page, or a list that has no pages yet."""
    page = got(client, path, **query)
    return page["items"] if isinstance(page, dict) else page


def utc(text: str) -> datetime:
    """A time in an answer, which must say that it is UTC."""
    moment = datetime.fromisoformat(text)
    assert moment.utcoffset() == timedelta()
    return moment


def numbers(articles: list[dict[str, Any]]) -> list[int]:
    return [int(one["url"].rsplit("/", 1)[1]) for one in articles]


# --- health


def test_health_says_the_time_once_the_database_answers(client: TestClient) -> None:
    health = got(client, "/api/health")
    assert health["status"] == "ok"
    assert utc(health["now"]) == EVENING


# --- stocks


def test_stocks_are_the_active_ones_by_code(client: TestClient) -> None:
    shown = {"priority": 2, "active": True}
    assert got(client, "/api/stocks")["items"] == [
        {"code": "990010", "name": "다온솔전자", "market": "KOSPI", **shown},
        {"code": "990020", "name": "나래해운", "market": "KOSDAQ", **shown},
    ]


def test_a_stock_comes_with_its_last_bar_as_known_now(client: TestClient) -> None:
    assert got(client, "/api/stocks/990010")["last_bar"] == {
        "session": "2026-10-19",
        "open_won": 990,
        "high_won": 1010,
        "low_won": 990,
        "close_won": 1010,
        "volume_shares": 1000,
    }


def test_a_stock_without_a_known_bar_has_none(client: TestClient) -> None:
    found = got(client, "/api/stocks/990020")
    assert (found["code"], found["last_bar"], found["quote"]) == ("990020", None, None)


def test_an_unknown_stock_is_a_problem_that_names_it(client: TestClient) -> None:
    answered = client.get("/api/stocks/999999")
    assert answered.status_code == 404
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json() == {
        "type": "urn:nunchi:problem:not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no stock 999999.",
        "code": "not_found",
        "correlation_id": answered.headers["x-correlation-id"],
    }


@pytest.mark.parametrize(
    "code", ["99001", "9900100", "99001%00", "990010%0A", "%27%20OR%201", "ABCDE-", "９９００１０"]
)
@pytest.mark.parametrize(
    "path", ["/api/stocks/{}", "/api/articles?stock_code={}", "/api/forecasts?stock_code={}"]
)
def test_what_is_no_code_is_refused(client: TestClient, path: str, code: str) -> None:
    assert client.get(path.format(code)).status_code == 422


# --- articles


def test_articles_are_the_newest_known_first(client: TestClient) -> None:
    found = listed(client, "/api/articles")
    assert numbers(found) == [7, 6, 5, 4, 3, 2, 1]
    assert utc(found[0]["known_at"]) == NOON + timedelta(minutes=7)
    assert utc(found[0]["published_at"]) == NOON


def test_an_article_is_shown_by_its_excerpt_only(client: TestClient) -> None:
    answered = client.get("/api/articles")
    first = answered.json()["items"][-1]
    assert first["excerpt"] == "첫 문장이다."
    told = {"id", "source", "kind", "url", "title", "author", "published_at", "known_at", "story_id"}
    assert set(first) == told | {"excerpt"}
    assert "둘째" not in answered.text


def test_an_excerpt_of_one_long_sentence_is_cut(client: TestClient) -> None:
    assert listed(client, "/api/articles")[-2]["excerpt"] == LONG[:300]


def test_articles_of_a_stock_are_those_of_the_stories_about_it(client: TestClient) -> None:
    (found,) = listed(client, "/api/articles", stock_code="990010")
    assert numbers([found]) == [1]
    assert found["story_id"] == str(story("one").id)
    assert numbers(listed(client, "/api/articles", stock_code="990020")) == [2]
    assert listed(client, "/api/articles", stock_code="999999") == []


@pytest.mark.parametrize(("path", "all_rows"), [("/api/articles", 7), ("/api/forecasts", 7)])
def test_a_limit_keeps_the_newest(client: TestClient, path: str, all_rows: int) -> None:
    found = listed(client, path)
    assert len(found) == all_rows
    assert listed(client, path, limit=2) == found[:2]
    assert listed(client, path, limit=1) == found[:1]
    assert listed(client, path, limit=200) == found


@pytest.mark.parametrize("path", ["/api/articles", "/api/forecasts"])
@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "many", "9" * 30])
def test_a_limit_out_of_bounds_is_refused(client: TestClient, path: str, limit: str) -> None:
    assert client.get(path, params={"limit": limit}).status_code == 422


@pytest.mark.parametrize(("place", "text"), [*enumerate(reversed(HOSTILE))])
def test_hostile_text_comes_back_as_data_and_nothing_else(client: TestClient, place: int, text: str) -> None:
    found = listed(client, "/api/articles")[place]
    assert (found["title"], found["author"]) == (text, text)


# --- forecasts


def test_a_forecast_without_a_seal_or_score_says_so(client: TestClient) -> None:
    found = listed(client, "/api/forecasts", stock_code="990020")
    assert sorted(one["horizon_sessions"] for one in found) == [1, 3, 5]
    first = found[0]
    assert (first["p_down"], first["p_flat"], first["p_up"]) == (0.3, 0.4, 0.3)
    assert (first["arm"], first["story_title"]) == ("prior", "다온솔전자 other")
    assert first["story_id"] == str(story("other").id)
    assert utc(first["as_of"]) == NOON
    assert (first["sealed_at"], first["content_hash"], first["score"]) == (None, None, None)


def test_a_scored_forecast_has_its_seal_and_its_score(client: TestClient) -> None:
    (found,) = listed(client, "/api/forecasts", arm="prior", stock_code="990010")
    assert (found["p_down"], found["p_flat"], found["p_up"]) == (0.2, 0.5, 0.3)
    assert found["score"] == {
        "entry_session": "2026-10-19",
        "exit_session": "2026-10-22",
        "adjusted_return_ratio": 0.031,
        "band_ratio": 0.017,
        "outcome": "up",
        "rps": 0.29,
        "brier": 0.74,
        "log_loss": 1.2,
    }
    assert utc(found["sealed_at"]) == NOON + timedelta(minutes=1)
    assert found["content_hash"] == "c0ffee"


def test_forecasts_are_of_the_stock_and_arm_that_are_asked_for(client: TestClient) -> None:
    def whose(**query: str) -> list[tuple[str, str]]:
        return sorted((one["arm"], one["stock_code"]) for one in listed(client, "/api/forecasts", **query))

    assert whose(arm="prior") == [("prior", "990010"), *[("prior", "990020")] * 3]
    assert whose(arm="neighbours") == [("neighbours", "990010")] * 3
    assert whose(arm="prior", stock_code="990020") == [("prior", "990020")] * 3
    assert whose(arm="neighbours", stock_code="990020") == whose(arm="unheard") == []


@pytest.mark.parametrize("arm", ["", "a" * 41, "prior'", "prior%00", "prior\x00", "prior\n"])
def test_what_is_no_arms_name_is_refused(client: TestClient, arm: str) -> None:
    assert client.get("/api/forecasts", params={"arm": arm}).status_code == 422


# --- scoreboard


def test_the_scoreboard_is_the_newest_days_with_what_it_can_bear(client: TestClient) -> None:
    found = listed(client, "/api/scoreboard")
    assert [(one["arm"], one["mean_rps"], one["verdict"]) for one in found] == [
        ("prior", 0.2, "not enough evidence"),
        ("neighbours", 0.3, "descriptive only"),
    ]
    assert found[0] == {
        "day": "2026-10-19",
        "arm": "prior",
        "horizon_sessions": 1,
        "cases": 40,
        "answered": 39,
        "entry_sessions": 59,
        "mean_rps": 0.2,
        "mean_brier": 0.6,
        "mean_log_loss": 1.0,
        "hit_rate": 0.4,
        "skill": 0.05,
        "late": 0,
        "abstained": 0,
        "skill_lower": None,
        "skill_upper": None,
        "mean_entropy": None,
        "ece": None,
        "verdict": "not enough evidence",
    }


def test_an_empty_database_gives_empty_lists(environment: dict[str, str]) -> None:
    with TestClient(create_app()) as empty:
        for path in ("/api/stocks", "/api/articles", "/api/forecasts", "/api/scoreboard", COMPARISONS):
            assert listed(empty, path) == []


def test_comparisons_show_the_newest_look_at_each_experiment(client: TestClient) -> None:
    (found,) = listed(client, COMPARISONS)
    assert (found["arm_a"], found["arm_b"], found["day"]) == ("neighbours", "prior", "2026-10-19")
    assert (found["role"], found["verdict"], found["days_needed"]) == ("primary", "not enough evidence", None)
    assert (found["pairs"], found["missing_a"], found["before_cutoff"]) == (12, 1, 2)


# --- what the API does not do


@pytest.mark.parametrize("path", ["/api/stories", "/api/articles", "/api/scoreboard"])
def test_the_api_only_reads(client: TestClient, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, path, json={}).status_code == 405
