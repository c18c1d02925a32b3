"""Serves a sample market: `python -m infra.sandbox --port 8100 --market market.json`.

The file holds the arguments of `generate`: {"seed": 1, "sessions": ["2026-10-19", "2026-10-20"], "live": 1}.
"""

import argparse
import json
from datetime import date
from pathlib import Path

from infra.sandbox.market import Market, generate
from infra.sandbox.server import serve


def _market(file: Path) -> Market:
    arguments = json.loads(file.read_text())
    sessions = [date.fromisoformat(day) for day in arguments.pop("sessions")]
    return generate(sessions=sessions, **arguments)


def main() -> None:
    """Serves until the process is asked to stop."""
    parser = argparse.ArgumentParser(prog="python -m infra.sandbox", description="Serves a sample market.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--market", type=Path, required=True, help="JSON file of the market's arguments")
    asked = parser.parse_args()
    serve(_market(asked.market), asked.port)


if __name__ == "__main__":
    main()
