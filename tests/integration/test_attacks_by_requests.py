"""Input that wants too much, foreign pages; and that answers and logs tell nothing."""

import json
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from api import cookies, edge
from nunchi.accounts import limits, service
from nunchi.observability import get_logger
from tests.integration.accounts_played import (
    APP,
    BASE,
    PASSWORD,
    bearing,
    code,
    grant,
    logged_in,
    opened,
    stored_user,
)

EVIL = "https://evil.example"
pytestmark = pytest.mark.usefixtures("open_sign_up")


@pytest.mark.parametrize(
    "more", [{"role": "admin"}, {"id": str(uuid4())}, {"password_hash": "x"}, {"__proto__": {}}]
)
def test_nothing_but_what_is_asked_for_is_taken(client: TestClient, more: dict[str, Any]) -> None:
    body = {"email": "minji@example.com", "nickname": "minji", "password": PASSWORD, **more}
    refused = client.post("/api/auth/sign-up", json=body)
    assert code(refused) == "invalid"
    assert refused.json()["errors"] == [
        {"field": f"body.{next(iter(more))}", "code": "extra_forbidden", "message": "is not known here"}
    ]
    headers = bearing(grant(stored_user("other")))
    assert client.patch("/api/users/me", json={"nickname": "new", **more}, headers=headers).status_code == 422


def test_an_invalid_body_is_not_repeated(client: TestClient) -> None:
    for body in ({"email": "a@example.com", "password": ["hunter2-hunter2"]}, ["hunter2-hunter2"]):
        refused = client.post("/api/auth/login", json=body)
        assert code(refused) == "invalid"
        assert "hunter2" not in refused.text
    refused = client.post(
        "/api/auth/login", content=b'{"password": "hunter2', headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == 422
    assert "hunter2" not in refused.text


def test_an_oversized_body_is_refused_announced_or_not(client: TestClient) -> None:
    large = json.dumps({"email": "a@example.com", "password": "x" * edge.LARGEST_BODY}).encode()
    headers = {"Content-Type": "application/json"}
    pieces = (large[start : start + 65536] for start in range(0, len(large), 65536))
    for content in (large, pieces):
        refused = client.post("/api/auth/login", content=content, headers=headers)
        assert (refused.status_code, code(refused)) == (413, "too_large")


@pytest.mark.parametrize(
    "given", ["abcdefgh\r\nSet-Cookie: a=b", "short", "x" * 65, "<script>alert(1)</script>"]
)
def test_a_crooked_correlation_id_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/api/stocks", headers={"X-Correlation-Id": given})
    assert edge.CORRELATION_ID.fullmatch(answer.headers["x-correlation-id"])
    assert "set-cookie" not in answer.headers
    kept = client.get("/api/stocks", headers={"X-Correlation-Id": "client-made-1"})
    assert kept.headers["x-correlation-id"] == "client-made-1"


def test_line_breaks_in_values_reach_no_header(client: TestClient) -> None:
    for path in ("/api/stocks/%0d%0aSet-Cookie:a=b", "/api/users/%0d%0aX:1", "/api/%0d%0aLocation:x"):
        answer = client.get(path, headers=bearing(grant(stored_user(f"u{abs(hash(path)) % 10**8}"))))
        assert answer.status_code in {404, 422}
        assert not {"set-cookie", "location", "x"} & set(answer.headers)


def test_an_address_that_a_client_claims_is_not_believed(client: TestClient) -> None:
    for number in range(limits.PER_ACCOUNT + 1):
        body = {"email": "minji@example.com", "password": "wrong-horse-7"}
        last = client.post("/api/auth/login", json=body, headers={"X-Forwarded-For": f"203.0.113.{number}"})
    assert last.status_code == 429


def test_a_foreign_page_can_not_write_even_with_cookies(client: TestClient) -> None:
    stored_user("minji")
    token = logged_in(client, "minji", deliver="cookie").json()["csrf_token"]
    for headers in (
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": f"{APP}.evil"},
    ):
        headers[cookies.CSRF_HEADER] = token
        refused = client.post("/api/auth/logout", headers=headers)
        assert (refused.status_code, code(refused)) == (403, "foreign_origin")
        assert client.post("/api/auth/login", json={}, headers=headers).status_code == 403
    for origin in (APP, BASE):
        body = {"nickname": "new"}
        headers = {"Origin": origin, cookies.CSRF_HEADER: token}
        assert client.patch("/api/users/me", json=body, headers=headers).status_code == 200


def test_a_csrf_token_is_worth_something_only_in_its_own_login(client: TestClient) -> None:
    user = stored_user("minji")
    logged_in(client, "minji", deliver="cookie")
    other = grant(user).csrf_token
    client.cookies.set(cookies.CSRF, other, domain="api.nunchi.example", path="/")
    for token in (other, "", "a.b", "é"):
        headers = {cookies.CSRF_HEADER: token.encode()}
        refused = client.patch("/api/users/me", json={"nickname": "new"}, headers=headers)  # type: ignore[arg-type]
        assert (refused.status_code, code(refused)) == (403, "csrf")


def test_a_foreign_origin_may_not_read(client: TestClient) -> None:
    answer = client.get("/api/stocks", headers={"Origin": EVIL})
    assert not [name for name in answer.headers if name.startswith("access-control-allow-origin")]
    preflight = {"Origin": EVIL, "Access-Control-Request-Method": "GET"}
    assert "access-control-allow-origin" not in client.options("/api/stocks", headers=preflight).headers


@pytest.mark.parametrize("path", ["/api/stocks", "/api/stocks/999999", "/api/users/me", "/unheard"])
def test_an_allowed_origin_may_read_answers_and_errors(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": APP})
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in answer.headers["vary"]


def test_a_preflight_of_an_allowed_origin_is_answered(client: TestClient) -> None:
    asked = {
        "Origin": APP,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "x-csrf-token",
    }
    answer = client.options("/api/users/me", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == APP


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example.com", "https://a.example/", "null", "javascript:alert(1)"]
)
def test_what_is_no_origin_can_not_be_allowed(origin: str) -> None:
    with pytest.raises(ValueError, match="ALLOWED_ORIGINS"):
        edge.origins(f"{APP},{origin}")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/health"),
        ("GET", "/unheard"),
        ("POST", "/api/health"),
        ("GET", "/docs"),
        ("POST", "/api/auth/login"),
    ],
)
def test_every_answer_has_the_headers_of_a_safe_one(client: TestClient, method: str, path: str) -> None:
    headers = client.request(method, path).headers
    for name in edge.SECURITY_HEADERS:
        assert headers[name]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]


