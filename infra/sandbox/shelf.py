"""What a stand-in has to show: things in the order in which they came out."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Dated(Protocol):
    """Anything that came out at an aware time."""

    @property
    def published_at(self) -> datetime: ...


T = TypeVar("T", bound=Dated)


class Shelf(Generic[T]):
    """Things in the order of time, found by a key."""

    def __init__(self, items: Iterable[T], key: Callable[[T], str]) -> None:
        self.items = tuple(items)
        self._times = [item.published_at for item in self.items]
        self._places = {key(item): place for place, item in enumerate(self.items)}

    def count(self, now: datetime) -> int:
        """How many have come out; they are the first ones."""
        return bisect_right(self._times, now)

    def newest(self, count: int, limit: int, skip: int = 0) -> tuple[T, ...]:
        """Of the first `count`, the last ones, newest first, without the `skip` newest."""
        end = max(0, count - skip)
        return self.items[max(0, end - limit) : end][::-1]

    def find(self, key: str, now: datetime) -> T | None:
        """The one with this key, or None while it has not come out."""
        place = self._places.get(key)
        found = self.items[place] if place is not None else None
        return found if found and found.published_at <= now else None

    def before(self, key: str, limit: int) -> tuple[T, ...]:
        """Those that came out just before the one with this key, newest first."""
        return self.newest(self._places[key], limit)
