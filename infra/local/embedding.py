"""`nunchi embed`: all stories' vectors anew, by the model that `EMBEDDER` names."""

import os

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from infra.local.errors import LocalError
from infra.local.listing import ADDRESS, find_database
from nunchi import clock
from nunchi.adapters.embeddings import UnknownEmbedder
from nunchi.embed import collections
from nunchi.errors import UpstreamError
from nunchi.models import VectorCollection

VECTORS = ADDRESS.with_name("milvus_address")  # beside it, likewise written by a running `make run`


def find_stores() -> None:
    """Points at the stores of the environment, or else at those of a running `make run`. Raises LocalError."""
    find_database()
    if not os.environ.get("MILVUS_URI"):
        if not VECTORS.exists():
            raise LocalError("set MILVUS_URI, or start `make run` first")
        os.environ["MILVUS_URI"] = VECTORS.read_text()


def rebuild() -> VectorCollection:
    """Fills a collection beside the one in use, shows how far it is, and puts it into use. Raises LocalError."""
    find_stores()
    columns = TextColumn("stories"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns) as bar:
        task = bar.add_task("stories", total=None)
        try:
            return collections.rebuild(clock.now, lambda done, of: bar.update(task, completed=done, total=of))
        except (UpstreamError, UnknownEmbedder) as exc:
            raise LocalError(f"{exc}; the collection in use stays as it is, and another run goes on") from exc


def abandon() -> str | None:
    """Gives up the collection that is being filled, and removes it; gives its name. Raises LocalError."""
    find_stores()
    try:
        return collections.abandon()
    except (UpstreamError, UnknownEmbedder) as exc:
        raise LocalError(str(exc)) from exc
