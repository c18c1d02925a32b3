"""All stores of the local platform at once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local import aws, milvus, postgres, valkey
from infra.local.folders import locked, usable


@dataclass(frozen=True)
class Stores:
    """The addresses of the running stores, in the shapes that `nunchi.settings` and boto3 take."""

    database_url: str
    redis_url: str
    milvus_uri: str
    aws_endpoint_url: str


@contextmanager
def running_stores(home: Path, durable: bool = False) -> Iterator[Stores]:
    """Start the four stores side by side, give their addresses, and stop them afterwards, whatever happens.

    PostgreSQL's and Milvus's data stay in `home`; `durable` as in `infra.local.postgres.running`. Enter it in
    the main thread (see `infra.local.processes.running`). Raises LocalError, also when `home` is in use.
    """
    home = usable(home)
    with ExitStack() as stack:
        stack.enter_context(locked(home))
        # The slowest first: while it imports its libraries, the others start.
        vectors = stack.enter_context(milvus.starting(home / "milvus"))
        cloud = stack.enter_context(aws.starting(home / "aws"))
        cache = stack.enter_context(valkey.starting(home / "valkey"))
        database = stack.enter_context(postgres.starting(home / "postgres", durable))
        yield Stores(
            database_url=database.ready(),
            redis_url=cache.ready(),
            milvus_uri=vectors.ready(),
            aws_endpoint_url=cloud.ready(),
        )
