"""Every operation of the API's document, called as each role with input made from the document and against it.

Whatever is sent, the answer is one that the document announces, in its shape, and never a 500.
"""

import base64
import json
import math
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from infra.local import platform
from infra.local.stores import Stores
from nunchi import clock, database
from nunchi.accounts import repository
from nunchi.accounts.rules import Role
from nunchi.models import Rating, User, Watchlist
from nunchi.runs import declared
from tests.conftest import MIGRATED, create_database, forget_clients
from tests.factories import NOON, report
from tests.integration.accounts_played import BASE, PASSWORD, bearing, forget_tries, grant, stored_user
from tests.integration.api_rows import EVENING, fill, known_values, store

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 16
ATTACKS = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "x' UNION SELECT password_hash FROM users --",
    '" or 1 == 1 or "',
    '"] or story_id like "%',
    "%",
    "_%\\",
    "{{7*7}} ${7*7} %(password)s {0.__class__}",
    "a\r\nSet-Cookie: admin=1",
    "\x00",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "\u202e\ufeff\U0001f600",
    "9" * 40,
]
NOBODY = "nobody"
WHO = [NOBODY, *(role.value for role in Role)]

schema = schemathesis.openapi.from_asgi("/openapi.json", create_app())
OPERATIONS: dict[str, Any] = {
    f"{one.method.upper()} {one.path}": one
    for one in (found.ok() for found in schema.get_all_operations())  # type: ignore[union-attr]
}
MODES = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture(scope="module")
def known(
    stores: Stores, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, list[Any]]]:
    """A small market in a database of this module's own: values of it that input may name, by the input's name."""
    home = tmp_path_factory.mktemp("document")
    extra = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "TELEGRAM_BOT_NAME": "nunchi_test_bot"}
    values = platform.environment(stores, home, extra)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (values | {"DATABASE_URL": create_database(stores, "document", MIGRATED)}).items():
            patch.setenv(name, value)
        forget_clients()
        fill()
        with clock.driven_by(lambda: EVENING):
            yield known_values() | {"password": [PASSWORD]}
        forget_clients()


def headers_of(who: str) -> dict[str, str]:
    """A login of a role's user, made anew where a call before has ended it or deleted the account."""
    return {} if who == NOBODY else bearing(grant(user_of(who), EVENING))


def user_of(role: str) -> User:
    with database.session() as session:
        found = repository.user_by_email(session, f"{role}@example.com")
    return found or stored_user(role, Role(role))


def with_known(draw: Any, part: Any, known: dict[str, list[Any]]) -> None:
    """Puts known values in the place of made ones, now and then."""
    for name in [name for name in part if name in known] if isinstance(part, dict) else ():
        if draw(st.booleans()):
            part[name] = draw(st.sampled_from(known[name]))


