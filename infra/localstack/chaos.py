"""Kill -9 at random: of function processes, PostgreSQL, Valkey and Milvus, each of which comes back."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from infra.local.platform import Invocation, resend_open_events
from infra.local.template import Schedule
from infra.localstack.stores import Stores
from infra.localstack.ticker import Deployed, Ticker

FUNCTION = "function"
TARGETS = (FUNCTION, FUNCTION, "postgres", "valkey", "milvus")
LONGEST_WAIT_S = 0.5


@dataclass
class Chaos:
    """A ticker in whose minutes something may be killed, once in `every` minutes that are played.

    An event whose message was lost is sent again in its minute, where the Relay would do so some minutes later: so
    the day's results can be held against those of an undisturbed one. `keeper` has one thread, which must live as long
    as the stores: what a thread started ends with it.
    """

    ticker: Ticker
    stores: Stores
    keeper: ThreadPoolExecutor
    random: Random
    every: int = 12
    killed: Counter[str] = field(default_factory=Counter)
    _moment: datetime | None = None
    _struck: Future[None] | None = None

    @property
    def template(self) -> Deployed:
        return self.ticker.template

    @property
    def pump(self) -> "Chaos":
        return self

    def fire(self, schedule: Schedule, moment: datetime) -> Invocation:
        """Fires a schedule; with the first of a minute, the blow may begin to fall."""
        if moment != self._moment:
            self._moment = moment
            if not self.random.randrange(self.every):
                target, wait_s = self.random.choice(TARGETS), self.random.uniform(0, LONGEST_WAIT_S)
                self._struck = self.keeper.submit(self._strike, target, wait_s)
        return self.ticker.fire(schedule, moment)

    def drain(self, now: datetime) -> int:
        """Waits for the queues, and for what was killed to be back and its work to be done."""
        seen = self.ticker.drain(now)
        if self._struck:
            self._struck.result()
            self._struck = None
            seen += resend_open_events() + self.ticker.queues.drain(now)
        return seen

    def _strike(self, target: str, wait_s: float) -> None:
        time.sleep(wait_s)
        if target == FUNCTION:
            self._kill_function()
        else:
            self.stores.kill(target)
            self.killed[target] += 1

    def _kill_function(self) -> None:
        found = sorted(_children(self.ticker.stack.cloud.pid))
        if found:
            os.kill(self.random.choice(found), signal.SIGKILL)
            self.killed[FUNCTION] += 1


def _children(parent: int) -> Iterator[int]:
    """The processes that LocalStack has started: its functions'."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if int(ppid) == parent and state != "Z":
            yield int(stat.parent.name)
