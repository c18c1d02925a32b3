"""How fast an account may send: turns that come evenly, and never more in a second than KIS allows, over all processes.

Even turns alone don't ensure that: what was sent evenly may arrive together. So a request takes one of as many places
as a second may see, and gives it back a second after its answer has come. Whenever the server handled it, that was
while it had its place; so no more requests than there are places can fall into any one second there.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nunchi.adapters import redis
from nunchi.adapters.kis.exchange import DEADLINE_S
from nunchi.adapters.polite import Manners

LEASE_S = 2.0 * DEADLINE_S  # the place of a process that ended comes back then
LOOK_AGAIN_S = 0.1
JITTER_S = 0.02


@dataclass(frozen=True)
class Pace:
    """The turns of an account, whose key in Redis is `key`."""

    key: str
    rate_per_s: float
    manners: Manners

    def __post_init__(self) -> None:
        if not self.rate_per_s > 0:
            raise ValueError(f"rate_per_s is {self.rate_per_s}")

    @contextmanager
    def turn(self, *, queued: bool = True) -> Iterator[None]:
        """Waits for a turn, in which one request may be sent; with `queued`, behind all who wait already."""
        if queued:
            self.manners.sleep(redis.reserve(self.key, rate_per_s=self.rate_per_s))
        places, ticket = f"{self.key}:places", secrets.token_hex(8)
        while wait_s := redis.enter(places, ticket, places=self._places, lease_s=LEASE_S):
            self.manners.sleep(min(wait_s, LOOK_AGAIN_S) + JITTER_S * self.manners.random())
        try:
            yield
        finally:
            redis.leave(places, ticket, after_s=max(1.0, self._places / self.rate_per_s))

    @property
    def _places(self) -> int:
        return max(1, int(self.rate_per_s))
