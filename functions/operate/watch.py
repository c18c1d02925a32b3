"""Watch: every ten minutes, and at each alarm of CloudWatch's, tells the operators' chat what to look at."""

from datetime import datetime
from typing import Any

from nunchi import clock, observability, outbox
from nunchi.market import known
from nunchi.notify import operators
from nunchi.schedules import Counts, scheduled


@scheduled
def look(now: datetime, _scheduled_time: datetime) -> Counts:
    with outbox.transaction() as session:
        alarms = operators.found(session, known.calendar(session), now=now)
        return {"told": operators.tell(session, alarms, now=now)}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "Records" not in event:
        return look(event, context)
    observability.begin(context)
    with outbox.transaction() as session:
        told = operators.tell(session, operators.in_notification(event["Records"]), now=clock.now())
    observability.end()
    return {"told": told}
