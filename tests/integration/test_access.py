"""Who may call what: every operation of the OpenAPI document, as everyone who may not."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from api import audit
from api.access import ROLE, RoleMissing, describe
from api.app import create_app
from api.dependencies import public, require
from infra.local import platform
from infra.local.stores import Stores
from nunchi import database
from nunchi.accounts import keys, rules, tokens
from nunchi.accounts.rules import Role
from nunchi.models import User
from tests.conftest import MIGRATED, create_database, forget_clients
from tests.factories import NOON
from tests.integration.accounts_played import bearing, code, grant, opened, stored_user

METHODS = {"get", "put", "post", "delete", "patch"}
PUBLIC = {
    ("get", "/api/health"),
    ("get", "/api/arms"),
    ("get", "/api/arms/{name}"),
    ("get", "/api/articles"),
    ("get", "/api/articles/{article_id}"),
    ("get", "/api/articles/{article_id}/similar"),
    ("get", "/api/evaluations"),
    ("get", "/api/evaluations/days"),
    ("get", "/api/evaluations/reports"),
    ("get", "/api/evaluations/reports/summary"),
    ("get", "/api/evaluations/stocks/{code}"),
    ("get", "/api/experiments"),
    ("get", "/api/experiments/{name}"),
    ("get", "/api/experiments/{name}/comparisons"),
    ("get", "/api/health/live"),
    ("get", "/api/health/ready"),
    ("get", "/api/articles"),
    ("get", "/api/dashboard/foreign-buying"),
    ("get", "/api/dashboard/movers"),
    ("get", "/api/dashboard/summary"),
    ("get", "/api/forecasts"),
    ("get", "/api/forecasts/{forecast_id}"),
    ("get", "/api/forecasts/{forecast_id}/proof"),
    ("get", "/api/ledger/days"),
    ("get", "/api/ledger/days/{day}"),
    ("get", "/api/ledger/seals/{root}"),
    ("get", "/api/ledger/seals/{root}/leaves"),
    ("get", "/api/reports"),
    ("get", "/api/reports/history"),
    ("get", "/api/reports/{report_id}"),
    ("get", "/api/reports/{report_id}/status"),
    ("get", "/api/scoreboard"),
    ("get", "/api/scoreboard/breakdown"),
    ("get", "/api/scoreboard/comparisons"),
    ("get", "/api/scoreboard/costs"),
    ("get", "/api/scoreboard/reliability"),
    ("get", "/api/scoreboard/series"),
    ("get", "/api/stocks"),
    ("get", "/api/stocks/{code}"),
    ("get", "/api/stocks/{code}/flows"),
    ("get", "/api/stocks/{code}/indicators"),
    ("get", "/api/stocks/{code}/order-book"),
    ("get", "/api/stocks/{code}/prices/daily"),
    ("get", "/api/stocks/{code}/prices/minute"),
    ("get", "/api/stocks/{code}/quote"),
    ("get", "/api/stocks/{code}/ratios"),
    ("get", "/api/stories"),
    ("get", "/api/stories/{story_id}"),
    ("post", "/api/auth/login"),
    ("post", "/api/auth/logout"),
    ("post", "/api/auth/refresh"),
    ("post", "/api/auth/sign-up"),
    ("post", "/api/telegram/webhook"),
}


@cache
def operations() -> dict[tuple[str, str], str]:
    """Every operation with the role that the document states."""
    paths = create_app().openapi()["paths"]
    return {
        (method, path): operation[ROLE]
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method in METHODS
    }


GUARDED = [(method, path, role) for (method, path), role in operations().items() if role != "public"]
guarded = pytest.mark.parametrize(
    ("method", "path", "role"), GUARDED, ids=[f"{method} {path}" for method, path, _ in GUARDED]
)


@pytest.fixture(scope="module")
def client(stores: Stores, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client whose database only the tests of this module use. No call of theirs may change a row."""
    values = platform.environment(
        stores, tmp_path_factory.mktemp("access"), {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (values | {"DATABASE_URL": create_database(stores, "access", MIGRATED)}).items():
            patch.setenv(name, value)
        forget_clients()
        with opened() as client:
            yield client
        forget_clients()


@pytest.fixture(scope="module")
def users(client: TestClient) -> dict[str, User]:
    """A user of each role, and another one who is asked about."""
    made = {role.value: stored_user(role.value, role) for role in Role}
    return {**made, "other": stored_user("other")}


def call(client: TestClient, method: str, path: str, headers: dict[str, str]) -> Any:
    """A call with ids that are well formed and nobody's, and an empty body."""
    filled = re.sub(r"\{\w*code\w*\}", "990010", path)
    filled = re.sub(r"\{\w+\}", str(uuid4()), filled)
    body: dict[str, Any] | None = {} if method in {"post", "put", "patch"} else None
    return client.request(method, filled, headers=headers, json=body)


def test_what_everybody_may_call_is_a_short_list() -> None:
    assert {operation for operation, role in operations().items() if role == "public"} == PUBLIC


@guarded
def test_nobody_gets_in_without_a_token(client: TestClient, method: str, path: str, role: str) -> None:
    for headers in ({}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}):
        refused = call(client, method, path, headers)
        assert (refused.status_code, code(refused)) == (401, "unauthenticated")


@guarded
def test_an_expired_token_is_refused(
    client: TestClient, users: dict[str, User], method: str, path: str, role: str
) -> None:
    old = grant(users["admin"], NOON - timedelta(minutes=15))
    assert call(client, method, path, bearing(old)).status_code == 401


@guarded
def test_a_tampered_token_is_refused(
    client: TestClient, users: dict[str, User], method: str, path: str, role: str
) -> None:
    head, claims, signature = grant(users["admin"]).access_token.split(".")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    other = grant(users["user"]).access_token.split(".")[1]
    for forged in (f"{head}.{claims}.{flipped}", f"{head}.{other}.{signature}", f"{head}.{claims}."):
        assert call(client, method, path, bearing(forged)).status_code == 401


@guarded
def test_a_token_of_somebody_deleted_is_refused(
    client: TestClient, users: dict[str, User], method: str, path: str, role: str
) -> None:
    family = grant(users["admin"]).account.family_id
    claims = rules.claims_of(family, uuid4(), Role.ADMIN, uuid4(), NOON)
    nobody = tokens.issue(keys.get_ring(), claims)
    assert call(client, method, path, bearing(nobody)).status_code == 401


@guarded
def test_a_lower_role_is_refused_whatever_its_token_says(
    client: TestClient, users: dict[str, User], method: str, path: str, role: str
) -> None:
    for lower in (each for each in Role if not each.includes(Role(role))):
        user = users[lower.value]
        family = grant(user).account.family_id
        boasting = tokens.issue(keys.get_ring(), rules.claims_of(family, user.id, Role.ADMIN, uuid4(), NOON))
        refused = call(client, method, path, bearing(boasting))
        assert (refused.status_code, code(refused)) == (403, "forbidden")


@guarded
def test_a_cookies_write_without_its_csrf_token_is_refused(
    client: TestClient, users: dict[str, User], method: str, path: str, role: str
) -> None:
    cookie = {"Cookie": f"__Host-nunchi-access={grant(users['admin']).access_token}"}
    answered = call(client, method, path, cookie)
    if method == "get":
        assert answered.status_code in {200, 404}
    else:
        assert (answered.status_code, code(answered)) == (403, "csrf")


@pytest.mark.parametrize(("method", "body"), [("get", None), ("patch", {"role": "admin"}), ("delete", None)])
def test_another_users_account_is_out_of_reach(
    client: TestClient, users: dict[str, User], method: str, body: Any
) -> None:
    for role in ("user", "rater"):
        headers, path = bearing(grant(users[role])), f"/api/users/{users['other'].id}"
        assert client.request(method, path, json=body, headers=headers).status_code in {403, 404}
    with database.session() as session:
        assert session.get_one(User, users["other"].id).role == "user"


def test_a_user_sees_themselves_and_an_admin_sees_all(client: TestClient, users: dict[str, User]) -> None:
    path = f"/api/users/{users['other'].id}"
    assert client.get(path, headers=bearing(grant(users["other"]))).status_code == 200
    assert client.get(path, headers=bearing(grant(users["admin"]))).status_code == 200
    stranger = bearing(grant(users["user"]))
    found, missing = client.get(path, headers=stranger), client.get(f"/api/users/{uuid4()}", headers=stranger)
    assert (found.status_code, code(found)) == (missing.status_code, code(missing)) == (404, "not_found")


# --- what admins do is told


def test_every_write_that_is_for_admins_alone_is_told_to_the_log() -> None:
    app = create_app()
    writes = {
        (method, str(context.path)): any(one.call is audit._audit for one in flat(context.dependant))
        for context in iter_route_contexts(app.routes)
        for method in sorted(map(str.lower, context.methods or ()))
        if method != "get" and operations().get((method, str(context.path))) == "admin"
    }
    assert ("post", "/api/stocks/import") in writes
    assert [write for write, is_told in writes.items() if not is_told] == []


def flat(dependant: Dependant) -> list[Dependant]:
    return [found for each in dependant.dependencies for found in (each, *flat(each))]


# --- routes that don't say


def things() -> dict[str, str]:
    return {}


def application(**stated: Any) -> FastAPI:
    router = APIRouter()
    router.get("/things", **stated)(things)
    app = FastAPI()
    app.include_router(router, prefix="/api")
    return app


def test_an_application_with_a_route_that_states_no_role_does_not_start() -> None:
    with pytest.raises(RoleMissing, match=r"^/api/things states no role"):
        describe(application())


def test_nor_one_with_a_route_that_states_two() -> None:
    with pytest.raises(RoleMissing, match=r"/api/things"):
        describe(application(dependencies=[public, require("admin")]))
