"""Evaluations, grades, ratings and the scoreboard's parts through the API."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from nunchi import database, ids
from nunchi.accounts.rules import Role
from nunchi.models import (
    Arm,
    Evaluation,
    Forecast,
    Performance,
    Rating,
    RatingChange,
    ReportEvaluation,
    ScoreDay,
)
from tests.conftest import forget_clients
from tests.factories import NOON, report
from tests.integration.accounts_played import Hands, bearing, code, grant, opened, stored_user
from tests.integration.api_rows import FRIDAY, MONDAY, THURSDAY, fill, store
from tests.integration.articles_worked import found

NOW = NOON + timedelta(hours=6)


@pytest.fixture
def hands() -> Hands:
    return Hands(NOW)


@pytest.fixture
def client(environment: dict[str, str], hands: Hands) -> Iterator[TestClient]:
    fill()
    with opened(hands) as client:
        yield client


def got(client: TestClient, path: str, **query: Any) -> Any:
    answered = client.get(path, params=query)
    assert answered.status_code == 200, answered.text
    return answered.json()


def items(client: TestClient, path: str, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = got(client, path, **query)["items"]
    return rows


# --- evaluations of forecasts


def test_an_evaluation_is_shown_with_whose_forecast_it_is_of(client: TestClient) -> None:
    (one,) = items(client, "/api/evaluations")
    assert (one["arm"], one["stock_code"], one["horizon_sessions"]) == ("prior", "990010", 3)
    assert (one["outcome"], one["rps"], one["exit_session"], one["hit"]) == ("up", 0.29, "2026-10-22", False)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"arm": "prior", "stock_code": "990010", "horizon_sessions": 3, "day": "2026-10-22"}, 1),
        ({"arm": "neighbours"}, 0),
        ({"stock_code": "990020"}, 0),
        ({"horizon_sessions": 1}, 0),
        ({"day": "2026-10-21"}, 0),
    ],
)
def test_evaluations_are_those_asked_for(client: TestClient, query: dict[str, Any], count: int) -> None:
    assert len(items(client, "/api/evaluations", **query)) == count


def test_what_a_revision_superseded_is_not_shown(client: TestClient) -> None:
    (old,) = found(Evaluation)
    kept = {column.key: getattr(old, column.key) for column in Evaluation.__table__.columns}
    store(Evaluation(**kept | {"revision": 2, "rps": 0.11}))
    with database.session() as session:
        session.get_one(Evaluation, (old.forecast_id, 1)).superseded_at = NOW
    (one,) = items(client, "/api/evaluations")
    assert (one["revision"], one["rps"]) == (2, 0.11)


def test_a_stocks_evaluations_are_summed_up_within_their_span(client: TestClient) -> None:
    whole = got(client, "/api/evaluations/stocks/990010", until="2026-10-31")
    (line,) = whole["arms"]
    assert (line["arm"], line["forecasts"], line["mean_rps"], line["hit_rate"]) == ("prior", 1, 0.29, 0)
    assert line["skill"] is None  # nothing of prior's on the same trade is stored
    assert whole["verdict"] == "descriptive only"
    assert got(client, "/api/evaluations/stocks/990010", until="2026-10-21")["arms"] == []


def score_of_neighbours(**changed: Any) -> Evaluation:
    """What the stored score would be, had `neighbours` given that forecast."""
    (score,) = found(Evaluation)
    (own,) = (one for one in found(Forecast) if (one.arm, one.horizon_sessions) == ("neighbours", 3))
    kept = {column.key: getattr(score, column.key) for column in Evaluation.__table__.columns}
    return Evaluation(**kept | {"forecast_id": own.id} | changed)


@pytest.mark.parametrize(
    ("late", "cutoff", "counted"),
    [
        (False, None, {"neighbours", "prior"}),
        (False, MONDAY - timedelta(days=1), {"neighbours", "prior"}),
        (False, MONDAY, {"prior"}),  # the story is of that day: the model may have read of it
        (True, None, {"prior"}),
    ],
)
def test_what_counts_in_no_record_counts_in_no_stocks_sum(
    client: TestClient, late: bool, cutoff: date | None, counted: set[str]
) -> None:
    (of_prior,) = found(Evaluation)
    store(score_of_neighbours(late=late))
    with database.session() as session:
        session.get_one(Arm, "neighbours").training_cutoff = cutoff
        session.get_one(Evaluation, (of_prior.forecast_id, 1)).late = True  # which counts all the same
    arms = got(client, "/api/evaluations/stocks/990010", until="2026-10-31")["arms"]
    assert {one["arm"] for one in arms} == counted


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-10-20", "until": "2026-10-19"},
        {"since": "2024-01-01"},
        {"since": "1999-01-01"},
        {"until": "x"},
    ],
)
def test_a_span_that_is_none_is_refused(client: TestClient, query: dict[str, str]) -> None:
    assert client.get("/api/evaluations/stocks/990010", params=query).status_code == 422


def score_day(
    day: date, arm: str = "neighbours", rps: float = 1.0, prior: float = 2.0, **changed: Any
) -> ScoreDay:
    sums = {"sum_brier": 1, "sum_log_loss": 1, "sum_raw_rps": 1, "sum_entropy": 1}
    values = {
        "horizon_sessions": 1, "market": "KOSPI", "event_kind": "news", "before_cutoff": False, "cases": 5,
        "answered": 4, "late": 0, "abstained": 1, "hits": 2, "reliability": {},
    }  # fmt: skip
    return ScoreDay(entry_session=day, arm=arm, sum_rps=rps, sum_prior_rps=prior, **sums, **values | changed)


def test_days_are_summed_over_markets_and_without_hindsight(client: TestClient) -> None:
    store(
        score_day(FRIDAY),
        score_day(MONDAY),
        score_day(MONDAY, market="KOSDAQ", rps=3.0),
        score_day(MONDAY, before_cutoff=True, rps=100.0),
    )
    first, second = items(client, "/api/evaluations/days")
    assert (first["entry_session"], first["cases"], first["mean_rps"]) == ("2026-10-19", 10, 0.4)
    assert (first["skill"], second["skill"]) == (0, 0.5)
    assert items(client, "/api/evaluations/days", arm="prior") == []
    page = got(client, "/api/evaluations/days", limit=1)
    assert items(client, "/api/evaluations/days", limit=1, cursor=page["next_cursor"]) == [second]


# --- the scoreboard's parts


def test_a_series_has_each_day_and_all_days_up_to_it(client: TestClient) -> None:
    store(score_day(FRIDAY, rps=1.0), score_day(MONDAY, rps=3.0))
    asked = {"arm": "neighbours", "horizon_sessions": 1}
    first, second = items(client, "/api/scoreboard/series", **asked)
    assert (first["skill"], first["cumulative_skill"]) == (0.5, 0.5)
    assert (second["skill"], second["cumulative_skill"], second["cumulative_cases"]) == (-0.5, 0, 10)
    assert second["verdict"] == "not enough evidence"
    later = items(client, "/api/scoreboard/series", since="2026-10-19", **asked)
    assert later == [second]  # what came before counts all the same
    page = got(client, "/api/scoreboard/series", limit=1, **asked)
    assert items(client, "/api/scoreboard/series", cursor=page["next_cursor"], **asked) == [second]
    assert client.get("/api/scoreboard/series").status_code == 422


def test_sixty_sessions_are_enough_to_read_a_series_at_one_session(client: TestClient) -> None:
    store(*(score_day(FRIDAY - timedelta(days=back)) for back in range(60)))
    said = [
        one["verdict"]
        for one in items(client, "/api/scoreboard/series", arm="neighbours", horizon_sessions=1)
    ]
    assert (said[-2], said[-1]) == ("not enough evidence", "descriptive only")


def recorded(**changed: Any) -> Performance:
    values = {
        "arm": "neighbours", "horizon_sessions": 3, "day": MONDAY, "cases": 50, "answered": 40, "entry_sessions": 9,
        "mean_rps": 0.2, "mean_brier": 0.6, "mean_log_loss": 1.0, "hit_rate": 0.4, "skill": 0.1,
    }  # fmt: skip
    return Performance(**values | changed)


def test_a_breakdown_is_by_market_or_by_kind_of_event(client: TestClient) -> None:
    store(
        recorded(market="KOSPI"),
        recorded(event_kind="news"),
        recorded(market="KOSPI", event_kind="news"),
        recorded(market="KOSDAQ", day=FRIDAY),
        recorded(market="KOSDAQ", before_cutoff=True),
    )
    (market,) = items(client, "/api/scoreboard/breakdown")
    assert (market["market"], market["event_kind"], market["verdict"]) == ("KOSPI", "", "not enough evidence")
    (kind,) = items(client, "/api/scoreboard/breakdown", by="event_kind", arm="neighbours")
    assert (kind["market"], kind["event_kind"]) == ("", "news")
    assert items(client, "/api/scoreboard/breakdown", horizon_sessions=1) == []


def test_reliability_names_its_bins(client: TestClient) -> None:
    store(recorded(reliability={"up": [[10, 0.2, 0.3], [10, 0.4, 0.5]]}, ece=0.1))
    (line,) = items(client, "/api/scoreboard/reliability", horizon_sessions=3)
    assert line["classes"]["up"][0] == {"forecasts": 10, "mean_probability": 0.2, "share_came_true": 0.3}
    assert (line["ece"], line["verdict"]) == (0.1, "not enough evidence")


def test_costs_are_of_an_arm_and_of_each_forecast_that_was_scored(client: TestClient) -> None:
    store(
        recorded(arm="gpt-4o", cost_usd=0.4, answered=40),
        recorded(arm="gpt-4o", horizon_sessions=1, cost_usd=0.4, answered=50),
        recorded(arm="deepseek-v3.2", cost_usd=0.2, answered=0),
    )
    lines = {one["arm"]: one for one in items(client, "/api/scoreboard/costs")}
    paid = lines["gpt-4o"]
    assert (paid["cost_usd"], paid["resolved_forecasts"]) == (pytest.approx(0.4), 90)
    assert paid["cost_usd_per_resolved_forecast"] == pytest.approx(0.4 / 90)
    in_vain = lines["deepseek-v3.2"]
    assert (in_vain["cost_usd"], in_vain["cost_usd_per_resolved_forecast"]) == (0.2, None)
    assert lines["prior"]["cost_usd_per_resolved_forecast"] is None


def test_the_leaderboard_and_the_comparisons_come_in_pages(client: TestClient) -> None:
    for path, key in (("/api/scoreboard", "arm"), ("/api/scoreboard/comparisons", "experiment")):
        whole, read = items(client, path), list[dict[str, Any]]()
        cursor: dict[str, Any] = {}
        for _ in whole:
            page = got(client, path, limit=1, **cursor)
            read += page["items"]
            cursor = {"cursor": page["next_cursor"]}
        assert [one[key] for one in read] == [one[key] for one in whole]
        assert page["next_cursor"] is None


# --- grades and ratings

REPORT = ids.derive("report", "one")
RATED = f"/api/evaluations/reports/{REPORT}/ratings"


def graded(span: str, last: date, grade: float) -> ReportEvaluation:
    return ReportEvaluation(
        report_id=REPORT, span=span, stock_code="990010", arm="prior", first_session=MONDAY, last_session=last,
        base_won=100, target_won=110, support_won=90, chance=0.5, accuracy=0.5, timing=0, risk=0, grade=grade,
        known_at=NOW,
    )  # fmt: skip


@pytest.fixture
def rater(client: TestClient) -> dict[str, str]:
    store(*report())
    store(graded("short", MONDAY, 0.2), graded("medium", THURSDAY, 0.4))
    return bearing(grant(stored_user("rater", Role.RATER), NOW))


def rate(client: TestClient, headers: dict[str, str], stars: Any = 4) -> Any:
    return client.post(RATED, json={"stars": stars}, headers=headers)


def queue(client: TestClient, headers: dict[str, str]) -> list[str]:
    return [one["report_id"] for one in client.get("/api/evaluations/queue", headers=headers).json()["items"]]


def test_the_queue_has_what_one_has_not_rated(client: TestClient, rater: dict[str, str]) -> None:
    store(*report("older", NOON - timedelta(days=3)), *report("stale", NOON - timedelta(days=15)))
    other = bearing(grant(stored_user("other", Role.RATER), NOW))
    older = str(ids.derive("report", "older"))
    assert queue(client, rater) == [str(REPORT), older]
    assert rate(client, rater).status_code == 201
    assert queue(client, rater) == [older]
    assert queue(client, other) == [str(REPORT), older]
    (first, _) = client.get("/api/evaluations/queue", headers=other).json()["items"]
    assert first["ratings"] == 1
    assert "grade" not in first
    assert client.get(first["report_url"]).status_code == 200


def test_a_rating_is_changed_with_its_history_and_its_author(
    client: TestClient, rater: dict[str, str]
) -> None:
    mine = UUID(rate(client, rater).json()["rater_id"])
    admin = stored_user("admin", Role.ADMIN)
    for stars, who in ((2, rater), (3, bearing(grant(admin, NOW)))):
        changed = client.patch(f"{RATED}/{mine}", json={"stars": stars, "reason": "다시"}, headers=who)
        assert (changed.status_code, changed.json()["stars"]) == (200, stars)
    history = client.get(f"{RATED}/{mine}/changes", headers=rater).json()["items"]
    assert [(one["stars_before"], one["stars"]) for one in history] == [(2, 3), (4, 2), (None, 4)]
    assert [one["author_id"] for one in history] == [str(admin.id), str(mine), str(mine)]
    assert [one["stars"] for one in client.get(RATED, headers=rater).json()["items"]] == [3]


def test_one_rates_a_report_once(client: TestClient, rater: dict[str, str]) -> None:
    rate(client, rater)
    again = rate(client, rater, 1)
    assert (again.status_code, code(again)) == (409, "rated_before")
    assert [one.stars for one in found(Rating)] == [4]


@pytest.mark.parametrize("stars", [0, 6, 4.5, "4", True, None])
def test_a_rating_is_a_whole_number_of_one_to_five(
    client: TestClient, rater: dict[str, str], stars: Any
) -> None:
    assert rate(client, rater, stars).status_code == 422
    assert found(Rating) == found(RatingChange) == []


def test_nobody_changes_anothers_rating_and_what_is_not_there_can_not_be_rated(
    client: TestClient, rater: dict[str, str]
) -> None:
    mine = rate(client, rater).json()["rater_id"]
    other = bearing(grant(stored_user("other", Role.RATER), NOW))
    assert client.patch(f"{RATED}/{mine}", json={"stars": 1}, headers=other).status_code == 404
    assert client.patch(f"{RATED}/{uuid4()}", json={"stars": 1}, headers=rater).status_code == 404
    gone = RATED.replace(str(REPORT), str(uuid4()))
    assert client.post(gone, json={"stars": 1}, headers=rater).status_code == 404
    assert client.get(gone, headers=rater).status_code == 404
    assert [one.stars for one in found(Rating)] == [4]


def test_grades_are_listed_and_summed_up_with_their_ratings(
    client: TestClient, rater: dict[str, str]
) -> None:
    rate(client, rater, 5)
    first, second = items(client, "/api/evaluations/reports")
    assert (first["span"], second["span"]) == ("medium", "short")
    assert (first["mean_stars"], first["grade_with_ratings"]) == (5, pytest.approx(0.7 * 0.4 + 0.3))
    assert items(client, "/api/evaluations/reports", day="2026-10-19") == [second]
    for by, keys in (("day", ["2026-10-19", "2026-10-22"]), ("arm", ["prior"]), ("stock", ["990010"])):
        path = "/api/evaluations/reports/summary"
        summed = items(client, path, by=by, until="2026-10-31")
        assert [one["key"] for one in summed] == keys
        page = got(client, path, by=by, until="2026-10-31", limit=1)
        assert page["items"] == summed[:1]
    assert summed[0]["mean_grade"] == pytest.approx(0.3)
    bad = {"by": "day", "cursor": "WyJ4Il0"}
    assert client.get(path, params=bad).status_code == 422


def test_without_redis_the_reads_go_on(
    client: TestClient, rater: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    forget_clients()
    for path in (
        "evaluations",
        "evaluations/days",
        "scoreboard",
        "scoreboard/costs",
        "arms",
        "forecasts",
        "reports",
    ):
        assert client.get(f"/api/{path}").status_code == 200
    assert rate(client, rater).status_code == 201
