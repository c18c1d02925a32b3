"""When a report is due: three times of each session, by the clocks in Seoul. Pure."""

from datetime import date, datetime, time
from typing import Literal, get_args

from nunchi.market.calendar import Calendar
from nunchi.seoul import SEOUL

Slot = Literal["1000", "1300", "1545"]
SLOTS: tuple[Slot, ...] = get_args(Slot)


def moment_of(day: date, slot: Slot) -> datetime:
    """The moment of a slot on a day, aware."""
    return datetime.combine(day, time(int(slot[:2]), int(slot[2:])), tzinfo=SEOUL)


def slot_of(moment: datetime) -> Slot | None:
    """The last slot of that day in Seoul that has come at an aware moment; None before the first."""
    day = moment.astimezone(SEOUL).date()
    come = [slot for slot in SLOTS if moment_of(day, slot) <= moment]
    return come[-1] if come else None


def before(day: date, slot: Slot, calendar: Calendar) -> datetime:
    """The moment of the slot before a session's slot, be it of the session before. Raises `OutsideCalendar`."""
    place = SLOTS.index(slot)
    if place:
        return moment_of(day, SLOTS[place - 1])
    return moment_of(calendar.previous_session(day).day, SLOTS[-1])


def current(moment: datetime, calendar: Calendar) -> tuple[date, Slot]:
    """The session and slot that came last at an aware moment. Raises `OutsideCalendar`."""
    day, slot = moment.astimezone(SEOUL).date(), slot_of(moment)
    if slot is not None and calendar.on(day) is not None:
        return day, slot
    return calendar.previous_session(day).day, SLOTS[-1]
