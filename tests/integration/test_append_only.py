"""The database itself keeps the ledger from change, through the connection that production uses."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DatabaseError

from nunchi import database
from nunchi.ledger import service
from tests.conftest import forget_clients
from tests.factories import NOON
from tests.integration.test_ledger import Archive, seal_at, sealed, store

REFUSED = "append-only"
KEPT = ("seals", "forecasts", "cases", "answers", "calibrators")
CHANGES = [
    "UPDATE forecasts SET p_up = 0.9",
    "UPDATE forecasts SET shown_up = 0.9",
    "UPDATE forecasts SET calibrator = 'better'",
    "UPDATE forecasts SET created_at = created_at - interval '1 day'",
    "UPDATE forecasts SET sealed_at = sealed_at - interval '1 day'",
    "UPDATE forecasts SET content_hash = 'other'",
    "UPDATE forecasts SET seal_id = NULL, sealed_at = NULL, content_hash = NULL",
    "UPDATE seals SET sealed_at = sealed_at - interval '1 day'",
    "UPDATE seals SET root = 'other'",
    "UPDATE cases SET as_of = as_of - interval '1 day'",
    "UPDATE cases SET sigma20_ratio = 9",
    "UPDATE cases SET asked = '[]'",
    "UPDATE cases SET routine = 'a listing'",
    "UPDATE cases SET evidence = '{}'",
    "UPDATE answers SET rationale = 'I knew it'",
    "UPDATE answers SET outcome = 'refused'",
    "UPDATE answers SET sentiment = 1",
    "UPDATE answers SET grounded = true",
    "UPDATE forecasts SET expected_move_ratio = 0.2",
    "TRUNCATE calibrators",
    *(f"DELETE FROM {table}" for table in ("forecasts", "answers", "cases", "seals")),  # noqa: S608
    *(f"TRUNCATE {table} CASCADE" for table in ("forecasts", "answers", "cases", "seals", "stories", "arms")),
]


def change(statement: str) -> None:
    with database.session() as session:
        session.execute(text(statement))


@pytest.fixture
def kept(environment: dict[str, str]) -> None:
    store(2)
    assert seal_at(NOON + timedelta(minutes=1), Archive().put) == 2


@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.usefixtures("kept")
def test_what_is_sealed_can_not_be_changed(statement: str) -> None:
    before = [(row.id, row.p_up, row.sealed_at) for row in sealed()]
    with pytest.raises(DatabaseError, match=REFUSED):
        change(statement)
    assert [(row.id, row.p_up, row.sealed_at) for row in sealed()] == before


@pytest.fixture
def app_user(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets this process connect as a user that has the rights of `nunchi_app` and no more."""
    change("CREATE USER app_user LOGIN IN ROLE nunchi_app")
    owner = environment["DATABASE_URL"]
    monkeypatch.setenv("DATABASE_URL", make_url(owner).set(username="app_user").render_as_string())
    forget_clients()
    yield
    monkeypatch.setenv("DATABASE_URL", owner)
    forget_clients()
    change("DROP USER app_user")


@pytest.mark.usefixtures("app_user")
def test_a_user_with_the_apps_role_can_forecast_and_seal() -> None:
    store(3)
    assert seal_at(NOON + timedelta(minutes=1), Archive().put) == 3
    change("UPDATE outbox SET attempts = attempts")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seals SET root = root",
        "UPDATE forecasts SET p_up = p_up",
        "UPDATE cases SET correlation_id = ''",
        "UPDATE calibrators SET method = method",
        *(f"DELETE FROM {table}" for table in KEPT),  # noqa: S608
        *(f"TRUNCATE {table} CASCADE" for table in (*KEPT, "stories", "arms")),
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in KEPT),
        "DROP TRIGGER ledger_no_delete ON forecasts",
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
@pytest.mark.usefixtures("app_user")
def test_the_apps_role_has_no_right_to_change_the_ledger_or_its_guards(statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        change(statement)


@pytest.mark.usefixtures("app_user")
def test_a_table_that_a_later_revision_makes_is_the_apps_too(environment: dict[str, str]) -> None:
    engine = create_engine(environment["DATABASE_URL"], connect_args={"ssl_context": False})
    with engine.begin() as owner:
        owner.execute(text("CREATE TABLE later (id int GENERATED ALWAYS AS IDENTITY, said text)"))
    engine.dispose()
    change("INSERT INTO later (said) VALUES ('yes')")
    change("UPDATE later SET said = 'no'")


@pytest.mark.usefixtures("kept")
def test_a_replicas_session_gets_no_further() -> None:
    with pytest.raises(DatabaseError, match=REFUSED), database.session() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE forecasts SET p_up = 0.9"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE forecasts SET p_up = 0.9",
        "UPDATE forecasts SET sealed_at = now()",
        "DELETE FROM forecasts",
        "UPDATE forecasts SET seal_id = 1, sealed_at = now(), content_hash = 'x', p_up = 0.9",
    ],
)
def test_a_forecast_can_not_be_withdrawn_before_its_seal_either(
    environment: dict[str, str], statement: str
) -> None:
    store(1)
    with pytest.raises(DatabaseError, match=REFUSED):
        change(statement)
    assert seal_at(NOON + timedelta(minutes=1), Archive().put) == 1


@pytest.mark.usefixtures("kept")
def test_what_no_seal_covers_may_still_be_written() -> None:
    change("UPDATE answers SET input_tokens = 7")
    change("UPDATE cases SET correlation_id = 'another'")


def test_a_recorded_failure_gives_way_to_a_later_answer(environment: dict[str, str]) -> None:
    store(0)
    change("UPDATE answers SET outcome = outcome")  # no change is none
    change("INSERT INTO answers SELECT gen_random_uuid(), case_id, 'neighbours', 'upstream', '', '', '', '', '[]',"
           " 0, 0, created_at FROM answers")  # fmt: skip
    change("UPDATE answers SET outcome = 'ok', rationale = 'at last' WHERE arm = 'neighbours'")
    with pytest.raises(DatabaseError, match=REFUSED):
        change("UPDATE answers SET rationale = 'better so' WHERE arm = 'neighbours'")


def test_a_forecast_without_shown_probabilities_is_shown_as_it_was_given(
    environment: dict[str, str],
) -> None:
    """Functions of the release before write so while a deployment runs."""
    store(1)
    change(
        "INSERT INTO forecasts (id, answer_id, case_id, arm, horizon_sessions, p_down, p_flat, p_up, created_at)"
        " SELECT gen_random_uuid(), answer_id, case_id, arm, 5, 0.2, 0.3, 0.5, created_at FROM forecasts"
    )
    service.seal(Archive().put, lambda: NOON + timedelta(minutes=1))
    (found,) = [row for row in sealed() if row.horizon_sessions == 5]
    assert (found.shown_down, found.shown_flat, found.shown_up) == (0.2, 0.3, 0.5)
    assert found.calibrator == "identity"
