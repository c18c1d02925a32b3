"""Redis: nothing in it that can't be lost. Every call here may fail, and then means "not there"."""

import threading
import time
from functools import cache
from typing import TYPE_CHECKING

from nunchi.settings import get_settings, required

if TYPE_CHECKING:
    import redis

# GCRA in whole microseconds of Redis' own clock. The key holds when the next turn comes at this rate.
RESERVE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local turn = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local following = turn + interval
redis.call('SET', KEYS[1], string.format('%.0f', following), 'PX', math.ceil((following - now) / 1000) + 1)
return math.max(0, turn - interval * (burst - 1) - now)
"""

_turns: dict[str, float] = {}  # this process's own, in seconds of its monotonic clock
_lock = threading.Lock()


@cache
def get_client() -> "redis.Redis":
    """The client on `REDIS_URL`, built once; connections are made when first used."""
    import redis

    url = required("redis_url", get_settings().redis_url)
    return redis.Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2)


def recall(key: str) -> str:
    """A remembered value, or "" when there is none or Redis is away."""
    return recall_all(key)[0]


def recall_all(*keys: str) -> list[str]:
    """Remembered values in the order of their keys, in one call; "" for each that is not there."""
    import redis

    try:
        return [str(value or "") for value in get_client().mget(keys)]
    except redis.RedisError:
        return [""] * len(keys)


def remember(key: str, value: str, *, ttl_s: int) -> None:
    """Keeps a value for a while; a Redis that is away forgets it at once."""
    import redis

    try:
        get_client().set(key, value, ex=ttl_s)
    except redis.RedisError:
        return


def reserve(key: str, *, rate_per_s: float, burst: int = 1) -> float:
    """Takes a turn at something that all processes share, and gives the seconds to wait for it.

    Turns come `rate_per_s` times a second; after a pause, `burst` of them come at once. While Redis is away, each
    process keeps to the rate by itself.
    """
    import redis

    try:
        wait_us = get_client().eval(RESERVE, 1, key, str(round(1e6 / rate_per_s)), str(burst))
    except redis.RedisError:
        return _reserve_here(key, 1 / rate_per_s, burst)
    return int(wait_us) / 1e6


def _reserve_here(key: str, interval_s: float, burst: int) -> float:
    with _lock:
        now = time.monotonic()
        turn = max(_turns.get(key, 0.0), now)
        _turns[key] = turn + interval_s
    return max(0.0, turn - interval_s * (burst - 1) - now)
