"""Importing the stocks that are followed."""

import csv
import os
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.dialects.postgresql import insert

from infra.local.errors import LocalError
from infra.local.platform import ROOT
from nunchi import database
from nunchi.market.repository import INDEX_OF_MARKET
from nunchi.models import Stock

ADDRESS = ROOT / ".local" / "run" / "address"  # written by a running `make run`


class Row(BaseModel):
    """A line of the file."""

    code: str = Field(pattern=r"^[0-9A-Z]{6}$")
    name: str = Field(min_length=1)
    market: str = Field(pattern=f"^({'|'.join(INDEX_OF_MARKET)})$")
    priority: int = Field(default=2, ge=1, le=3)


def import_csv(file: Path) -> int:
    """Stores every stock of a CSV file, or none. Returns how many; raises LocalError naming a bad line."""
    rows = [_row(number, line) for number, line in enumerate(_lines(file), start=2)]
    find_database()
    query = insert(Stock)
    query = query.on_conflict_do_update(
        index_elements=["code"],
        set_={name: query.excluded[name] for name in ("name", "market", "priority", "active")},
    )
    with database.session() as session:
        if rows:
            session.execute(query, [{**row.model_dump(), "active": True} for row in rows])
    return len(rows)


def find_database() -> None:
    """Points at the database of the environment, or else at that of a running `make run`. Raises LocalError."""
    if not os.environ.get("DATABASE_URL"):
        if not ADDRESS.exists():
            raise LocalError("set DATABASE_URL, or start `make run` first")
        os.environ["DATABASE_URL"] = ADDRESS.read_text()


def _lines(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def _row(number: int, line: dict[str, str]) -> Row:
    try:
        return Row.model_validate(line)
    except ValidationError as exc:
        wrong = ", ".join(str(error["loc"][0]) for error in exc.errors())
        raise LocalError(f"line {number}: {wrong} is wrong or missing") from exc
