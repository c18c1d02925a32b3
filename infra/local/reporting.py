"""`nunchi report`: a new version of a stock's reports, made at once."""

from collections.abc import Callable, Iterator
from datetime import datetime

from infra.local.errors import LocalError
from infra.local.listing import find_database
from nunchi import database
from nunchi.errors import NotFound, UpstreamError
from nunchi.market import known
from nunchi.models import ReportRun
from nunchi.predict import repository as predict
from nunchi.queues import Postponed
from nunchi.report import repository, service


def regenerate(code: str, arm: str | None, *, clock: Callable[[], datetime]) -> Iterator[str]:
    """Makes a new version of a stock's report, of one arm or of every active one; a line of what came of each.

    Raises LocalError for a stock or an arm that is not there.
    """
    find_database()
    for name in [arm] if arm else _active():
        yield f"{name}: {_one(code, name, clock)}"


def _active() -> list[str]:
    with database.session() as session:
        return [arm.name for arm in predict.active_arms(session)]


def _one(code: str, arm: str, clock: Callable[[], datetime]) -> str:
    now = clock()
    try:
        with database.session() as session:
            due, is_new = service.request(session, code, arm, known.calendar(session), now=now)
    except NotFound as exc:
        raise LocalError(str(exc)) from exc
    if not is_new:
        return f"version {due.version} is under way already"
    try:
        write = service.work(due, now=now, clock=clock)
    except (Postponed, UpstreamError) as exc:
        return f"failed, and may be asked for again: {exc}"
    with database.session() as session:
        write(session)
    with database.session() as session:
        return _line(repository.run_with_arm(session, service.run_id(due))[0])


def _line(run: ReportRun) -> str:
    if run.outcome != repository.OK:
        return f"{run.outcome}: {run.reason}"
    return f"version {run.version} of {run.session} {run.slot}: {run.id}"
