"""Whether each store answers, asked on a connection of its own, so that a store that hangs holds up nobody else's.

A probe returns when its store has answered, and raises whatever its client raises when it has not. `timeout_s` bounds
each step of it: to connect, to log in, to ask. It raises `Missing` where the store is not configured.
"""

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import Engine, text

from nunchi import database
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings, required

if TYPE_CHECKING:
    import grpc

CHECK_HEALTH = "/milvus.proto.milvus.MilvusService/CheckHealth"
HEALTHY = b"\x10\x01"  # field 2 of CheckHealthResponse is true


@cache
def get_engine(timeout_s: float) -> Engine:
    """An engine without a pool, built once."""
    return database.make_engine(timeout_s=timeout_s, pooled=False)


def postgres(timeout_s: float) -> None:
    """Asks PostgreSQL for a constant."""
    with get_engine(timeout_s).connect() as connection:
        connection.execute(text("SELECT 1"))


def redis(timeout_s: float) -> None:
    """Asks Redis for its pong, once."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    url = required("redis_url", get_settings().redis_url)
    once = Retry(NoBackoff(), 0)
    with Redis.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=once
    ) as client:
        client.ping()


def milvus(timeout_s: float) -> None:
    """Asks Milvus for its health by gRPC alone: pymilvus takes longer to import than this may take.

    One that wants to know first who asks has answered, too. Raises UpstreamError.
    """
    import grpc

    place = urlsplit(required("milvus_uri", get_settings().milvus_uri))
    with _channel(place.scheme, place.netloc) as channel:
        try:
            answer = channel.unary_unary(CHECK_HEALTH)(b"", timeout=timeout_s)
        except grpc.RpcError as exc:
            if exc.code() is not grpc.StatusCode.UNAUTHENTICATED:
                raise UpstreamError("Milvus", exc.code().name, passing=True) from exc
            return
    if HEALTHY not in answer:
        raise UpstreamError("Milvus", "not healthy", passing=True)


def _channel(scheme: str, address: str) -> "grpc.Channel":
    import grpc

    if scheme == "https":
        return grpc.secure_channel(address, grpc.ssl_channel_credentials())
    return grpc.insecure_channel(address)
