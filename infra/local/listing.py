"""Importing the stocks that are followed."""

import os
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.platform import ROOT
from nunchi import database
from nunchi.stocks import repository
from nunchi.stocks.listing import BadListing, parsed

ADDRESS = ROOT / ".local" / "run" / "address"  # written by a running `make run`


def import_csv(file: Path) -> int:
    """Stores every stock of a CSV file, or none. Returns how many; raises LocalError naming the bad lines."""
    try:
        rows = parsed(file.read_bytes())
        find_database()
        with database.session() as session:
            return repository.save(session, rows)
    except (BadListing, repository.Taken) as exc:
        raise LocalError(str(exc)) from exc


def find_database() -> None:
    """Points at the database of the environment, or else at that of a running `make run`. Raises LocalError."""
    if not os.environ.get("DATABASE_URL"):
        if not ADDRESS.exists():
            raise LocalError("set DATABASE_URL, or start `make run` first")
        os.environ["DATABASE_URL"] = ADDRESS.read_text()
