"""The template as it is deployed: SAM's expansion, its resources by logical name, and what its roles allow."""

from functools import cache
from typing import Any

import pytest

from infra.checks.expand import ROOT, TEMPLATE, expand
from infra.local.cloudformation import load, logical_name
from infra.local.template import Function, read_template

DECLARED = read_template(TEMPLATE)
FUNCTIONS = list(DECLARED.functions.values())


@cache
def deployed() -> dict[str, dict[str, Any]]:
    """The expanded template's resources by logical name."""
    resources: dict[str, dict[str, Any]] = expand()["Resources"]
    return resources


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in deployed().items() if each["Type"] == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def taken(value: Any) -> Any:
    """What a condition gives when it holds."""
    return value["Fn::If"][1] if isinstance(value, dict) and "Fn::If" in value else value


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [taken(statement) for statement in listed(document["Statement"])]


def role_of(function: Function) -> dict[str, Any]:
    role = logical_name(of_type("AWS::Lambda::Function")[function.name]["Role"])
    assert role is not None
    return of_type("AWS::IAM::Role")[role]


def allowed(function: Function, action: str) -> set[str]:
    """What a function's own role lets it do an action on, by logical name; shared policies aside."""
    policies = [taken(policy) for policy in role_of(function).get("Policies", [])]
    documents = [policy["PolicyDocument"] for policy in policies]
    return {
        str(logical_name(resource) or resource)
        for document in documents
        for statement in statements(document)
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def named(items: list[Function]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("item", items, ids=lambda item: getattr(item, "name", item))


def stack(name: str) -> dict[str, Any]:
    """The template of another stack, for example `stores`."""
    return load((ROOT / "infra" / f"{name}.yaml").read_text())


def resources(name: str, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of another stack's resources of a type, by logical name."""
    found = stack(name)["Resources"].items()
    return {key: each.get("Properties", {}) for key, each in found if each["Type"] == kind}
