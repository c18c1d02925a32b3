"""A deployment's own steps: the answer to CloudFormation, the keys in Secrets Manager."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from sqlalchemy import text

from infra.deploy import keys as deployed_keys
from infra.deploy import parameters
from nunchi import database
from nunchi.accounts import keys
from operate import migrate, revisions

ASKED = {"StackId": "stack", "RequestId": "1", "LogicalResourceId": "Migrated"}
NEWEST, BEFORE = revisions.known()[:2]


@contextmanager
def cloudformation() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address for answers, and the answers that came."""
    told: list[dict[str, Any]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Keeps the tests' output free of it."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/answer", told
        server.shutdown()


def request(kind: str, url: str, revision: str) -> dict[str, Any]:
    return {**ASKED, "RequestType": kind, "ResponseURL": url, "ResourceProperties": {"Revision": revision}}


def revision_of_database() -> str:
    with database.session() as session:
        return str(session.scalar(text("SELECT version_num FROM alembic_version")))


@pytest.mark.usefixtures("environment")
def test_a_deployment_gets_the_revision_that_the_database_was_brought_to() -> None:
    with cloudformation() as (url, told):
        migrate.handler(request("Update", url, NEWEST), None)
    (answer,) = told
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {"Revision": NEWEST}
    assert answer["PhysicalResourceId"] == "Migrated"
    assert {key: answer[key] for key in ASKED} == ASKED


@pytest.mark.usefixtures("environment")
def test_a_deployment_whose_revision_this_function_does_not_have_is_told_so_and_stops() -> None:
    with cloudformation() as (url, told), pytest.raises(migrate.OtherRevision, match="9999 is wanted"):
        migrate.handler(request("Create", url, "9999"), None)
    assert [(answer["Status"], answer["Reason"]) for answer in told] == [
        ("FAILED", "OtherRevision, see the function's log")
    ]


def test_a_database_that_does_not_answer_fails_the_deployment_and_tells_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> str:
        raise ConnectionError("postgresql://user:password@db")

    monkeypatch.setattr(revisions, "upgrade", away)
    with cloudformation() as (url, told), pytest.raises(ConnectionError):
        migrate.handler(request("Update", url, NEWEST), None)
    assert told[0]["Status"] == "FAILED"
    assert "password" not in json.dumps(told)


@pytest.mark.usefixtures("environment")
def test_a_deployment_that_goes_back_leaves_the_tables_as_they_are() -> None:
    with cloudformation() as (url, told):
        migrate.handler(request("Update", url, BEFORE), None)
    assert [(answer["Status"], answer["Data"]) for answer in told] == [("SUCCESS", {"Revision": BEFORE})]
    assert revision_of_database() == NEWEST


@pytest.mark.usefixtures("environment")
def test_a_function_of_the_release_before_leaves_a_later_database_as_it_is() -> None:
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with cloudformation() as (url, told):
        migrate.handler(request("Update", url, NEWEST), None)
    assert [(answer["Status"], answer["Data"]) for answer in told] == [("SUCCESS", {"Revision": NEWEST})]
    assert revision_of_database() == "9999"


def test_a_stack_that_is_deleted_leaves_the_database_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "upgrade", pytest.fail)
    with cloudformation() as (url, told):
        assert migrate.handler(request("Delete", url, "0001"), None) == {}
    assert [answer["Status"] for answer in told] == ["SUCCESS"]


@pytest.mark.usefixtures("environment")
def test_by_hand_it_tells_the_revision() -> None:
    assert migrate.handler({}, None) == {"revision": NEWEST}


@pytest.mark.usefixtures("started")
def test_keys_are_made_once_and_rotated_in_place() -> None:
    arn = deployed_keys.ensured("dev")
    assert deployed_keys.ensured("dev") == arn
    assert deployed_keys.rotate("dev") == "2"
    kept = boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    assert keys.parse(kept).current == "2"
    assert set(keys.parse(kept).keys) == {"1", "2", "3"}


@pytest.mark.usefixtures("started")
def test_the_versions_of_the_origins_secret_change_with_it() -> None:
    client = boto3.client("secretsmanager")
    made = client.create_secret(Name="origin", SecretString="a")
    assert parameters.origin_versions(made["ARN"]) == (made["VersionId"], made["VersionId"])
    changed = client.put_secret_value(SecretId=made["ARN"], SecretString="b")
    assert parameters.origin_versions(made["ARN"]) == (changed["VersionId"], made["VersionId"])
