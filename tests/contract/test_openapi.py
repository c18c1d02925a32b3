"""The API's contract: its document as committed, and its documentation without the internet."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from api import handler as gateway
from api.app import create_app
from infra.local.invocation import LambdaContext
from nunchi.settings import get_settings

COMMITTED = Path(__file__).with_name("openapi.json")
EVENT = Path(__file__).parents[1] / "events" / "ApiFunction.json"
CONTEXT = LambdaContext("ApiFunction", "arn:aws:lambda:x:1:function:ApiFunction", 1024, 29)
REGENERATE = "the API's document has changed: if that is meant, run `python -m tests.contract.test_openapi`"
METHODS = {"get", "put", "post", "delete", "patch"}
ADDRESS = re.compile(r"""(?:https?:)?//[^\s"'<>]+""")
LINKED = re.compile(r"""(?:src|href)=["']([^"']+)""")


def document() -> dict[str, Any]:
    """The application's own document."""
    return create_app().openapi()


def operations() -> list[tuple[str, dict[str, Any]]]:
    """Every operation, under its method and path."""
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app()) as opened:
        yield opened


# --- the document


def test_the_document_is_the_committed_one() -> None:
    assert document() == json.loads(COMMITTED.read_text()), REGENERATE


@pytest.mark.parametrize(("name", "operation"), operations(), ids=[name for name, _ in operations()])
def test_every_route_says_what_it_is_and_what_it_answers(name: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1
    answers = operation["responses"]
    schema = (answers.get("200") or answers["202"])["content"]["application/json"]["schema"]
    assert "$ref" in schema.get("items", schema), "no response model"


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, operation in operations()]
    assert len(set(ids)) == len(ids)


# --- the documentation


def test_the_documentation_names_no_outside_address(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert ADDRESS.findall(answer.text) == []
    assert '"/openapi.json"' in answer.text.replace("'", '"')


def test_whatever_the_documentation_links_to_is_served(client: TestClient) -> None:
    linked = LINKED.findall(client.get("/docs").text)
    assert len(linked) == 3
    assert [client.get(path).status_code for path in linked] == [200] * 3


@pytest.mark.parametrize(
    ("name", "media_type", "begins"),
    [
        ("swagger-ui-bundle.js", "text/javascript", b""),
        ("swagger-ui.css", "text/css", b""),
        ("favicon.png", "image/png", b"\x89PNG"),
    ],
)
def test_an_asset_is_served_as_what_it_is(
    client: TestClient, name: str, media_type: str, begins: bytes
) -> None:
    answer = client.get(f"/docs/assets/{name}")
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert len(answer.content) > 100
    assert answer.content.startswith(begins)


@pytest.mark.parametrize(
    "name", ["unheard.js", "..%2f__init__.py", "%2e%2e/__init__.py", "swagger-ui.css%00"]
)
def test_an_unknown_asset_is_not_found(client: TestClient, name: str) -> None:
    assert client.get(f"/docs/assets/{name}").status_code == 404


# --- behind the gateway, below its stage


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("API_ROOT_PATH", "/dev")
    monkeypatch.setattr(gateway, "_mangum", None)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def called(path: str) -> dict[str, Any]:
    """What the function answers to the gateway's event for a path below its stage."""
    event = json.loads(EVENT.read_text())
    event["path"] = path
    event["pathParameters"] = {"proxy": path.lstrip("/")}
    event["requestContext"]["path"] = f"/dev{path}"
    return gateway.handler(event, CONTEXT)


def test_the_documentations_links_lead_below_the_stage(staged: None) -> None:
    answer = called("/docs")
    assert answer["statusCode"] == 200
    linked = LINKED.findall(answer["body"])
    assert linked
    assert all(path.startswith("/dev/docs/assets/") for path in linked)
    assert "/dev/openapi.json" in answer["body"]
    assert ADDRESS.findall(answer["body"]) == []


def test_the_document_names_the_stage_as_its_server(staged: None) -> None:
    answer = called("/openapi.json")
    served = json.loads(answer["body"])
    assert [urlsplit(server["url"]).path for server in served["servers"]] == ["/dev"]
    assert served["paths"] == document()["paths"]


def test_an_asset_comes_through_the_gateway(staged: None) -> None:
    assert called("/docs/assets/swagger-ui.css")["statusCode"] == 200
    picture = called("/docs/assets/favicon.png")
    assert picture["isBase64Encoded"]
    assert picture["body"].startswith("iVBORw0KGgo")  # a PNG's first bytes


@pytest.mark.parametrize("path", ["/unheard", "/dev/docs/assets/unheard.js"])
def test_an_unknown_path_is_not_found_behind_the_gateway(staged: None, path: str) -> None:
    assert called(path)["statusCode"] == 404


if __name__ == "__main__":
    COMMITTED.write_text(json.dumps(document(), ensure_ascii=False, indent=2) + "\n")
