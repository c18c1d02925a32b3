"""cfn-lint on the expanded template: on SAM's own form it misses mistakes in what SAM makes of it."""

import json
import sys
from pathlib import Path

from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]
from samtranslator.model.exceptions import InvalidDocumentException

from infra.checks.expand import REGION, TEMPLATE, expand

# cfn-lint rule → why it doesn't apply to us
SUPPRESSED: dict[str, str] = {}


def findings(path: Path = TEMPLATE) -> list[str]:
    """What is wrong with a SAM template, a line each; empty when nothing is."""
    try:
        text = json.dumps(expand(path), default=str)
    except InvalidDocumentException as exc:
        return [str(cause.message) for cause in exc.causes]
    matches = lint(text, config=ManualArgs(regions=[REGION], ignore_checks=list(SUPPRESSED)))
    return [f"{match.rule.id} {_place(match.path)}: {match.message}" for match in matches]


def _place(path: object) -> str:
    return ".".join(map(str, path)) if isinstance(path, list) else ""


def main() -> None:
    """Prints every finding; exits 1 when there is one."""
    found = findings()
    print("\n".join(found) or "template.yaml: expanded, no finding")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
