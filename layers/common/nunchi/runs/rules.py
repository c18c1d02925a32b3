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
    new, revised = sum(counts.get(name, 0) for name in NEW), counts.get("revised", 0)
    is_off = not counts or bool(counts.get("forbidden", 0) and not new and not revised)
    return Done(
        outcome="off" if is_off else "ok",
        new=new,
        revised=revised,
        failed=counts.get("failed", 0),
        enqueued=counts.get(ENQUEUED, 0),
    )
