"""What each function imports at its start, which is what a cold start waits for."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from infra.local.platform import ROOT
from infra.local.template import Function, read_template

FUNCTIONS = list(read_template(ROOT / "template.yaml").functions.values())
# names of modules that are no package of the layer's: C extensions' own, and what an installed package looks for
ELSEWHERE = {"cython_runtime", "lxml", "opentelemetry", "orjson"}
BASE = {
    *("annotated_types", "pydantic", "pydantic_core", "pydantic_settings", "dotenv", "typing_inspection"),
    *("asn1crypto", "dateutil", "pg8000", "scramp", "six", "sqlalchemy", "typing_extensions", "nunchi"),
}
PAGES = {"bs4", "charset_normalizer", "defusedxml", "selectolax", "soupsieve"}
WEB = {"annotated_doc", "anyio", "fastapi", "mangum", "sniffio", "starlette"}
# what a function may import beside BASE and its own package, by the beginning of its handler's name
MORE: Mapping[str, set[str]] = {
    "api.": WEB,
    **dict.fromkeys(
        (
            *("crawlers.naver.", "crawlers.naver_search.", "crawlers.hankyung.", "crawlers.maekyung."),
            *("crawlers.reddit.", "crawlers.dart.", "crawlers.dart_names."),
        ),
        PAGES,
    ),
}
PRINT_PACKAGES = "import {module}, sys; print(*{{name.partition('.')[0] for name in sys.modules}})"


def imported(function: Function) -> set[str]:
    """The packages that a fresh Python has imported once it has the function's handler."""
    module = function.handler.rpartition(".")[0]
    command = [sys.executable, "-c", PRINT_PACKAGES.format(module=module)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found = {name for name in done.stdout.split() if not name.startswith("_")}
    return found - sys.stdlib_module_names - ELSEWHERE


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.name)
def test_a_function_imports_only_what_its_start_needs(function: Function) -> None:
    own = function.handler.partition(".")[0]
    more = next((names for start, names in MORE.items() if function.handler.startswith(start)), set[str]())
    assert imported(function) - BASE - {own} == more
