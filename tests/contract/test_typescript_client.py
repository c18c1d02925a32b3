"""The TypeScript client says what the API says."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.checks.typescript_client import CLIENT, DOCUMENT, SCHEMA, complaints, failures, generate

REGENERATE = "the client's types are not those of the API's document: run `make client`"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The client's sources, to be changed; what they are compiled with is the same."""
    for name in ("src", "examples"):
        shutil.copytree(CLIENT / name, tmp_path / name)
    shutil.copy(CLIENT / "tsconfig.json", tmp_path)
    shutil.copy(CLIENT / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to((CLIENT / "node_modules").resolve())
    return tmp_path


def test_the_types_are_those_of_the_document(tmp_path: Path) -> None:
    generate(DOCUMENT, tmp_path / "schema.d.ts")
    assert (tmp_path / "schema.d.ts").read_text() == SCHEMA.read_text(), REGENERATE


def test_the_client_and_its_examples_compile() -> None:
    assert complaints() == ""


def test_a_browsers_client_renews_its_login() -> None:
    assert failures() == ""


def test_a_field_that_goes_away_does_not_compile(copied: Path, tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    article = document["components"]["schemas"]["ArticleLine"]
    del article["properties"]["title"]
    article["required"].remove("title")
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(document))
    generate(changed, copied / "src" / "schema.d.ts")
    assert "Property 'title' does not exist" in complaints(copied)
