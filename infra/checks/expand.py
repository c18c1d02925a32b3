"""SAM to plain CloudFormation, offline and without credentials: what a deployment would really create."""

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
TEMPLATES = ("template.yaml", "infra/stores.yaml", "infra/edge.yaml")
REGION = "ap-northeast-2"
SOURCES = ("CodeUri", "ContentUri", "DefinitionUri")


class _NoManagedPolicies:
    """Where the transform looks managed policies' names up. Ours are given by ARN, or by SAM itself."""

    def load(self) -> dict[str, str]:
        return {}


def expand(path: Path = TEMPLATE, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A SAM template as CloudFormation, with its parameters' defaults where none is given.

    Raises `InvalidDocumentException`, which names the resource.
    """
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)  # the transform asks which partition it is in
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of switches that only AWS has
    template: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    _pretend_uploaded(template)
    expanded: dict[str, Any] = transform(template, dict(parameters or {}), _NoManagedPolicies())
    return expanded


def _pretend_uploaded(template: dict[str, Any]) -> None:
    # the transform wants S3 addresses where a checkout has folders
    bodies = {name: resource.get("Properties", {}) for name, resource in template["Resources"].items()}
    bodies["Globals"] = template.get("Globals", {}).get("Function", {})
    for name, body in bodies.items():
        for key in SOURCES:
            if isinstance(body.get(key), str):
                body[key] = f"s3://bucket/{name}.zip"


if __name__ == "__main__":
    json.dump(expand(), sys.stdout, indent=2, default=str)
