"""Writes the schedules that template.yaml declares into the layer, for those who may not read the template.

`python -m infra.checks.schedules`; with `--check` its exit code says whether the file is true.
"""

import json
import sys
from pathlib import Path

from infra.checks.expand import TEMPLATE
from infra.local.template import Schedule, Template, read_template

DATA = Path(__file__).parents[2] / "layers/common/nunchi/runs/data/schedules.json"
CRAWLERS = "crawlers."


def render() -> str:
    """The data file's text: the schedules in the template's order."""
    template = read_template(TEMPLATE)
    declared = [_declared(template, schedule) for schedule in template.schedules]
    return json.dumps(declared, indent=1) + "\n"


def _declared(template: Template, schedule: Schedule) -> dict[str, str]:
    handler = template.functions[schedule.function].handler
    module = handler.rpartition(".")[0]
    return {
        "function": schedule.function,
        "crawler": module.removeprefix(CRAWLERS) if module.startswith(CRAWLERS) else "",
        "expression": schedule.expression,
        "timezone": schedule.timezone,
    }


def main() -> int:
    text = render()
    if "--check" in sys.argv:
        return int(DATA.read_text() != text)
    DATA.parent.mkdir(exist_ok=True)
    DATA.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