def test_an_answer_to_somebody_is_kept_by_no_cache_between(client: TestClient) -> None:
    mine = {"Cookie": "a=b"}
    assert client.get("/api/stocks", headers=mine).headers["cache-control"] == "private, no-cache"
    assert client.get("/api/users/me", headers=mine).headers["cache-control"] == "no-store"
    assert client.post("/api/auth/logout", headers=mine).headers["cache-control"] == "no-store"


def test_an_error_of_ours_is_a_problem_that_tells_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("minji@example.com has the password hunter2")

    monkeypatch.setattr(service, "authenticated", broken)
    failed = logged_in(client, "minji")
    assert (failed.status_code, code(failed)) == (500, "internal")
    said = failed.text + "".join(capsys.readouterr())
    assert "hunter2" not in said
    assert "minji" not in said


def test_logs_hold_no_password_token_or_address(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    get_logger().setLevel("DEBUG")
    stored_user("minji")
    with opened() as client:
        logged_in(client, "minji", "wrong-horse-7")
        granted = logged_in(client, "minji").json()
        client.post("/api/auth/refresh", json={"refresh_token": granted["refresh_token"]})
        client.post("/api/auth/refresh", json={"refresh_token": granted["refresh_token"]})
    get_logger().setLevel("CRITICAL")
    said = "".join(capfd.readouterr())
    for secret in ("minji", "horse", granted["refresh_token"], granted["access_token"]):
        assert secret not in said


def test_problems_speak_korean_to_whoever_prefers_it(client: TestClient) -> None:
    for language, detail in (("ko-KR,ko;q=0.9,en;q=0.8", "먼저 로그인해 주세요."), ("en", "Log in first.")):
        refused = client.get("/api/users/me", headers={"Accept-Language": language})
        assert refused.json()["detail"] == detail
        assert refused.headers["content-language"] == language[:2]
        assert "Accept-Language" in refused.headers["vary"]
