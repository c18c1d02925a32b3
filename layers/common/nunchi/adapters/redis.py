"""Redis: nothing in it that can't be lost. Every call here may fail, and then means "not there"."""

from functools import cache
from typing import TYPE_CHECKING

from nunchi.adapters.web import Page, fetch
from nunchi.settings import get_settings, required

if TYPE_CHECKING:
    import redis

ETAG_TTL_S = 86_400


@cache
def get_client() -> "redis.Redis":
    """The client on `REDIS_URL`, built once; connections are made when first used."""
    import redis

    url = required("redis_url", get_settings().redis_url)
    return redis.Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2)


def recall(key: str) -> str:
    """A remembered value, or "" when there is none or Redis is away."""
    import redis

    try:
        return str(get_client().get(key) or "")
    except redis.RedisError:
        return ""


def remember(key: str, value: str, *, ttl_s: int) -> None:
    """Keeps a value for a while; a Redis that is away forgets it at once."""
    import redis

    try:
        get_client().set(key, value, ex=ttl_s)
    except redis.RedisError:
        return


def fetch_changed(url: str) -> Page | None:
    """Fetches a listing, or None when it has not changed since `remember_page`."""
    return fetch(url, etag=recall(f"etag:{url}"))


def remember_page(page: Page) -> None:
    """Keeps a listing's ETag, so that it is only sent again when it has changed."""
    if page.etag:
        remember(f"etag:{page.url}", page.etag, ttl_s=ETAG_TTL_S)
