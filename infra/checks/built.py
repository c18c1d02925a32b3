"""What `sam build` leaves: a folder for each function and one for the layer."""

from pathlib import Path

from infra.local.errors import LocalError
from infra.local.template import Function, read_template

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".aws-sam" / "build"
LAYER = "CommonLayer"


def functions(build: Path = BUILD) -> list[Function]:
    """The template's functions, all of which are built. Raises LocalError naming one that isn't."""
    found = list(read_template(ROOT / "template.yaml").functions.values())
    for folder in (LAYER, *(function.name for function in found)):
        if not (build / folder).is_dir():
            raise LocalError(f"{folder} isn't built; run `make build`")
    return found
