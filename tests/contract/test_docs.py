"""The documentation: links lead somewhere, commands exist, what is generated is current."""

import re
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from infra.checks.expand import ROOT
from infra.docs import entities
from infra.local.cli import app

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
MAKE = re.compile(r"\bmake ((?:[a-z0-9]+(?:-[a-z0-9]+)*))")
NUNCHI = re.compile(r"(?<![\w/.])(?:\.venv/bin/)?nunchi ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+(?:-[a-z]+)*))?")
MODULE = re.compile(r"python -m ([a-z_]+(?:\.[a-z_]+)+)")


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code(page: Path) -> str:
    """What a page shows as code: commands, among others."""
    text = read(page)
    return "\n".join([*FENCE.findall(text), *CODE.findall(FENCE.sub("", text))])


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", read(page)), re.MULTILINE)
    plain = [re.sub(r"[`*]|\[([^\]]+)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@cache
def targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):.*##", read(ROOT / "Makefile"), re.MULTILINE))


@cache
def commands() -> dict[str, set[str]]:
    """Operators' commands with their subcommands."""
    root = get_command(app)
    return {name: set(getattr(each, "commands", {})) for name, each in root.commands.items()}  # type: ignore[attr-defined]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", read(page))):
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_target_of_make_exists(page: Path) -> None:
    assert set(MAKE.findall(code(page))) <= targets()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_of_nunchi_exists(page: Path) -> None:
    for command, sub in NUNCHI.findall(code(page)):
        assert command in commands(), command
        assert not (sub and commands()[command]) or sub in commands()[command], f"{command} {sub}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_module_that_is_run_exists(page: Path) -> None:
    for module in MODULE.findall(code(page)):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_the_entities_are_those_of_the_models() -> None:
    page = read(entities.PAGE)
    assert entities.written(page) == page


def test_every_table_is_in_a_diagram() -> None:
    from nunchi.models import Base

    for name in Base.metadata.tables:
        assert f"    {name} {{" in entities.diagrams()


def test_every_page_is_reached_from_the_readme() -> None:
    linked = set(LINK.findall(read(ROOT / "README.md")))
    pages = {named(page) for page in ROOT.glob("docs/*.md")}
    assert pages <= linked | {"docs/operations.ko.md"}
