"""Which errors of the database say that it is away, and which that a statement is wrong."""

import pg8000.dbapi
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, ProgrammingError

from api import problems


def refused(state: str) -> DBAPIError:
    said = pg8000.dbapi.DatabaseError({"S": "FATAL", "C": state, "M": "as the server says it"})
    return DatabaseError("SELECT 1", {}, said)


def answered(exc: Exception) -> tuple[int, str]:
    app = FastAPI()
    problems.add_handlers(app)

    @app.get("/")
    def fail() -> None:
        raise exc

    answer = TestClient(app).get("/")
    return answer.status_code, answer.headers.get("retry-after", "")


@pytest.mark.parametrize(
    "exc",
    [
        *(refused(state) for state in ("08006", "53100", "53300", "57P01", "57P03", "25006", "55000")),
        InterfaceError("SELECT 1", {}, pg8000.dbapi.InterfaceError("network error")),
        ConnectionResetError(104, "Connection reset by peer"),
    ],
    ids=str,
)
def test_a_database_that_takes_no_statement_now_is_away_for_a_while(exc: Exception) -> None:
    assert answered(exc) == (503, str(problems.RETRY_AFTER_S))


@pytest.mark.parametrize("state", ["22001", "42703", "23505", "57014", ""])
def test_a_statement_that_is_wrong_is_no_outage(state: str) -> None:
    with pytest.raises(DatabaseError):
        answered(refused(state))


def test_an_error_that_no_server_sent_is_no_outage() -> None:
    with pytest.raises(ProgrammingError):
        answered(ProgrammingError("SELECT 1", {}, ValueError("too large")))
