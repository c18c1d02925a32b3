"""Where the packages that carry server binaries are installed, found without importing them."""

import importlib.util
import sys
from pathlib import Path

from infra.local.errors import LocalError


def package_folder(name: str) -> Path:
    """The real folder of an installed package. Raises LocalError."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise LocalError(f"the package {name} isn't installed; run `make setup`")
    return Path(spec.origin).resolve().parent


def script(name: str) -> Path:
    """A console script of this Python's environment. Raises LocalError."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise LocalError(f"the command {name} isn't installed; run `make setup`")
    return path
