"""cfn-lint on the expanded template: on SAM's own form it misses mistakes in what SAM makes of it."""

import json
import sys
from pathlib import Path

from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]
from samtranslator.model.exceptions import InvalidDocumentException

from infra.checks.expand import REGION, ROOT, TEMPLATE, TEMPLATES, expand

# (cfn-lint rule, place) → why it doesn't apply to us
SUPPRESSED: dict[tuple[str, str], str] = {
    ("W2001", "Parameters.Canary"): "SAM itself reads it, and leaves no reference.",
}


def findings(path: Path = TEMPLATE) -> list[str]:
    """What is wrong with a SAM template, a line each; empty when nothing is."""
    try:
        text = json.dumps(expand(path), default=str)
    except InvalidDocumentException as exc:
        return [str(cause.message) for cause in exc.causes]
    matches = lint(text, config=ManualArgs(regions=[REGION]))
    return [
        f"{match.rule.id} {_place(match.path)}: {match.message}"
        for match in matches
        if (match.rule.id, _place(match.path)) not in SUPPRESSED
    ]


def _place(path: object) -> str:
    return ".".join(map(str, path)) if isinstance(path, list) else ""


def main() -> None:
    """Prints every finding; exits 1 when there is one."""
    found = [f"{name} {line}" for name in TEMPLATES for line in findings(ROOT / name)]
    print("\n".join(found) or f"{', '.join(TEMPLATES)}: expanded, no finding")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
