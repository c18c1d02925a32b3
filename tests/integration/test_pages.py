"""Pages and tags: reading on while rows arrive, cursors of others, and answers that have not changed."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nunchi import database
from tests.factories import NOON, article
from tests.integration.accounts_played import bearing, grant, stored_user


def store(*numbers: int, at: int = 0) -> None:
    known_at = NOON + timedelta(minutes=at)
    with database.session() as session:
        session.add_all(article(one, known_at=known_at) for one in numbers)


def page(client: TestClient, **query: Any) -> Any:
    answered = client.get("/api/articles", params=query)
    assert answered.status_code == 200, answered.text
    return answered.json()


def read_on(client: TestClient, first: Any, limit: int) -> list[str]:
    """The addresses on all pages after the first."""
    urls, at = [], first
    while at["next_cursor"]:
        at = page(client, limit=limit, cursor=at["next_cursor"])
        urls += [one["url"] for one in at["items"]]
    return urls


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 200])
def test_pages_hold_every_row_once_even_where_times_are_equal(client: TestClient, limit: int) -> None:
    store(1, 2, 3, 4)
    store(5, 6, 7, at=1)
    first = page(client, limit=limit)
    urls = [one["url"] for one in first["items"]] + read_on(client, first, limit)
    assert urls == [one["url"] for one in page(client, limit=200)["items"]]
    assert len(set(urls)) == 7


def test_rows_that_arrive_meanwhile_shift_no_later_page(client: TestClient) -> None:
    store(1, 2, 3, 4)
    before = page(client, limit=200)["items"]
    first = page(client, limit=2)
    store(5, 6, at=1)
    assert read_on(client, first, 2) == [one["url"] for one in before[2:]]


def test_the_last_page_says_so(client: TestClient) -> None:
    store(1, 2)
    assert page(client, limit=2)["next_cursor"] is None
    assert page(client, limit=1)["next_cursor"] is not None


@pytest.mark.parametrize(
    "cursor",
    [
        "e30",
        "AAAA",
        "W10",
        base64.urlsafe_b64encode(b'["2026-10-19T03:00:00", "x"]').decode().rstrip("="),
        base64.urlsafe_b64encode(b'["yesterday", 1]').decode().rstrip("="),
    ],
)
def test_what_is_no_cursor_of_the_list_is_refused_by_name(client: TestClient, cursor: str) -> None:
    refused = client.get("/api/articles", params={"cursor": cursor})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "query.cursor", "code": "cursor", "message": "is no cursor of this list"}
    ]


# --- conditional reads


def test_what_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    store(1)
    tag = client.get("/api/articles").headers["etag"]
    unchanged = client.get("/api/articles", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    store(2, at=1)
    changed = client.get("/api/articles", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert len(changed.json()["items"]) == 2


def test_an_error_has_no_tag_and_is_never_unchanged(client: TestClient) -> None:
    missing = client.get("/api/stocks/999999", headers={"If-None-Match": "*"})
    assert missing.status_code == 404
    assert "etag" not in missing.headers


def test_what_one_user_reads_is_kept_by_nobody_else(client: TestClient) -> None:
    headers = bearing(grant(stored_user("reader")))
    answered = client.get("/api/users/me", headers=headers)
    assert answered.headers["cache-control"] == "private, no-cache"
    tag = answered.headers["etag"]
    again = client.get("/api/users/me", headers={**headers, "If-None-Match": tag})
    assert again.status_code == 304
    assert client.get("/api/users/me", headers={"If-None-Match": tag}).status_code == 401
