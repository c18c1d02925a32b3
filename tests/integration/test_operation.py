"""What admins operate over HTTP: dead letters, budgets, schedules; and what everybody sees of the crawlers."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from infra.local.platform import Platform
from nunchi import database, outbox
from nunchi.adapters import dead_letters, sqs
from nunchi.events import ArticleStored
from nunchi.models import Arm, OutboxRow
from nunchi.models.crawling import CrawlRun
from nunchi.observability import get_logger
from nunchi.settings import get_settings
from nunchi.status import letters
from tests.factories import NOON, article
from tests.integration.accounts_played import bearing, code, grant, stored_user
from tests.integration.api_rows import store

LETTERS = "/api/dead-letters"
FAILURE = {
    "version": "1.0",
    "requestContext": {
        "functionArn": "arn:aws:lambda:x:1:function:SealFunction:$LATEST",
        "condition": "RetriesExhausted",
    },
    "responsePayload": {"errorMessage": "은밀한 글"},
}
Headers = dict[str, str]


@pytest.fixture
def logged(environment: dict[str, str]) -> Iterator[None]:
    get_logger().setLevel("INFO")
    yield
    get_logger().setLevel("CRITICAL")


def dead(queue: str, *bodies: str) -> None:
    """Puts messages into a dead-letter queue."""
    url = letters.queues()[queue]
    for body in bodies:
        sqs.get_client().send_message(QueueUrl=url, MessageBody=body)


def event(number: int = 1) -> OutboxRow:
    """The open event of an article, in the database."""
    stored = article(number)
    store(stored)
    with database.session() as session:
        outbox.add(session, ArticleStored(article_id=stored.id), correlation_id="story-1", now=NOON)
        (row,) = session.info["outbox"]
    return row  # type: ignore[no-any-return]


def body_of(row: OutboxRow) -> str:
    return outbox.Envelope(
        outbox_id=row.id, name=row.name, correlation_id=row.correlation_id, payload=row.payload
    ).model_dump_json()


def waiting(url: str) -> list[str]:
    """The bodies of the messages of a queue, which are left hidden."""
    answer = sqs.get_client().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [one["Body"] for one in answer.get("Messages", [])]


def depths(client: TestClient, admin: Headers) -> dict[str, int]:
    answer = client.get(LETTERS, headers=admin)
    assert answer.status_code == 200, answer.text
    return {one["queue"]: one["messages"] for one in answer.json()}


def audited(caplog: pytest.LogCaptureFixture) -> Any:
    """The one line of the log that tells what an admin did."""
    (told,) = all_audited(caplog)
    return told


def all_audited(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """Every such line, in their order."""
    return [record for record in caplog.records if record.message == "an admin acted"]


# --- dead letters


def test_every_queue_of_the_template_has_its_dead_letters_here(
    started: Platform, client: TestClient, admin: Headers
) -> None:
    ends = {queue.dead_letter_queue for queue in started.template.queues.values()} - {None}
    ends |= {one.failure_queue for one in started.template.functions.values()} - {None}
    urls = {url.rsplit("/", 1)[1] for url in letters.queues().values()}
    assert urls == ends
    assert set(depths(client, admin).values()) == {0}
    for name in set(letters.queues()) - {letters.FAILURES}:
        fed = get_settings().queue_url(name).rsplit("/", 1)[1]
        assert started.template.queues[fed].dead_letter_queue == letters.queues()[name].rsplit("/", 1)[1]


def test_looking_at_dead_letters_loses_none_and_tells_ids_only(
    started: Platform, client: TestClient, admin: Headers
) -> None:
    row = event()
    secret = "은밀한 글"
    dead("embed", body_of(row), secret, "[]", json.dumps({"requestContext": {"functionArn": 7}}))
    for _ in range(2):
        answer = client.get(f"{LETTERS}/embed", headers=admin)
        assert secret not in answer.text
        assert len(answer.json()) == 4
        known = [one for one in answer.json() if one["event"]]
        assert [(one["event"], one["outbox_id"], one["correlation_id"]) for one in known] == [
            ("ArticleStored", row.id, "story-1")
        ]
    assert depths(client, admin)["embed"] == 4
    assert len(waiting(letters.queues()["embed"])) == 4


def test_a_page_of_dead_letters_is_as_long_as_asked(
    started: Platform, client: TestClient, admin: Headers
) -> None:
    dead("report", *(str(number) for number in range(25)))
    assert len(client.get(f"{LETTERS}/report", params={"limit": 12}, headers=admin).json()) == 12
    found = client.get(f"{LETTERS}/report", params={"limit": 100}, headers=admin).json()
    assert len({one["message_id"] for one in found}) == 25


def test_dead_letters_are_looked_for_on_all_of_sqs_servers(
    started: Platform, client: TestClient, admin: Headers
) -> None:
    asked: list[dict[str, Any]] = []
    events = sqs.get_client().meta.events
    events.register("provide-client-params.sqs.ReceiveMessage", lambda params, **_: asked.append(params))
    dead("report", "one")
    assert len(client.get(f"{LETTERS}/report", headers=admin).json()) == 1
    assert {one["WaitTimeSeconds"] for one in asked} == {1}  # 0 asks only some of them


def test_redriven_letters_are_worked(
    started: Platform, client: TestClient, admin: Headers, logged: None, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [event(number) for number in range(1, 13)]
    dead("embed", *map(body_of, rows))
    answer = client.post(f"{LETTERS}/embed/redrive", headers=admin)
    assert answer.json() == {"queue": "embed", "moved": 12, "left": 0}
    told = audited(caplog)
    assert (told.action, told.about) == ("redrive", {"queue": "embed", "moved": "12"})
    assert told.correlation_id == answer.headers["x-correlation-id"]
    assert client.get(f"/api/users/{told.by}", headers=admin).json()["nickname"] == "boss"
    started.pump.drain(NOON)
    with database.session() as session:
        assert outbox.waiting(session) == 0


def test_one_letter_is_redriven_and_the_others_stay(
    started: Platform, client: TestClient, admin: Headers
) -> None:
    dead("report", *(f"body {number}" for number in range(15)))
    listed = client.get(f"{LETTERS}/report", params={"limit": 100}, headers=admin).json()
    wanted = listed[12]["message_id"]
    answer = client.post(f"{LETTERS}/report/{wanted}/redrive", headers=admin)
    assert answer.json() == {"queue": "report", "moved": 1, "left": 14}
    assert len(waiting(get_settings().report_queue_url)) == 1
    rest = client.get(f"{LETTERS}/report", params={"limit": 100}, headers=admin).json()
    assert {one["message_id"] for one in listed} - {one["message_id"] for one in rest} == {wanted}
    again = client.post(f"{LETTERS}/report/{wanted}/redrive", headers=admin)
    assert (again.status_code, code(again)) == (404, "not_found")


def test_what_could_not_be_sent_back_is_still_there(
    started: Platform, client: TestClient, admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead("report", "one", "two")
    monkeypatch.setenv("REPORT_QUEUE_URL", get_settings().report_queue_url + "-gone")
    get_settings.cache_clear()
    refused = client.post(f"{LETTERS}/report/redrive", headers=admin)
    assert (refused.status_code, code(refused)) == (503, "unavailable")
    assert dead_letters.depth(letters.queues()["report"]) == 2


def test_a_run_that_failed_for_good_is_shown_and_not_sent_back(
    started: Platform, client: TestClient, admin: Headers
) -> None:
    dead("async_failure", json.dumps(FAILURE))
    answer = client.get(f"{LETTERS}/async_failure", headers=admin)
    assert "은밀한 글" not in answer.text
    (told,) = answer.json()
    assert (told["function"], told["event"]) == ("SealFunction", None)
    for path in ("redrive", f"{told['message_id']}/redrive"):
        refused = client.post(f"{LETTERS}/async_failure/{path}", headers=admin)
        assert (refused.status_code, code(refused)) == (409, "not_redrivable")
    assert depths(client, admin)["async_failure"] == 1


@pytest.mark.parametrize("path", ["unheard", "unheard/redrive", "embed/unheard/redrive"])
def test_what_is_not_there_can_not_be_redriven(
    started: Platform, client: TestClient, admin: Headers, path: str
) -> None:
    method = "POST" if path.endswith("redrive") else "GET"
    assert code(client.request(method, f"{LETTERS}/{path}", headers=admin)) == "not_found"


def test_without_sqs_dead_letters_are_unavailable(
    started: Platform, client: TestClient, admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    sqs.get_client.cache_clear()
    refused = client.get(LETTERS, headers=admin)
    assert (refused.status_code, code(refused)) == (503, "unavailable")


# --- budgets and schedules


def test_a_budget_is_changed_and_told_to_the_log(
    client: TestClient, admin: Headers, logged: None, caplog: pytest.LogCaptureFixture
) -> None:
    changed = client.put("/api/budgets/gpt-4o", json={"limit_krw": 1234}, headers=admin).json()
    assert (changed["limit_krw"], changed["spent_krw"], changed["left_krw"]) == (1234, 0, 1234)
    with database.session() as session:
        assert session.get_one(Arm, "gpt-4o").daily_budget_krw == 1234
    told = audited(caplog)
    assert (told.action, told.about) == ("budget", {"arm": "gpt-4o", "limit_krw": "1234"})
    assert changed in client.get("/api/budgets", headers=admin).json()["items"]


def test_budgets_are_listed_by_name_page_by_page(client: TestClient, admin: Headers) -> None:
    first = client.get("/api/budgets", params={"limit": 1}, headers=admin).json()
    rest = client.get("/api/budgets", params={"cursor": first["next_cursor"]}, headers=admin).json()
    names = [one["arm"] for one in [*first["items"], *rest["items"]]]
    with database.session() as session:
        paid = session.scalars(select(Arm.name).where(Arm.provider != "baseline"))
        assert names == sorted(paid)
    assert (len(first["items"]), rest["next_cursor"]) == (1, None)


def test_other_writes_of_admins_are_told_without_their_texts(
    client: TestClient, admin: Headers, logged: None, caplog: pytest.LogCaptureFixture
) -> None:
    client.patch("/api/arms/gpt-4o", json={"active": True, "daily_budget_krw": 7}, headers=admin)
    client.post(
        "/api/stocks", json={"code": "990010", "name": "다온솔전자", "market": "KOSPI"}, headers=admin
    )
    assert [(one.action, one.about) for one in all_audited(caplog)] == [
        ("switch", {"arm": "gpt-4o", "active": "True"}),
        ("budget", {"arm": "gpt-4o", "limit_krw": "7"}),
        ("stock added", {"stock": "990010"}),
    ]


@pytest.mark.parametrize("limit", [-1, 100_000_001, 1.5, "7", None])
def test_a_budget_is_whole_won_within_reason(client: TestClient, admin: Headers, limit: Any) -> None:
    refused = client.put("/api/budgets/gpt-4o", json={"limit_krw": limit}, headers=admin)
    assert (refused.status_code, code(refused)) == (422, "invalid")


@pytest.mark.parametrize("arm", ["unheard", "prior"])
def test_what_costs_nothing_has_no_budget(client: TestClient, admin: Headers, arm: str) -> None:
    refused = client.put(f"/api/budgets/{arm}", json={"limit_krw": 1}, headers=admin)
    assert (refused.status_code, code(refused)) == (404, "not_found")


def test_schedules_are_shown_as_declared(client: TestClient, admin: Headers) -> None:
    found = {one["function"]: one for one in client.get("/api/schedules", headers=admin).json()}
    assert found["MaekyungCrawlerFunction"] == {
        "function": "MaekyungCrawlerFunction",
        "crawler": "maekyung",
        "expression": "cron(0/10 * * * ? *)",
        "timezone": "Asia/Seoul",
    }
    assert found["SealFunction"]["crawler"] is None


# --- crawlers


def run(number: int, **changed: Any) -> CrawlRun:
    at = NOON - timedelta(hours=number)
    values: dict[str, Any] = {
        "crawler": "maekyung",
        "scheduled_at": at,
        "started_at": at,
        "ended_at": at + timedelta(seconds=3),
        "outcome": "ok",
        "error": "",
        "new": 3,
        "revised": 2,
        "failed": 1,
        "enqueued": 0,
    }
    return CrawlRun(**values | changed)


def test_crawlers_are_all_there_with_their_last_runs(client: TestClient) -> None:
    store(run(0, outcome="failed", error="SourceChanged"), run(1))
    headers = bearing(grant(stored_user("minji")))
    found = {one["crawler"]: one for one in client.get("/api/crawlers", headers=headers).json()}
    assert found["maekyung"] == {
        "crawler": "maekyung",
        "last_run_at": "2026-10-19T03:00:00Z",
        "last_outcome": "failed",
        "last_error": "SourceChanged",
        "last_success_at": "2026-10-19T02:00:03Z",
    }
    assert found["dart"]["last_run_at"] is None


def test_a_crawlers_days_and_runs_are_told(client: TestClient) -> None:
    store(run(0), run(1), run(2, outcome="failed"), run(24), run(0, crawler="naver"))
    headers = bearing(grant(stored_user("minji")))
    days = client.get("/api/crawlers/maekyung/days", params={"days": 2}, headers=headers).json()
    assert [(one["day"], one["runs_ok"], one["runs_failed"]) for one in days] == [
        ("2026-10-19", 2, 1),
        ("2026-10-18", 1, 0),
    ]
    assert (days[0]["fetched"], days[0]["new"], days[0]["revised"], days[0]["failed"]) == (18, 9, 6, 3)
    assert len(client.get("/api/crawlers/maekyung/days?days=1", headers=headers).json()) == 1
    first = client.get("/api/crawlers/maekyung/runs", params={"limit": 3}, headers=headers).json()
    asked = {"cursor": first["next_cursor"], "limit": 3}
    rest = client.get("/api/crawlers/maekyung/runs", params=asked, headers=headers).json()
    assert [one["outcome"] for one in first["items"]] == ["ok", "ok", "failed"]
    assert ([one["scheduled_at"] for one in rest["items"]], rest["next_cursor"]) == (
        ["2026-10-18T03:00:00Z"],
        None,
    )


@pytest.mark.parametrize("below", ["days", "runs"])
def test_a_crawler_that_is_not_scheduled_is_not_there(client: TestClient, below: str) -> None:
    headers = bearing(grant(stored_user("minji")))
    assert code(client.get(f"/api/crawlers/unheard/{below}", headers=headers)) == "not_found"
