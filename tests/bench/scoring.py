"""A million forecasts scored over ten years of sessions, and one day on top of one year and of ten.

`python -m tests.bench.scoring`. The sessions are made up (weekdays from 9:00 to 15:30), the prices are a function of
stock and session; forecasts are written as the pipeline would have left them, sealed in session and after it by turns.
"""

import resource
import time as clock
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from infra.local.errors import LocalError
from nunchi import database
from nunchi.evaluate import page_rules, performance, service
from nunchi.evaluate.repository import dues
from nunchi.market.calendar import Calendar, session_at
from nunchi.market.rules import FORECAST_HORIZONS
from tests.bench.store import fresh_database

STOCKS, CASES_A_DAY, ARMS, HORIZONS = 150, 45, 3, 3
YEAR, YEARS = 250, 10
FIRST = date(2017, 1, 2)
AIM_S, AIM_BYTES = 60.0, 2**30


@dataclass(frozen=True)
class Scored:
    """A million forecasts: their time, that of a mere copy of their scores, and the process's memory; and one day."""

    forecasts: int
    taken_s: float
    copied_s: float
    peak_bytes: int
    day_after_one_year_s: float
    day_after_ten_years_s: float
    records_after_one_year_s: float
    a_day: int
    plan: str

    @property
    def growth(self) -> float:
        """The time of a day on ten years of history over that on one."""
        return self.day_after_ten_years_s / self.day_after_one_year_s


