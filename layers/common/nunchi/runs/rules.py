"""What a run of a crawler came to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Outcome = Literal["ok", "failed", "off"]
KEPT = timedelta(days=90)
# what crawlers call that which they stored and did not have before
NEW = ("stored", "names", "days")
ENQUEUED = "due"
# a dead page or two rest on any site's list; as many as the alarm on a source's failures asks for are no accident
MANY_RESTING = 3


@dataclass(frozen=True)
class Done:
    """A run in numbers: what was new, what replaced something, what could not be read, and what was handed on."""

    outcome: Outcome
    new: int = 0
    revised: int = 0
    failed: int = 0
    enqueued: int = 0


def done(counts: Mapping[str, int]) -> Done:
    """What a run came to by its counts. One that counts nothing was off, and so was one that was only forbidden."""
    new, revised = _gained(counts)
    is_off = not counts or bool(counts.get("forbidden", 0) and not new and not revised)
    return Done(
        outcome="failed" if nothing_read(counts) else "off" if is_off else "ok",
        new=new,
        revised=revised,
        failed=counts.get("failed", 0),
        enqueued=counts.get(ENQUEUED, 0),
    )


def nothing_read(counts: Mapping[str, int]) -> bool:
    """Whether a run had pages to read and could read none: all that it asked for failed, or many rest that did."""
    failed = counts.get("failed", 0) - counts.get("unlisted", 0)
    return not any(_gained(counts)) and (failed > 0 or counts.get("resting", 0) >= MANY_RESTING)


def _gained(counts: Mapping[str, int]) -> tuple[int, int]:
    return sum(counts.get(name, 0) for name in NEW), counts.get("revised", 0)