def played(draws: int) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """How a property is tried: so many draws, the same in every run."""
    tried = settings(
        max_examples=draws,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: seed(0)(tried(test))


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", list(OPERATIONS))
def test_an_operation_answers_what_its_document_says(
    known: dict[str, list[Any]], name: str, who: str
) -> None:
    made = MODES.flatmap(lambda mode: OPERATIONS[name].as_strategy(generation_mode=mode))
    headers = headers_of(who)
    forget_tries()

    @played(EXAMPLES)
    @given(made, st.data())
    def call(case: Any, data: Any) -> None:
        for part in (case.path_parameters, case.query, case.body):
            with_known(data.draw, part, known)
        case.call_and_validate(base_url=BASE, headers=headers, checks=CHECKS)

    call()


def strings(part: Any) -> list[tuple[Any, Any]]:
    """Where the strings of some input stand: their containers and keys, at any depth."""
    if not isinstance(part, dict | list):
        return []
    found: list[tuple[Any, Any]] = []
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        found += [(part, key)] if isinstance(value, str) else strings(value)
    return found


def with_strings(name: str) -> dict[str, Any]:
    """All query parameters of an operation that take a string."""
    parameters = OPERATIONS[name].definition.raw.get("parameters", [])
    return {one["name"]: "" for one in parameters if one["in"] == "query" and "string" in str(one["schema"])}


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_an_attack_in_a_string_is_only_a_string(known: dict[str, list[Any]], name: str) -> None:
    made = OPERATIONS[name].as_strategy(generation_mode=GenerationMode.POSITIVE)
    headers = headers_of(Role.ADMIN.value)
    forget_tries()

    @played(EXAMPLES)
    @given(made, st.data())
    def call(case: Any, data: Any) -> None:
        case.query = {**with_strings(name), **(case.query or {})}
        for part in (case.path_parameters, case.query, case.body):
            with_known(data.draw, part, known)
            for container, key in strings(part):
                if container[key] == "" or data.draw(st.booleans()):
                    container[key] = data.draw(st.sampled_from(ATTACKS))
        answer = case.call_and_validate(base_url=BASE, headers=headers, checks=CHECKS)
        assert "argon2" not in str(answer.content)
        assert "admin" not in str(answer.headers.get("set-cookie", ""))

    call()


# ends of what Python's times and PostgreSQL's numbers and texts can hold, and beyond
EDGES: dict[str, list[Any]] = {
    "date-time": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31T23:59:59Z"],
    "date": ["0001-01-01", "9999-12-31"],
    "id": [str(uuid4())],
    "text": ["", "\x00", "\ud800", "990010", "9" * 40],
    "number": [-(2**63) - 1, 2**63, 10**30, -1, 0.5, 1e308, math.nan, -math.inf],
}
SHAPES = ["{date-time}{id}", "{date-time}", "{date-time}{text}", "{date}", "{date}{id}", "{date}{id}{text}"]
SHAPES += ["{date}{text}{number}", "{date}{number}", "{id}", "{text}", "{text}{text}", "{text}{text}{number}"]
SHAPES += ["{number}", "{number}{text}", "{number}{number}{text}", "{number}{text}{text}{text}"]


def cursors() -> Iterator[str]:
    """Every shape that a list's place in ours has, filled with edges: the n-th ones of all its parts, and alone."""
    for shape in SHAPES:
        parts = shape.strip("{}").split("}{")
        for place in range(max(len(EDGES[part]) for part in parts)):
            values = [EDGES[part][place % len(EDGES[part])] for part in parts]
            for whole in (values, *values[:1]) if len(values) == 1 else (values,):
                yield base64.urlsafe_b64encode(json.dumps(whole).encode()).decode().rstrip("=")


def edged(name: str) -> Iterator[dict[str, str]]:
    """Queries of an operation, each with one edge in one parameter."""
    for one in OPERATIONS[name].definition.raw.get("parameters", []):
        if one["in"] == "query" and one["name"] == "cursor":
            yield from ({"cursor": cursor} for cursor in cursors())
        elif one["in"] == "query":
            for kind in ("date-time", "date"):
                if f"'{kind}'" in str(one["schema"]):
                    yield from ({one["name"]: value} for value in EDGES[kind])


@pytest.fixture(scope="module")
def there(known: dict[str, list[Any]]) -> dict[str, Any]:
    """A value of every parameter that has to be given, of something that is there and is the admin's."""
    (run, told), admin = report(), user_of(Role.ADMIN.value)
    own = Watchlist(id=uuid4(), user_id=admin.id, name="own", created_at=NOON)
    store(run, told, own, Rating(report_id=told.id, rater_id=admin.id, stars=3, changed_at=NOON))
    ids = {"report_id": told.id, "rater_id": admin.id, "watchlist_id": own.id}
    named = {"name": "one", "crawler": declared.crawlers()[0]}
    return {name: values[0] for name, values in known.items()} | {k: str(v) for k, v in ids.items()} | named


@pytest.mark.parametrize("name", [name for name in OPERATIONS if any(edged(name))])
def test_a_place_or_a_time_that_no_store_can_hold_is_refused(there: dict[str, Any], name: str) -> None:
    operation = OPERATIONS[name]
    place = {one.name: there[one.name] for one in operation.path_parameters}
    needed = {
        one.name: there.get(one.name) or one.definition["schema"]["enum"][0]
        for one in operation.query
        if one.is_required
    }
    plain = operation.Case(path_parameters=place, query=needed)
    assert plain.call(base_url=BASE, headers=headers_of(Role.ADMIN.value)).status_code == 200
    for query in edged(name):
        case = operation.Case(path_parameters=place, query=needed | query)
        answer = case.call(base_url=BASE, headers=headers_of(Role.ADMIN.value))
        assert answer.status_code in {200, 404, 409, 422}, query
        case.validate_response(answer, checks=CHECKS)
