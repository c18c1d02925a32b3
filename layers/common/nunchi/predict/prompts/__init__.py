"""Prompts are files, `<name>.v<N>.<role>.md`; the version, `<name>.v<N>`, is stored with each forecast."""

from functools import cache
from importlib.resources import files
from string import Template


@cache
def _template(version: str, role: str) -> Template:
    return Template((files(__name__) / f"{version}.{role}.md").read_text(encoding="utf-8"))


def versions(purpose: str) -> list[str]:
    """The versions of the prompts for a purpose, for example `forecast`."""
    names = (file.name for file in files(__name__).iterdir() if file.name.startswith(f"{purpose}."))
    return sorted({name.removesuffix(".system.md") for name in names if name.endswith(".system.md")})


def render(version: str, role: str, **variables: str) -> str:
    """A message of a prompt with its variables filled in; `role` is `system` or `user`.

    Raises `KeyError` for a variable that is missing and `FileNotFoundError` for a version that is not there, before any
    call is made.
    """
    return _template(version, role).substitute(variables)
