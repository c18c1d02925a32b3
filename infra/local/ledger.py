"""`nunchi ledger verify`: the database against the archive, with a line for whatever does not agree."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.local.listing import ADDRESS, find_database
from nunchi import database, settings
from nunchi.adapters import archive
from nunchi.ledger import repository
from nunchi.ledger.verify import Checked, verify

NAMED = 200  # findings that are printed; the rest are counted


def check(store: str, console: Console) -> int:
    """Verifies all that is sealed against a store of seals (s3:// or file://); returns how many findings there were."""
    find_database()
    os.environ["SEAL_STORE_URI"] = (
        store or os.environ.get("SEAL_STORE_URI") or (ADDRESS.parent / "seals").as_uri()
    )
    settings.get_settings.cache_clear()
    with database.session() as session:
        total = repository.sealed_count(session)
    seals = forecasts = findings = 0
    with _bar(total, console) as checked_pages:
        for checked in checked_pages:
            seals, forecasts = seals + checked.seals, forecasts + checked.forecasts
            for found in checked.findings:
                findings += 1
                if findings <= NAMED:
                    console.print(str(found), markup=False, highlight=False, soft_wrap=True)
    console.print(f"{seals} seals and {forecasts} forecasts checked: {findings or 'no'} findings")
    return findings


@contextmanager
def _bar(total: int, console: Console) -> Iterator[Iterator[Checked]]:
    columns = (TextColumn("forecasts"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total)

        def pages() -> Iterator[Checked]:
            for checked in verify(archive.get):
                progress.advance(task, checked.forecasts)
                yield checked

        yield pages()
