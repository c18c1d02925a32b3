"""CloudFormation's YAML: its short tags, and what a reference in it names."""

import re
from typing import Any

import yaml

from infra.local.errors import LocalError

_WHOLE_SUB = re.compile(r"\$\{(\w+)(?:\.Arn)?\}")


class _Loader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": "X"}, `!GetAtt X.Arn` as {"Fn::GetAtt": ["X", "Arn"]}, and so on."""


def _intrinsic(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value = _value(loader, node)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


def _value(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!", _intrinsic)


def load(text: str) -> dict[str, Any]:
    """Read a template's text into plain dicts, lists and scalars. Raises LocalError."""
    try:
        tree = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with CloudFormation's tags
    except yaml.YAMLError as exc:
        raise LocalError(f"the template isn't valid YAML: {exc}") from exc
    if not isinstance(tree, dict) or not isinstance(tree.get("Resources"), dict):
        raise LocalError("the template has no Resources")
    return tree


def logical_name(value: Any) -> str | None:
    """What `!Ref X`, `!GetAtt X.Arn`, `!Sub ${X}` or `!Sub ${X.Arn}` names: X. None for any other value."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case {"Fn::Sub": str(text)} if whole := _WHOLE_SUB.fullmatch(text):
            return whole[1]
    return None


def merged(base: Any, over: Any) -> Any:
    """Merge as SAM merges Globals: maps by key, lists one after the other, anything else replaced."""
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {key: merged(base[key], value) if key in base else value for key, value in over.items()}
    if isinstance(base, list) and isinstance(over, list):
        return base + over
    return over
