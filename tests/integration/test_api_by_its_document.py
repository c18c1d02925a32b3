"""Every operation of the API's document, called as each role with input made from the document and against it.

Whatever is sent, the answer is one that the document announces, in its shape, and never a 500.
"""

from collections.abc import Callable, Iterator
from typing import Any

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
from nunchi.models import User
from tests.conftest import MIGRATED, create_database, forget_clients
from tests.integration.accounts_played import BASE, PASSWORD, bearing, forget_tries, grant, stored_user
from tests.integration.api_rows import EVENING, fill, known_values

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
