"""The API's contract: its document as committed, and its documentation without the internet."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from api import handler as gateway
from api.access import ROLE
from api.app import create_app
from infra.local import signing
from infra.local.invocation import LambdaContext
from nunchi.accounts.keys import BadKeys
from nunchi.settings import Missing, get_settings

COMMITTED = Path(__file__).with_name("openapi.json")
EVENT = Path(__file__).parents[1] / "events" / "ApiFunction.json"
CONTEXT = LambdaContext("ApiFunction", "arn:aws:lambda:x:1:function:ApiFunction", 1024, 29)
REGENERATE = "the API's document has changed: if that is meant, run `python -m tests.contract.test_openapi`"
METHODS = {"get", "put", "post", "delete", "patch"}
ADDRESS = re.compile(r"""(?:https?:)?//[^\s"'<>]+""")
LINKED = re.compile(r"""(?:src|href)=["']([^"']+)""")


@cache
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
    done = [status for status in operation["responses"] if status.startswith("2")]
    assert done
    for status in (one for one in done if one != "204"):
        schema = operation["responses"][status]["content"]["application/json"]["schema"]
        assert "$ref" in schema.get("items", schema), "no response model"


@pytest.mark.parametrize(("name", "operation"), operations(), ids=[name for name, _ in operations()])
def test_every_route_says_who_may_call_it_and_which_problems_it_answers(
    name: str, operation: dict[str, Any]
) -> None:
    guarded = operation[ROLE] != "public"
    assert ("security" in operation) == guarded
    assert {"401", "403"} <= set(operation["responses"]) or not guarded
    described = document()["components"]["responses"]
    for status, answer in operation["responses"].items():
        if status >= "400":
            assert answer == {"$ref": f"#/components/responses/Problem{status}"}
            schema = described[f"Problem{status}"]["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ProblemDetail"}


def test_every_input_has_an_example_or_a_default() -> None:
    schemas = document()["components"]["schemas"]
    bodies = {
        content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        for _, operation in operations()
        if "application/json" in (content := operation.get("requestBody", {}).get("content", {}))
    }
    assert bodies
    for name in bodies:
        for field, schema in schemas[name]["properties"].items():
            assert "examples" in schema or "default" in schema or "anyOf" in schema or "$ref" in schema, (
                name,
                field,
            )


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, operation in operations()]
    assert len(set(ids)) == len(ids)


# --- the documentation


def test_the_documentation_names_no_outside_address(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert ADDRESS.findall(answer.text) == []
    assert '"openapi.json"' in answer.text.replace("'", '"')


def test_the_documentation_runs_its_own_scripts_only(client: TestClient) -> None:
    answer = client.get("/docs")
    policy = answer.headers["content-security-policy"]
    (inline,) = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "frame-ancestors 'none'" in policy


def test_whatever_the_documentation_links_to_is_served(client: TestClient) -> None:
    linked = LINKED.findall(client.get("/docs").text)
    assert len(linked) == 3
    assert [client.get(urljoin("/docs", path)).status_code for path in linked] == [200] * 3


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
def staged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("API_ROOT_PATH", "/dev")
    monkeypatch.setenv("AUTH_KEYS", signing.keys(tmp_path))
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


@pytest.mark.parametrize("page", ["https://gateway.example/dev/docs", "https://cloudfront.example/docs"])
def test_the_documentations_links_lead_to_where_it_lies_itself(staged: None, page: str) -> None:
    answer = called("/docs")
    assert answer["statusCode"] == 200
    linked = {urljoin(page, path) for path in LINKED.findall(answer["body"])}
    names = ("favicon.png", "swagger-ui-bundle.js", "swagger-ui.css")
    assert linked == {f"{page}/assets/{name}" for name in names}
    assert '"openapi.json"' in answer["body"].replace("'", '"')
    assert ADDRESS.findall(answer["body"]) == []


@pytest.mark.parametrize("folder", ["https://gateway.example/dev/", "https://cloudfront.example/"])
def test_the_documents_server_is_the_folder_that_it_was_read_from(staged: None, folder: str) -> None:
    served = json.loads(called("/openapi.json")["body"])
    assert [urljoin(f"{folder}openapi.json", server["url"]) for server in served["servers"]] == [folder]
    assert served["paths"] == document()["paths"]


def test_a_problem_comes_through_the_gateway_as_text(staged: None) -> None:
    answer = called("/nowhere")
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (404, "not_found")


def test_an_asset_comes_through_the_gateway(staged: None) -> None:
    assert called("/docs/assets/swagger-ui.css")["statusCode"] == 200
    picture = called("/docs/assets/favicon.png")
    assert picture["isBase64Encoded"]
    assert picture["body"].startswith("iVBORw0KGgo")  # a PNG's first bytes


@pytest.mark.parametrize("keys", ["", "{}", '{"current": "a", "keys": {"a": "c2hvcnQ"}}'])
def test_the_function_does_not_start_with_bad_keys(
    staged: None, monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    monkeypatch.setenv("AUTH_KEYS", keys)
    get_settings.cache_clear()
    with pytest.raises((BadKeys, Missing)):
        called("/openapi.json")


@pytest.mark.parametrize("path", ["/unheard", "/dev/docs/assets/unheard.js"])
def test_an_unknown_path_is_not_found_behind_the_gateway(staged: None, path: str) -> None:
    assert called(path)["statusCode"] == 404


if __name__ == "__main__":
    COMMITTED.write_text(json.dumps(document(), ensure_ascii=False, indent=2) + "\n")
