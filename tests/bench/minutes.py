"""A trading day of minute bars of the whole market: how fast it is saved, how large it is, how fast one stock is read.

`python -m tests.bench.minutes`. Saved in the batches of a worker, against COPY of the same rows into the same table.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from infra.local.errors import LocalError
from nunchi import database
from nunchi.market.calendar import Session, xkrx
from nunchi.quotes import repository
from tests.bench.store import copy, fresh_database

STOCKS, MINUTES = 2700, 390
BATCH = 30 * 30  # rows: what a message's codes have traded since they were asked about
COMPARED = 300  # stocks
SESSION: Session = xkrx().after(date(2026, 10, 19), 0)
NOW = SESSION.closes_at + timedelta(minutes=5)
Row = dict[str, Any]
COLUMNS = "code, at, known_at, open_won, high_won, low_won, close_won, volume_shares"


@dataclass(frozen=True)
class Minutes:
    """Bars a second, both ways; the whole day's time and size; and the time to read one stock's day."""

    saved_per_s: float
    copied_per_s: float
    day_bars: int
    day_s: float
    day_bytes: int
    read_s: float

    @property
    def ratio(self) -> float:
        """The speed of saving over that of COPY."""
        return self.saved_per_s / self.copied_per_s


def measure() -> Minutes:
    """Saves and copies the bars of some stocks, then saves the whole market's. Raises LocalError when one is lost."""
    with fresh_database():
        some = list(_rows(COMPARED))
        copied, saved = _timed(_copy, some), _timed(_save, some)
        _empty()
        whole = list(_rows(STOCKS))
        began = time.perf_counter()
        _save(whole)
        day_s = time.perf_counter() - began
        stored, size = _stored()
        return Minutes(len(some) / saved, len(some) / copied, stored, day_s, size, _read())


def _timed(way: Callable[[list[Row]], None], rows: list[Row]) -> float:
    best = float("inf")
    for _ in range(3):
        _empty()
        began = time.perf_counter()
        way(rows)
        best = min(best, time.perf_counter() - began)
        if _stored()[0] != len(rows):
            raise LocalError("bars were lost")
    return best


def _empty() -> None:
    with database.session() as session:
        session.execute(text("TRUNCATE minute_bars"))


def _stored() -> tuple[int, int]:
    with database.session() as session:
        count = session.scalar(text("SELECT count(*) FROM minute_bars"))
        size = session.scalar(
            text(
                "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
                " WHERE inhparent = 'minute_bars'::regclass"
            )
        )
    return int(count or 0), int(size or 0)


def _read() -> float:
    began = time.perf_counter()
    with database.session() as session:
        found = repository.minutes(session, "001350", SESSION.opens_at, SESSION.closes_at, as_of=NOW)
    if len(found) != MINUTES:
        raise LocalError(f"{len(found)} bars of a stock were read")
    return time.perf_counter() - began


def _rows(stocks: int) -> Iterator[Row]:
    draw = Random(1)
    for stock in range(stocks):
        price = draw.randint(1000, 100_000)
        for minute in range(MINUTES):
            low, high = price - draw.randint(0, 50), price + draw.randint(0, 50)
            yield {
                "code": f"{stock:06d}",
                "at": _at(minute),
                "open_won": price,
                "high_won": high,
                "low_won": low,
                "close_won": price,
                "volume_shares": draw.randint(0, 9999),
            }


def _at(minute: int) -> datetime:
    return SESSION.opens_at + timedelta(minutes=minute)


def _save(rows: list[Row]) -> None:
    for start in range(0, len(rows), BATCH):
        with database.session() as session:
            repository.save_minutes(session, rows[start : start + BATCH], now=NOW)


def _copy(rows: list[Row]) -> None:
    given = ({**row, "known_at": NOW} for row in rows)
    names = COLUMNS.split(", ")
    with database.session() as session:
        cursor = session.connection().connection.cursor()
        copy(cursor, "minute_bars", COLUMNS, ([row[name] for name in names] for row in given))


if __name__ == "__main__":
    found = measure()
    print(f"{found.saved_per_s:,.0f} bars/s saved, {found.ratio:.2f} of the speed of COPY")
    print(f"{found.day_bars:,} bars of a day in {found.day_s:.1f} s, {found.day_bytes / 1e6:,.0f} MB")
    print(f"one stock's day is read in {1000 * found.read_s:.1f} ms")
