"""Vectors of stories in Milvus, a collection for each model, and for each time that all stories were embedded anew."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from nunchi import secrets
from nunchi.adapters.milvus_rows import STOCKS_LENGTH, StoryVector, check, entities, matching
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings, required

if TYPE_CHECKING:
    from pymilvus import MilvusClient

TIMEOUT_S = 10
PANDAS_TYPE_CHECKS = ("infer_dtype", "is_array_like", "is_float", "is_list_like", "is_scalar")
FLUSH_TIMEOUT_S = 120
MOST_HITS = 16_384  # Milvus's own limit of one search
# exact: others lose neighbours under a filter (docs/decisions/0020-retrieval.md)
INDEX: tuple[str, dict[str, int]] = ("FLAT", {})
# pymilvus pings every 10 s; a gRPC server that allows one in 5 minutes (the default) hangs up on it
KEEPALIVE = {"grpc.keepalive_time_ms": 330_000, "grpc.keepalive_permit_without_calls": False}


@dataclass(frozen=True)
class Hit:
    """A past story and its cosine similarity, -1..1."""

    story_id: UUID
    similarity: float


@dataclass(frozen=True)
class Collection:
    """The vectors of one model. It is made when it is first used.

    All methods raise `UpstreamError` for what Milvus refuses, and `BadVector` before anything is sent.
    """

    name: str
    dimension: int

    def upsert(self, rows: Sequence[StoryVector]) -> None:
        """Stores vectors; a story stored again is replaced."""
        data = entities(rows, self.dimension)
        self._call(lambda client: client.upsert(self.name, data, timeout=TIMEOUT_S))

    def search(
        self, vector: Sequence[float], *, before: datetime, stock_code: str | None = None, limit: int
    ) -> list[Hit]:
        """The most similar stories known before a moment, best first; of one stock where its code is given."""
        check(vector, self.dimension, "the vector that is searched by")
        found = self._call(
            lambda client: client.search(
                self.name,
                [list(vector)],
                limit=min(limit, MOST_HITS),
                filter=matching(before, stock_code),
                output_fields=["story_id"],  # Milvus Lite sends the vectors, too, where nothing is named
                timeout=TIMEOUT_S,
            )
        )
        return [Hit(UUID(hit["story_id"]), float(hit["distance"])) for hit in found[0]]

    def vector(self, story_id: UUID) -> list[float] | None:
        """A story's vector, None where it has none."""
        found = self._call(
            lambda client: client.query(
                self.name, ids=[str(story_id)], output_fields=["embedding"], timeout=TIMEOUT_S
            )
        )
        return [float(number) for number in found[0]["embedding"]] if found else None

    def held(self, story_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these stories have a vector here."""
        ids = [str(story_id) for story_id in story_ids]
        if not ids:
            return set()
        found = self._call(
            lambda client: client.query(self.name, ids=ids, output_fields=["story_id"], timeout=TIMEOUT_S)
        )
        return {UUID(row["story_id"]) for row in found}

    def flush(self) -> None:
        """Seals what was written, so that searches use the index. For bulk loads only."""
        self._call(lambda client: client.flush(self.name, timeout=FLUSH_TIMEOUT_S))
        self._call(lambda client: client.load_collection(self.name, timeout=FLUSH_TIMEOUT_S))

    def drop(self) -> None:
        """Removes the collection with all that is in it; nothing where there is none."""
        _translated(lambda: get_client().drop_collection(self.name))
        make.cache_clear()

    def _call(self, work: "Callable[[MilvusClient], Any]") -> Any:
        return _translated(lambda: work(make(self.name, self.dimension)))


@cache
def get_client() -> "MilvusClient":
    """The client on `MILVUS_URI`, built once."""
    _without_pandas()
    from pymilvus import MilvusClient

    settings = get_settings()
    uri = required("milvus_uri", settings.milvus_uri)
    token = secrets.get("", settings.milvus_secret_arn)
    return MilvusClient(uri, token=token, timeout=TIMEOUT_S, grpc_options=KEEPALIVE)


@cache
def make(name: str, dimension: int) -> "MilvusClient":
    """The client, with this collection made and loaded."""
    client = get_client()
    if not client.has_collection(name):
        create(client, name, dimension)
    client.load_collection(name)
    return client


def _without_pandas() -> None:
    # pymilvus imports pandas (84 MB) for a data format that we don't use; the layer leaves it out
    if "pandas" in sys.modules or find_spec("pandas"):
        return
    pandas, api, types = (ModuleType(name) for name in ("pandas", "pandas.api", "pandas.api.types"))
    vars(pandas)["DataFrame"] = type("DataFrame", (), {})
    # asked of values only where one might be a data frame
    vars(types).update(dict.fromkeys(PANDAS_TYPE_CHECKS, lambda *_args, **_options: False))
    sys.modules.update({module.__name__: module for module in (pandas, api, types)})


def create(
    client: "MilvusClient", name: str, dimension: int, index: tuple[str, dict[str, int]] = INDEX
) -> None:
    """Makes a collection. `index` is its kind and what it is built with."""
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("story_id", DataType.VARCHAR, is_primary=True, max_length=36)
    schema.add_field("known_at_us", DataType.INT64)
    schema.add_field("stocks", DataType.VARCHAR, max_length=STOCKS_LENGTH)
    schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=dimension)
    params = client.prepare_index_params()
    params.add_index("embedding", index_type=index[0], metric_type="COSINE", params=index[1])
    client.create_collection(name, schema=schema, index_params=params)


def _translated(work: Callable[[], Any]) -> Any:
    _without_pandas()
    from pymilvus.exceptions import MilvusException

    try:
        return work()
    except MilvusException as exc:
        raise UpstreamError("Milvus", type(exc).__name__, passing=True) from exc
