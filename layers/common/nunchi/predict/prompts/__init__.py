"""Prompts are files, `<name>.v<N>.md`; the version is stored with each forecast."""

from functools import cache
from importlib.resources import files
from string import Template


@cache
def _template(version: str) -> Template:
    return Template((files(__name__) / f"{version}.md").read_text(encoding="utf-8"))


def render(version: str, **variables: str) -> str:
    """A prompt with its variables filled in. Raises `KeyError` for one that is missing, before any call is made."""
    return _template(version).substitute(variables)
