"""What else `nunchi ledger verify` meets: seals of the first format, and the command itself."""

import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from rich.console import Console
from sqlalchemy import text

from infra.local.ledger import check
from nunchi import database
from nunchi.adapters import archive
from nunchi.ledger import rules
from nunchi.models import Seal
from tests.factories import NOON
from tests.integration.test_ledger import Archive, seal_at, seals, store
from tests.integration.test_verify import found, tamper, under


def test_seals_of_the_first_format_are_checked_by_their_leaves(environment: dict[str, str]) -> None:
    """As 0.1.0 made them: the archive keeps hashes alone, so that a change can be told and not named."""
    store(3)
    with database.session() as session:
        ids = session.scalars(text("SELECT id FROM forecasts ORDER BY id")).all()
    leaves = [rules.content_hash({"of": str(one)}) for one in ids]
    root = rules.first_chain(rules.GENESIS, rules.merkle_root(leaves))
    statement = {"root": root, "previous_root": rules.GENESIS, "sealed_at": "x", "leaves": leaves}
    kept = Archive({f"{rules.GENESIS}.json": rules.canonical(statement)})
    mark_first_format(root, ids, leaves)
    assert found(kept) == []
    store(1, NOON + timedelta(minutes=3))
    assert seal_at(NOON + timedelta(minutes=4), kept.put) == 1
    assert found(kept) == []
    tamper("UPDATE forecasts SET content_hash = 'abc' WHERE id = :id", id=ids[0])
    facts = found(kept)
    assert any(leaves[0] in fact and fact.endswith("removed") for fact in facts)
    assert any(str(ids[0]) in fact and "inserted" in fact for fact in facts)


def mark_first_format(root: str, ids: Sequence[Any], leaves: Sequence[str]) -> None:
    with database.session() as session:
        first = Seal(
            root=root, previous_root=rules.GENESIS, forecasts=3, sealed_at=NOON + timedelta(minutes=1)
        )
        session.add(first)
        session.flush()
        for one, leaf in zip(ids, leaves, strict=True):
            session.execute(
                text(
                    "UPDATE forecasts SET seal_id = :seal, sealed_at = :at, content_hash = :leaf WHERE id = :id"
                ),
                {"seal": first.id, "at": first.sealed_at, "leaf": leaf, "id": one},
            )


# --- the command


def test_the_command_reads_the_archive_and_counts_what_it_finds(environment: dict[str, str]) -> None:
    store(3)
    assert seal_at(NOON + timedelta(minutes=1), archive.put) == 3
    out = io.StringIO()
    assert check("", Console(file=out, width=200)) == 0
    assert "1 seals and 3 forecasts checked: no findings" in out.getvalue()
    row = under(seals()[0])[2]
    tamper("UPDATE forecasts SET p_up = 0.9 WHERE id = :id", id=row.id)
    assert check(environment["SEAL_STORE_URI"], Console(file=out, width=200)) == 1
    assert f"forecast {row.id}" in out.getvalue()


def test_a_store_that_was_emptied_leaves_nothing_to_trust(environment: dict[str, str]) -> None:
    store(1)
    assert seal_at(NOON + timedelta(minutes=1), archive.put) == 1
    for one in Path(unquote(urlsplit(environment["SEAL_STORE_URI"]).path)).iterdir():
        one.unlink()
    out = io.StringIO()
    assert check("", Console(file=out, width=200)) == 2
    assert "the archive has no seal in its place" in out.getvalue()
