"""Recalibrate: fits every arm's recalibrators on the outcomes that are known by now."""

from datetime import datetime

from nunchi import database
from nunchi.schedules import Counts, scheduled


@scheduled
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    from nunchi.calibrate.nightly import recalibrate  # with numpy, which nothing else here needs

    with database.session() as session:
        return {"calibrators": recalibrate(session, now=now)}
