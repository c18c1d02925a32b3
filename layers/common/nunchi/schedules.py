"""Turns a scheduled function into a Lambda handler."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel
from sqlalchemy.orm import Session

from nunchi import clock, observability
from nunchi.database import Pause

Counts = dict[str, int]
BUDGET = timedelta(minutes=3)  # of the five that a function has: the part under way has two to end in
OFF: Counts = {}  # of a run that was switched off: there was nothing to count


class ScheduledEvent(BaseModel):
    """The input of our schedules. The scheduled time only selects what is due; it is never the present."""

    scheduled_time: AwareDatetime


def scheduled(work: Callable[[datetime, datetime], Counts]) -> observability.Handler:
    """Makes a Lambda handler of `work(now, scheduled_time)`, which returns counts of what it did."""

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        observability.begin(context)
        scheduled_time = ScheduledEvent.model_validate(event).scheduled_time
        try:
            counts = work(clock.now(), scheduled_time)
        except Exception as exc:
            observability.get_logger().exception("a scheduled run failed", error=type(exc).__name__)
            raise
        finally:
            observability.end()
        observability.get_logger().info("done", counts=counts)
        return dict(counts)

    return observability.traced(handler)


def pauses(session: Session, now: datetime) -> Pause:
    """The pauses of a scheduled run that began at `now`. What they leave no time for waits for the next run.

    So a run after a long gap neither fails nor makes one long transaction.
    """

    def pause() -> bool:
        session.commit()
        return clock.now() - now < BUDGET

    return pause
