"""Which stores answer, and how fast: all asked at once, none waited for longer than it may take."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from nunchi.adapters import probes
from nunchi.observability import get_logger
from nunchi.settings import Missing

State = Literal["up", "away", "off"]
Probe = Callable[[float], None]
TIMEOUT_S = 1.0
PROBES: Mapping[str, Probe] = {
    "postgres": probes.postgres,
    "redis": probes.redis,
    "milvus": probes.milvus,
}


@dataclass(frozen=True)
class Store:
    """A store: `up`, `away`, or `off` where none is configured. `latency_ms` is None where it did not answer."""

    name: str
    state: State
    latency_ms: float | None = None


def check(stores: Mapping[str, Probe] = PROBES, timeout_s: float = TIMEOUT_S) -> list[Store]:
    """The state of each store, after `timeout_s` at the latest."""
    found: dict[str, Store] = {}

    def ask(name: str, probe: Probe) -> None:
        found[name] = _asked(name, probe, timeout_s)

    # daemons: one that hangs neither holds up the answer nor the end of the process
    threads = [threading.Thread(target=ask, args=one, daemon=True) for one in stores.items()]
    for thread in threads:
        thread.start()
    end = time.monotonic() + timeout_s
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return [found.get(name) or Store(name, "away") for name in stores]


def _asked(name: str, probe: Probe, timeout_s: float) -> Store:
    began = time.perf_counter()
    try:
        probe(timeout_s)
    except Missing:
        return Store(name, "off")
    except Exception as exc:  # whatever keeps a store from answering, it is away
        get_logger().warning("a store is away", store=name, error=type(exc).__name__)
        return Store(name, "away")
    return Store(name, "up", round((time.perf_counter() - began) * 1000, 1))
