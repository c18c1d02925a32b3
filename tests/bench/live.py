"""How fast a small market's live sessions replay through the production handlers, and which of them takes the time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.demo import span
from infra.local.errors import LocalError
from infra.local.platform import Platform
from infra.local.replay import Position, Replay
from infra.local.world import World
from infra.sandbox.market import Market
from nunchi.adapters import sqs


@dataclass(frozen=True)
class Played:
    """Live sessions, the seconds that they took, and each function's seconds and calls in them."""

    sessions: int
    taken_s: float
    seconds: Mapping[str, float]
    calls: Mapping[str, int]

    @property
    def sessions_per_minute(self) -> float:
        return 60 * self.sessions / self.taken_s

    def shares(self) -> dict[str, float]:
        """Of the whole time, by function, the largest first."""
        slowest_first = sorted(self.seconds.items(), key=lambda item: -item[1])
        return {function: seconds / self.taken_s for function, seconds in slowest_first}


def play(running: Platform, world: World, market: Market, home: Path) -> Played:
    """Plays the live sessions of a market whose history is loaded. Raises LocalError when a function failed."""
    running.seconds.clear()
    running.invocations.clear()
    running.pump.watch(sqs.get_client())
    replay, when = Replay(running, Position(home / "replay.json"), world.set_clock), span(market)
    began = time.perf_counter()
    for _ in replay.run(when.start, when.end):
        pass
    taken = time.perf_counter() - began
    if replay.tally.failures:
        raise LocalError(f"failed in the replay: {', '.join(replay.tally.failures)}")
    return Played(len(market.live), taken, dict(running.seconds), dict(running.invocations))
