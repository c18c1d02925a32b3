"""Exports the XKRX calendar to the data file that ships with the layer: `python -m infra.calendar.export`.

`exchange_calendars` is right on every day up to January 2026 but lacks some later closings and all the shifted hours,
so those are named here. With `--check` nothing is written: the exit code says whether the file is true.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

FIRST, LAST = date(2023, 1, 2), date(2027, 10, 29)
DATA = Path(__file__).parents[2] / "layers/common/nunchi/market/data/xkrx.csv"
REGULAR_HOURS = ("09:00", "15:30")
NEW_YEAR_HOURS = ("10:00", "15:30")
CLOSED = {
    date(2026, 6, 3),  # local elections
    date(2026, 7, 17),  # Constitution Day, a holiday again from 2026
    # Mondays that stand in for a Saturday: Labour Day is a public holiday from 2026 and both have substitutes since.
    # KRX's own list for 2027 is not out yet; where it differs, KIS's closed-days call corrects the calendar.
    date(2027, 5, 3),
    date(2027, 7, 19),
}
# the day of the university entrance examination opens and closes an hour later
EXAMINATION_HOURS = ("10:00", "16:30")
EXAMINATIONS = {date(2023, 11, 16), date(2024, 11, 14), date(2025, 11, 13), date(2026, 11, 19)}


def sessions() -> Iterator[tuple[date, str, str]]:
    """Every session between FIRST and LAST with its opening and closing time in Seoul."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XKRX", start=FIRST.isoformat(), end=LAST.isoformat())
    year = None
    for day in (stamp.date() for stamp in calendar.sessions if stamp.date() not in CLOSED):
        hours = EXAMINATION_HOURS if day in EXAMINATIONS else REGULAR_HOURS
        yield day, *(hours if day.year == year else NEW_YEAR_HOURS)
        year = day.year


def render() -> str:
    """The data file's text: a header and one line a session."""
    lines = [f"{day},{opens},{closes}" for day, opens, closes in sessions()]
    return "\n".join(["session,opens_kst,closes_kst", *lines, ""])


def main() -> int:
    text = render()
    if "--check" in sys.argv:
        return int(DATA.read_text() != text)
    DATA.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
