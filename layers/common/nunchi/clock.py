"""The one place that reads the wall clock. Only the edge (a handler, a route, a command) asks it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _wall_clock() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _wall_clock


def now() -> datetime:
    """The present, in UTC."""
    return _source()


@contextmanager
def driven_by(source: Callable[[], datetime]) -> Iterator[None]:
    """Lets a replay supply the time, so that history runs through the production code."""
    global _source
    previous, _source = _source, source
    try:
        yield
    finally:
        _source = previous
