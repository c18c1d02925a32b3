"""Redis: nothing in it that can't be lost. Every call here may fail, and then means "not there".

Without `REDIS_URL` it is away for good.
"""

import secrets
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nunchi import secrets as kept_secrets
from nunchi.errors import UpstreamError
from nunchi.settings import Missing, get_settings, required

if TYPE_CHECKING:
    import redis

# GCRA in whole microseconds of Redis' own clock. The key holds when the next turn comes at this rate.
RESERVE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local turn = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = math.max(0, turn - interval * (burst - 1) - now)
if ARGV[3] ~= '' and wait > tonumber(ARGV[3]) then return wait end
local following = turn + interval
redis.call('SET', KEYS[1], string.format('%.0f', following), 'PX', math.ceil((following - now) / 1000) + 1)
return wait
"""

# Takes one of so many places, unless all are taken: then it gives the microseconds until the first lease ends.
ENTER = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local lease = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  return math.max(1, tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]) - now)
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + lease), ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(lease / 1000) + 1)
return 0
"""
LEAVE = """
local clock = redis.call('TIME')
local free = clock[1] * 1000000 + clock[2] + tonumber(ARGV[2])
return redis.call('ZADD', KEYS[1], 'XX', 'LT', string.format('%.0f', free), ARGV[1])
"""
SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""
HOLD = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
"""
COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"

_turns: dict[str, float] = {}  # this process's own, in seconds of its monotonic clock
_held: dict[str, tuple[str, float]] = {}  # this process's own locks: owner, and until when
_lock = threading.Lock()


@dataclass(frozen=True)
class Lock:
    """A lock that we have: the ticket that shows it, and whether all processes see it or only this one."""

    key: str
    owner: str
    is_shared: bool


@dataclass(frozen=True)
class Login:
    """The password of the moment, for each new connection: a warm function outlives it."""

    arn: str

    def get_credentials(self) -> tuple[str]:
        return (kept_secrets.get("", self.arn),)


def _away() -> tuple[type[Exception], ...]:
    import redis

    return redis.RedisError, Missing


@cache
def get_client() -> "redis.Redis":
    """The client on `REDIS_URL`, built once; connections are made when first used."""
    import redis

    url = required("redis_url", get_settings().redis_url)
    arn = get_settings().redis_secret_arn
    login: Any = {"credential_provider": Login(arn)} if arn else {}
    return redis.Redis.from_url(
        url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2, **login
    )


def recall(key: str) -> str:
    """A remembered value, or "" when there is none or Redis is away."""
    return recall_all(key)[0]


def recall_all(*keys: str) -> list[str]:
    """Remembered values in the order of their keys, in one call; "" for each that is not there."""
    try:
        return [str(value or "") for value in get_client().mget(keys)]
    except _away():
        return [""] * len(keys)


def remember(key: str, value: str, *, ttl_s: int) -> None:
    """Keeps a value for a while; a Redis that is away forgets it at once."""
    try:
        get_client().set(key, value, ex=ttl_s)
    except _away():
        return


def hold(key: str, *, for_s: float) -> None:
    """Keeps a key for so long, or as long as it is kept already where that is longer."""
    try:
        get_client().eval(HOLD, 1, key, str(max(1, round(for_s * 1000))))
    except _away():
        return


def left_of(key: str) -> float:
    """The seconds for which a key is still kept; 0 where it is not, or Redis is away."""
    try:
        return float(max(0, get_client().pttl(key))) / 1000
    except _away():
        return 0.0


def swap(key: str, old: str, new: str, *, ttl_s: int) -> bool:
    """Keeps a value in the place of `old` ("" for none); False when another is there. Redis that is away agrees."""
    try:
        return bool(get_client().eval(SWAP, 1, key, old, new, str(ttl_s)))
    except _away():
        return True


def reserve(key: str, *, rate_per_s: float, burst: int = 1, within_s: float | None = None) -> float:
    """Takes a turn at something that all processes share, and gives the seconds to wait for it.

    Turns come `rate_per_s` times a second; after a pause, `burst` of them come at once. A turn that is more than
    `within_s` away is not taken, only told. While Redis is away, each process keeps to the rate by itself.
    """
    within_us = "" if within_s is None else str(round(within_s * 1e6))
    try:
        wait_us = get_client().eval(RESERVE, 1, key, str(round(1e6 / rate_per_s)), str(burst), within_us)
    except _away():
        return _reserve_here(key, 1 / rate_per_s, burst, within_s)
    return int(wait_us) / 1e6


def _reserve_here(key: str, interval_s: float, burst: int, within_s: float | None) -> float:
    with _lock:
        now = time.monotonic()
        turn = max(_turns.get(key, 0.0), now)
        wait_s = max(0.0, turn - interval_s * (burst - 1) - now)
        if within_s is None or wait_s <= within_s:
            _turns[key] = turn + interval_s
    return wait_s


def enter(key: str, ticket: str, *, places: int, lease_s: float) -> float:
    """Takes one of so many places that all processes share: 0 when we have it, else seconds after which to ask again.

    A place is given back by `leave`, or when its lease ends. While Redis is away, there is always one.
    """
    lease_us = str(round(lease_s * 1e6))
    try:
        return int(get_client().eval(ENTER, 1, key, str(places), lease_us, ticket)) / 1e6
    except _away():
        return 0.0


def leave(key: str, ticket: str, *, after_s: float = 0) -> None:
    """Gives a place back, so that it is free in so many seconds."""
    try:
        get_client().eval(LEAVE, 1, key, ticket, str(round(after_s * 1e6)))
    except _away():
        return


def count_up(key: str, *, window_s: int) -> tuple[int, float]:
    """Counts one more, and gives the count and the seconds until it begins anew.

    Raises UpstreamError while Redis is away: what is limited by this must not go on unlimited.
    """
    try:
        count, left_ms = get_client().eval(COUNT, 1, key, str(window_s * 1000))
    except _away() as exc:
        raise UpstreamError("redis", type(exc).__name__, passing=True) from exc
    return int(count), int(left_ms) / 1000


def forget(key: str) -> None:
    """Drops a value or a count; a Redis that is away has none."""
    try:
        get_client().delete(key)
    except _away():
        return


def lock(key: str, *, ttl_s: int) -> Lock | None:
    """Takes a lock for a while; None while another has it. While Redis is away, each process has locks of its own."""
    owner = secrets.token_hex(16)
    try:
        taken = get_client().set(key, owner, nx=True, ex=ttl_s)
    except _away():
        return _lock_here(key, owner, ttl_s)
    return Lock(key, owner, is_shared=True) if taken else None


def unlock(held: Lock) -> None:
    """Gives a lock back, if it is still ours."""
    with _lock:
        if _held.get(held.key, ("",))[0] == held.owner:
            del _held[held.key]
    try:
        if held.is_shared:
            get_client().eval(UNLOCK, 1, held.key, held.owner)
    except _away():
        return


def _lock_here(key: str, owner: str, ttl_s: int) -> Lock | None:
    with _lock:
        now = time.monotonic()
        if _held.get(key, ("", 0.0))[1] > now:
            return None
        _held[key] = owner, now + ttl_s
    return Lock(key, owner, is_shared=False)
