"""PostgreSQL, Valkey and Milvus for a deployed stack: each can be killed and comes back at its address."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.local import milvus, postgres, valkey
from infra.local.errors import LocalError
from infra.local.folders import usable
from infra.local.processes import Starting

Start = Callable[..., AbstractContextManager[Starting]]
STARTS: dict[str, Start] = {
    "milvus": milvus.starting,
    "valkey": valkey.starting,
    "postgres": postgres.starting,
}
PARAMETERS = {"postgres": "DatabaseUrl", "valkey": "RedisUrl", "milvus": "MilvusUri"}
ATTEMPTS = 20


class Stores:
    """The running stores; `urls` are theirs by name."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self._home, self._stack = home, stack
        self._running: dict[str, tuple[ExitStack, Starting]] = {}
        for name in STARTS:
            self._start(name)
        self.urls = {name: store.ready() for name, (_, store) in self._running.items()}

    def parameters(self) -> dict[str, str]:
        """The template's parameters that name them."""
        return {PARAMETERS[name]: url for name, url in self.urls.items()}

    def kill(self, name: str) -> None:
        """Ends a store at once, by kill -9, and starts it again where it was. Raises LocalError."""
        own, store = self._running[name]
        os.killpg(store.child.process.pid, signal.SIGKILL)
        store.child.process.wait()
        own.close()
        self._start_again(name, urlsplit(store.url).port or 0)

    def _start_again(self, name: str, port: int) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._start(name, port=port).ready()
            except LocalError:  # what it had started may hold its memory or its port for a moment
                self._running[name][0].close()
                if attempt == ATTEMPTS:
                    raise
                time.sleep(0.2)
            else:
                return

    def _start(self, name: str, **options: Any) -> Starting:
        own = self._stack.enter_context(ExitStack())
        store = own.enter_context(STARTS[name](usable(self._home / name), **options))
        self._running[name] = own, store
        return store


@contextmanager
def running(home: Path) -> Iterator[Stores]:
    """Starts the stores side by side, and stops them afterwards. Enter it in the main thread. Raises LocalError."""
    with ExitStack() as stack:
        yield Stores(usable(home), stack)
