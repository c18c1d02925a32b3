"""Minute charts: a session's minutes, newest first, and those of the sessions before where they are wanted, too."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate, islice

from infra.sandbox.entities import SEOUL
from infra.sandbox.kis_desk import Desk
from infra.sandbox.minutes import Minute

TODAY_ROWS, PAST_ROWS = 30, 120


def rows(
    desk: Desk, code: str, until: datetime, now: datetime, limit: int, *, with_past: bool
) -> list[dict[str, str]]:
    """At most `limit` minutes that began by `until` and by now, newest first; of its day only unless `with_past`."""
    if code not in desk.companies:
        return []
    return list(islice(_back(desk, code, until, now, with_past), limit))


def _back(desk: Desk, code: str, until: datetime, now: datetime, with_past: bool) -> Iterator[dict[str, str]]:
    day = until.astimezone(SEOUL).date()
    place = bisect_right(desk.market.sessions, day) - 1
    while place >= 0 and (with_past or desk.market.sessions[place] == day):
        written = _session(desk.day(code, place).until(now))
        yield from (row for at, row in reversed(written) if at <= until)
        place -= 1


def _session(done: Sequence[Minute]) -> list[tuple[datetime, dict[str, str]]]:
    values = accumulate(minute.volume_shares * minute.close_won for minute in done)
    return [(minute.at, _row(minute, value)) for minute, value in zip(done, values, strict=True)]


def _row(minute: Minute, value_won: int) -> dict[str, str]:
    return {
        "stck_bsop_date": f"{minute.at:%Y%m%d}",
        "stck_cntg_hour": f"{minute.at:%H%M%S}",
        "stck_prpr": str(minute.close_won),
        "stck_oprc": str(minute.open_won),
        "stck_hgpr": str(minute.high_won),
        "stck_lwpr": str(minute.low_won),
        "cntg_vol": str(minute.volume_shares),
        "acml_tr_pbmn": str(value_won),
    }


def moment(day: str, hour: str) -> datetime | None:
    """A day (YYYYMMDD) and a time of it (HHMMSS) as an instant; None when they are none."""
    try:
        return datetime.strptime(day + hour, "%Y%m%d%H%M%S").replace(tzinfo=SEOUL)
    except ValueError:
        return None
