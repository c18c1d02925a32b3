"""The unzipped size of each built function with its layer, bytecode included. Lambda's limit is 250 MB."""

import sys
from pathlib import Path

from infra.checks.built import BUILD, LAYER, functions

MB = 10**6
LIMIT_BYTES = 200 * MB


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def without_bytecode(folder: Path) -> list[Path]:
    """The modules below a folder that would be compiled again at every cold start."""
    return [path for path in folder.rglob("*.py") if not _bytecode(path).exists()]


def _bytecode(path: Path) -> Path:
    return path.parent / "__pycache__" / f"{path.stem}.cpython-311.pyc"


def main() -> None:
    """Prints a table; exits 1 when a function is too large or has modules without bytecode."""
    layer, wrong = size(BUILD / LAYER), without_bytecode(BUILD)
    print(f"{'unzipped, with .pyc':26}{'own MB':>9}{'with layer MB':>15}")
    for function in functions():
        own = size(BUILD / function.name)
        print(f"{function.name:26}{own / MB:9.1f}{(own + layer) / MB:15.1f}")
        if own + layer > LIMIT_BYTES:
            wrong.append(BUILD / function.name)
    for path in wrong:
        print(
            f"{path.relative_to(BUILD)}: {'over 200 MB' if path.is_dir() else 'no bytecode'}", file=sys.stderr
        )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