def calendar_of(sessions: int) -> Calendar:
    """So many weekdays from `FIRST` on."""
    days = (FIRST + timedelta(days=n) for n in range(sessions * 7 // 5 + 20))
    weekdays = [day for day in days if day.weekday() < 5]
    return Calendar([session_at(day, time(9), time(15, 30)) for day in weekdays[:sessions]])


def measure() -> Scored:
    """Scores one year, a day, the other nine and a day. Raises LocalError when a forecast is left over."""
    calendar = calendar_of(YEAR * YEARS + 40)
    with fresh_database():
        _fill(calendar)
        first_s = _catch_up(calendar, YEAR)
        records_s = _perform(calendar, YEAR)
        early = [_day(calendar, YEAR + n) for n in range(3, 6)]
        rest_s = _catch_up(calendar, YEAR * YEARS)
        late = [_day(calendar, YEAR * YEARS + n) for n in range(1, 4)]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return Scored(
            forecasts=_check(calendar),
            taken_s=first_s + rest_s,
            copied_s=_copied(calendar),
            peak_bytes=peak,
            day_after_one_year_s=min(early),
            day_after_ten_years_s=min(late),
            records_after_one_year_s=records_s,
            a_day=CASES_A_DAY * ARMS * HORIZONS,
            plan=_plan(calendar),
        )


def _now(calendar: Calendar, place: int) -> datetime:
    return calendar.sessions[place].closes_at + timedelta(hours=1)


def _evaluate(calendar: Calendar, place: int) -> float:
    began = clock.perf_counter()
    with database.long_session() as session:

        def pause() -> bool:
            session.commit()
            return True

        service.evaluate(session, calendar, now=_now(calendar, place), pause=pause)
    return clock.perf_counter() - began


def _catch_up(calendar: Calendar, place: int) -> float:
    taken = _evaluate(calendar, place)
    _analyze()
    return taken


def _day(calendar: Calendar, place: int) -> float:
    return _evaluate(calendar, place)


def _copied(calendar: Calendar) -> float:
    """What it takes the database to store the same scores, as they are, in a table with the same indexes and keys."""
    with database.session() as session:
        session.execute(text("CREATE TABLE bench_scores (LIKE evaluations INCLUDING ALL)"))
        session.execute(
            text("ALTER TABLE bench_scores ADD FOREIGN KEY (forecast_id) REFERENCES forecasts (id)")
        )
    query = "INSERT INTO bench_scores SELECT * FROM evaluations WHERE exit_session BETWEEN :first AND :last"
    taken = 0.0
    for place in range(0, YEAR * YEARS, service.PAGE):
        page = calendar.sessions[place : min(place + service.PAGE, YEAR * YEARS + 1)]
        began = clock.perf_counter()
        with database.session() as session:
            session.execute(text(query), {"first": page[0].day, "last": page[-1].day})
        taken += clock.perf_counter() - began
    return taken


def _perform(calendar: Calendar, place: int) -> float:
    """The records of a day: everything before was summed already, of which a run looks at the last once more."""
    taken = 0.0
    for day in range(place, place + 3):
        _evaluate(calendar, day)
        began = clock.perf_counter()
        with database.session() as session:
            performance.perform(session, now=_now(calendar, day))
        taken = clock.perf_counter() - began
    return taken


def _analyze() -> None:
    with database.session() as session:
        session.execute(text("ANALYZE"))  # as autovacuum would have


def _check(calendar: Calendar) -> int:
    """Every forecast that has ended is scored once."""
    last = calendar.sessions[YEAR * YEARS + 3].day
    query = """
        SELECT count(*), count(evaluations.forecast_id) FROM forecasts
        JOIN bench_days ON bench_days.sealed_at = forecasts.sealed_at
        LEFT JOIN evaluations ON evaluations.forecast_id = forecasts.id
        WHERE bench_days.place + horizon_sessions <= (SELECT place FROM bench_days WHERE day = :last LIMIT 1)
    """
    with database.session() as session:
        due, scored = session.execute(text(query), {"last": last}).one()
    if due != scored or not due:
        raise LocalError(f"{scored} of {due} forecasts were scored")
    return int(scored)


def _plan(calendar: Calendar) -> str:
    """How the forecasts of a day are found."""
    windows = page_rules.windows([calendar.sessions[YEAR * YEARS].day], FORECAST_HORIZONS, calendar)
    query = dues.ending_query(windows, now=_now(calendar, YEAR * YEARS))
    compiled = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    with database.session() as session:
        lines = session.scalars(text(f"EXPLAIN (COSTS OFF) {str(compiled).replace(':', chr(92) + ':')}"))
        scans = [line.strip(" ->") for line in lines if " Scan " in line]
    if any(scan.startswith(("Seq Scan on forecasts", "Seq Scan on evaluations")) for scan in scans):
        raise LocalError(f"a day's forecasts are looked for among all: {scans}")
    return "; ".join(dict.fromkeys(scans))


def _fill(calendar: Calendar) -> None:
    with database.session() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no check of foreign keys
        _fill_days(session, calendar)
        session.execute(text(_STOCKS), {"stocks": STOCKS})
        for first in range(0, len(calendar.sessions), YEAR):  # a statement has half a minute
            part = {"first": first, "last": first + YEAR - 1, "stocks": STOCKS, "cases": CASES_A_DAY}
            for statement in _STATEMENTS:
                # only what is bound may be named
                named = {name: value for name, value in part.items() if f":{name}" in statement}
                session.execute(text(statement), named)
    _analyze()


def _fill_days(session: Session, calendar: Calendar) -> None:
    session.execute(
        text("CREATE TABLE bench_days (place int, day date, closes_at timestamptz, sealed_at timestamptz)")
    )
    session.execute(
        text("CREATE TABLE bench_cases (id uuid, story_id uuid, sealed_at timestamptz, code text)")
    )
    rows = [
        {
            "place": place,
            "day": one.day,
            "closes_at": one.closes_at,
            # in session it is entered at the close, and before it at the open
            "sealed_at": one.closes_at - timedelta(hours=3 if place % 2 else 8),
        }
        for place, one in enumerate(calendar.sessions)
    ]
    query = "INSERT INTO bench_days VALUES (:place, :day, :closes_at, :sealed_at)"
    session.execute(text(query), rows)


_STOCKS = """INSERT INTO stocks (code, name, market, active, priority)
       SELECT lpad(stock::text, 6, '0'), 'stock ' || stock,
              CASE WHEN mod(stock, 2) = 0 THEN 'KOSPI' ELSE 'KOSDAQ' END, true, 2
       FROM generate_series(1, :stocks) AS stock"""
_STATEMENTS = (
    """INSERT INTO daily_bars
          (code, session, known_at, open_won, high_won, low_won, close_won, volume_shares, backfilled)
       SELECT lpad(stock::text, 6, '0'), day, closes_at + interval '10 minutes', price, price + 50, price, price + 50,
              1000, false
       FROM bench_days, generate_series(1, :stocks) AS stock,
            LATERAL (SELECT 10000 + 100 * mod(stock * 7 + place * 13, 17) AS price) AS priced
       WHERE place BETWEEN :first AND :last""",
    """INSERT INTO index_bars (code, session, known_at, open, high, low, close, backfilled)
       SELECT code, day, closes_at + interval '10 minutes', 2500, 2510, 2490, 2500 + mod(place, 5), false
       FROM bench_days, unnest(ARRAY['0001', '1001']) AS code
       WHERE place BETWEEN :first AND :last""",
    "TRUNCATE bench_cases",
    """INSERT INTO bench_cases
       SELECT gen_random_uuid() AS id, gen_random_uuid() AS story_id, sealed_at,
              lpad((1 + mod(place * :cases + number, :stocks))::text, 6, '0') AS code
       FROM bench_days, generate_series(1, :cases) AS number
       WHERE place BETWEEN greatest(1, :first) AND :last""",
    """INSERT INTO stories (id, title, lead, known_at)
       SELECT story_id, 'a story', '', sealed_at - interval '2 minutes' FROM bench_cases""",
    """INSERT INTO cases (id, story_id, stock_code, as_of, correlation_id, sigma20_ratio, asked, evidence)
       SELECT id, story_id, code, sealed_at - interval '2 minutes', 'story', 0.02,
              '["prior", "neighbours", "gpt-4o"]', '{}' FROM bench_cases""",
    """INSERT INTO forecasts
          (id, answer_id, case_id, arm, horizon_sessions, p_down, p_flat, p_up, shown_down, shown_flat, shown_up,
           calibrator, created_at, sealed_at)
       SELECT gen_random_uuid(), gen_random_uuid(), bench_cases.id, arm, horizon, down, 0.4, 0.6 - down,
              down, 0.4, 0.6 - down, 'identity', sealed_at - interval '1 minute', sealed_at
       FROM bench_cases, unnest(ARRAY['prior', 'neighbours', 'gpt-4o']) AS arm, unnest(ARRAY[1, 3, 5]) AS horizon,
            LATERAL (SELECT 0.1 + 0.4 * random() AS down WHERE bench_cases.id IS NOT NULL AND arm <> '') AS made""",
)


def table(found: Scored) -> Table:
    """The results, with their aims."""
    shown = Table(
        title="Evaluation", caption=f"A day's forecasts are found by: {found.plan}", caption_justify="left"
    )
    for heading in ("measured", "result", "aim"):
        shown.add_column(heading)
    speed = f"{found.taken_s:.1f} s, {found.forecasts / found.taken_s:,.0f}/s"
    shown.add_row(
        f"{found.forecasts:,} forecasts scored over {YEARS} years", speed, f"{AIM_S:.0f} s for 1,000,000"
    )
    shown.add_row(
        "  beside a copy of their scores", f"{found.taken_s / found.copied_s:.1f} times as long", ""
    )
    shown.add_row(
        "  peak memory of the process",
        f"{found.peak_bytes / 2**20:,.0f} MiB",
        f"{AIM_BYTES / 2**20:,.0f} MiB",
    )
    days = f"{found.day_after_ten_years_s:.3f} / {found.day_after_one_year_s:.3f} s"
    shown.add_row(f"a day of {found.a_day} on ten years / on one", f"{found.growth:.2f} ({days})", "about 1")
    shown.add_row("the day's records on one year", f"{found.records_after_one_year_s:.2f} s", "")
    return shown


if __name__ == "__main__":
    Console().print(table(measure()))
