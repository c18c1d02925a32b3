"""Keeps what each run of a crawler came to."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from nunchi import clock, database, observability
from nunchi.runs import repository, rules
from nunchi.runs.rules import Done
from nunchi.schedules import Counts, scheduled

Work = Callable[[datetime, datetime], Counts]
NOTHING_READ = "NothingRead"  # of a run that could read none of its pages, and raised nothing


def crawler(name: str) -> Callable[[Work], observability.Handler]:
    """Makes a Lambda handler of a crawler's `work(now, scheduled_time)`, each run of which is kept under a name."""

    def decorate(work: Work) -> observability.Handler:
        def kept(now: datetime, scheduled_time: datetime) -> Counts:
            try:
                counts = work(now, scheduled_time)
            except Exception as exc:
                keep(name, scheduled_time, now, Done("failed"), type(exc).__name__)
                raise
            done = rules.done(counts)
            keep(name, scheduled_time, now, done, NOTHING_READ if done.outcome == "failed" else "")
            return counts

        return scheduled(kept)

    return decorate


def keep(name: str, scheduled_at: datetime, started_at: datetime, done: Done, error: str = "") -> None:
    """Keeps a run in a transaction of its own. What the run itself stored does not depend on it."""
    try:
        with database.session() as session:
            repository.keep(
                session,
                name,
                scheduled_at,
                started_at=started_at,
                ended_at=clock.now(),
                done=done,
                error=error,
            )
    except SQLAlchemyError as exc:
        observability.get_logger().warning("a run is not kept", crawler=name, error=type(exc).__name__)
        observability.count("RunsNotKept", crawler=name)
