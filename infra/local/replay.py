"""Plays a span of time through the production handlers: schedules fire at their simulated minute, queues drain.

A minute in which nothing can be different from the minute before is skipped: when only functions that run each
minute are due, they found nothing to do last time, nothing has run since, and no event is open.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from infra.local.platform import Invocation, open_events, resend_open_events
from infra.local.schedule import MINUTE, fire_times
from infra.local.template import Schedule
from nunchi import clock

HOUR = timedelta(hours=1)


@dataclass
class Tally:
    """What a replay did beside what the platform counts."""

    failures: Counter[str] = field(default_factory=Counter)
    minutes_skipped: int = 0
    messages: int = 0


@dataclass(frozen=True)
class Position:
    """How far a replay has come, kept in a file so that a killed run goes on where it was."""

    path: Path

    def read(self) -> datetime | None:
        """The first minute that is not finished, or None for a replay that has not begun."""
        try:
            return datetime.fromisoformat(json.loads(self.path.read_text())["next"])
        except FileNotFoundError:
            return None

    def write(self, moment: datetime) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps({"next": moment.isoformat()}))
        draft.replace(self.path)


class _Scheduled(Protocol):
    @property
    def schedules(self) -> Sequence[Schedule]: ...


class _Queues(Protocol):
    def drain(self, now: datetime) -> int: ...


class Played(Protocol):
    """What a replay drives: the local platform, or a deployed stack."""

    @property
    def template(self) -> _Scheduled: ...

    @property
    def pump(self) -> _Queues: ...

    def fire(self, schedule: Schedule, moment: datetime) -> Invocation: ...


class Replay:
    """One run over [start, end); `set_world` tells the outside world what time it is.

    The schedules of the functions in `without` are not played.
    """

    def __init__(
        self,
        platform: Played,
        position: Position,
        set_world: Callable[[datetime], None],
        *,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self._without = without
        self.tally = Tally()
        self._platform = platform
        self._position = position
        self._set_world = set_world
        self._quiet: set[str] = set()
        self._now = datetime.min.replace(tzinfo=UTC)

    def run(self, start: datetime, end: datetime, *, skip: bool = True) -> Iterator[datetime]:
        """Plays the span, from where a killed run of it stopped; gives each minute that was played."""
        begin, resend = self._position.read() or start, True
        schedules = [one for one in self._platform.template.schedules if one.function not in self._without]
        every_minute = _each_minute(schedules, start)
        with clock.driven_by(lambda: self._now):
            for moment, due in fire_times(schedules, start, end):
                if moment < begin:
                    continue
                active = [one for one in due if one.function not in self._quiet or not skip]
                if not active:
                    self.tally.minutes_skipped += 1
                    continue
                # before it is played: a run that is killed in it starts again with it, at its time and no other
                self._position.write(moment)
                self._minute(moment, active, every_minute, resend=resend)
                resend = False
                yield moment
        self._position.write(end)

    def _minute(
        self, moment: datetime, due: Sequence[Schedule], every_minute: set[str], *, resend: bool
    ) -> None:
        self._now = moment
        if resend or any(one.function not in every_minute for one in due):
            self._set_world(moment)
        idle = {one.function for one in due if not self._fire(one, moment)}
        if resend:
            resend_open_events()  # after the schedules: a first run, too, had fired them all before it drained
        received = self._platform.pump.drain(moment)
        self.tally.messages += received
        # the first minute of a run counts as busy: the run before it may have died after its work
        if resend or received or len(idle) < len(due):
            self._quiet.clear()
        elif not open_events():
            self._quiet |= idle & every_minute

    def _fire(self, schedule: Schedule, moment: datetime) -> bool:
        """Fires a schedule; whether it found anything to do."""
        done = self._platform.fire(schedule, moment)
        if done.error is not None:
            self.tally.failures[schedule.function] += 1
            return True
        return any(done.counts.values())


def _each_minute(schedules: Sequence[Schedule], start: datetime) -> set[str]:
    """The functions that fire in each minute of an hour."""
    fired = Counter(one.function for _, due in fire_times(schedules, start, start + HOUR) for one in due)
    return {function for function, times in fired.items() if times >= HOUR // MINUTE}
