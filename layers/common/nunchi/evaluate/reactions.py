"""What the market did after each story, and how often each class comes anyway."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from nunchi.database import Pause, never
from nunchi.evaluate import page_rules
from nunchi.evaluate.repository import rates, reactions, work
from nunchi.evaluate.repository.reactions import KIND, Told
from nunchi.evaluate.service import trade_columns
from nunchi.market import repository as market
from nunchi.market.calendar import Calendar
from nunchi.market.paired import class_counts
from nunchi.market.rules import FORECAST_HORIZONS, REACTION_HORIZONS, classify, flat_band
from nunchi.market.tapes import Asked, Reach, tapes, with_sigma
from nunchi.market.trades import Flag, Tape, Trade, Wait, measure, moved_until
from nunchi.observability import count
from nunchi.seoul import seoul_date

HISTORY_BEFORE = timedelta(days=60)  # holds the 21 sessions that σ20 needs, but of stocks that were suspended
AFTER = timedelta(days=14)  # beyond a session, for stocks that did not trade in it
CHUNK = 5_000  # reactions that are computed together, however many a correction or a long gap brings
STOCKS = 100  # whose whole history is read at once, for base rates
Row = TypeVar("Row")
TOLERANCE = 1e-12  # of a return, beside what a bar that changed makes of it


@dataclass
class Found:
    """Reactions, and the stories that have none yet."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    waits: list[dict[str, Any]] = field(default_factory=list)


def react(session: Session, calendar: Calendar, *, now: datetime, pause: Pause = never) -> int:
    """Stores every reaction whose bars are known by `now`, and those that changed bars make; returns how many.

    It works session by session, with `pause` between two; sessions for which that leaves no time are the next run's.
    What is due and has no bars is kept as waiting, and reported when it is missing.
    """
    stored = _revise(session, calendar, now)
    days = _sessions(session, calendar, now)
    while days and pause():
        stored += _day(session, calendar, days.pop(0), now)
    if days:
        count("ReactionsBehind", len(days))
    stored += _store(session, calendar, reactions.waiting(session), now)
    reactions.resolve(session, now=now)
    missing = work.report_missing(session, KIND, page_rules.overdue_since(now, calendar), now=now)
    if missing:
        count("ReactionsMissing", missing)
    return stored


def _sessions(session: Session, calendar: Calendar, now: datetime) -> list[date]:
    last = work.last_worked(session, KIND)
    earliest = None if last else reactions.earliest(session)
    return page_rules.sessions_to_work(last.session if last else None, earliest, now, calendar)


def _day(session: Session, calendar: Calendar, day: date, now: datetime) -> int:
    windows = page_rules.windows([day], REACTION_HORIZONS, calendar)
    told = reactions.ending(session, windows, now=now)
    stored = _store(session, calendar, told, now, until=day + AFTER)
    work.mark_worked(session, KIND, day, now=now)
    return stored


def _store(
    session: Session, calendar: Calendar, told: Sequence[Told], now: datetime, until: date | None = None
) -> int:
    stored = 0
    for some in _parts(told, CHUNK):
        found = due(session, calendar, some, now=now, until=until)
        reactions.add(session, [{**row, "revision": 1, "known_at": now} for row in found.rows])
        work.put_waiting(session, KIND, found.waits, now=now)
        stored += len(found.rows)
    return stored


def _revise(session: Session, calendar: Calendar, now: datetime) -> int:
    """Adds a revision where a changed bar or factor makes another reaction; what was known stays beside it."""
    since = work.last_run(session, KIND)
    if since is None:
        return 0
    told = reactions.standing_on_changes(session, since, now=now)
    changed = 0
    for some in _parts(told, CHUNK):
        rows = _changed(session, due(session, calendar, some, now=now).rows, now)
        reactions.add(session, rows)
        changed += len(rows)
    if changed:
        count("ReactionsRevised", reactions.supersede(session, now=now))
    return changed


def _changed(session: Session, rows: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Those of these reactions that are not as they are stored, as their next revisions."""
    known = reactions.newest(session, [row["story_id"] for row in rows])
    pairs = ((row, known[row["story_id"], row["stock_code"], row["horizon_sessions"]]) for row in rows)
    return [
        {**row, "revision": before.revision + 1, "known_at": now}
        for row, before in pairs
        if _differs(row, before)
    ]


def _differs(row: dict[str, Any], before: Any) -> bool:
    kept = ("entry_session", "entry_kind", "exit_session", "outcome", "flags")
    moved = ("stock_return_ratio", "adjusted_return_ratio", "band_ratio")
    return any(row[name] != getattr(before, name) for name in kept) or any(
        abs((row[name] or 0) - (getattr(before, name) or 0)) > TOLERANCE for name in moved
    )


def due(
    session: Session, calendar: Calendar, told: Sequence[Told], *, now: datetime, until: date | None = None
) -> Found:
    """The reactions that can be computed now, without their revision and `known_at`.

    Bars after `until` are not looked at, nor is a delisting after it.
    """
    found = Found()
    if not told:
        return found
    reach = Reach(now, seoul_date(min(one.moment for one in told)) - HISTORY_BEFORE, until)
    asked = [Asked(one.stock_code, one.market, moment) for one in told for moment in _moments(one)]
    tape_of = tapes(session, asked, calendar, reach)
    tape_of = with_sigma(session, tape_of, asked, calendar, reach)
    today = min(seoul_date(now), until or date.max)
    for one in told:
        trade = measure(tape_of[one.stock_code], one.moment, one.horizon, calendar, today=today)
        if isinstance(trade, Wait):
            found.waits.extend(_waiting(one, trade, now, calendar))
        else:
            found.rows.append(_reaction(tape_of[one.stock_code], one, trade, calendar))
    return found


def _moments(told: Told) -> set[datetime]:
    """The moments at which prices are asked for: nothing that a page says is later than when it was read."""
    return {told.moment, min(told.published_at or told.moment, told.moment)}


def _waiting(told: Told, wait: Wait, now: datetime, calendar: Calendar) -> Iterator[dict[str, Any]]:
    ends = page_rules.due_session(told.moment, told.horizon, calendar)
    if ends is not None and calendar.after(ends, 0).closes_at <= now:
        yield {
            "ids": str(told.story_id),
            "stock_code": told.stock_code,
            "horizon_sessions": told.horizon,
            "reason": wait.reason,
            "due_session": ends,
        }


def _reaction(tape: Tape, told: Told, trade: Trade, calendar: Calendar) -> dict[str, Any]:
    """The row of a reaction; that of a stock with too short a history for σ20 has its returns, and no class."""
    opened = trade.opened
    sigma20 = tape.pair.sigma20_before(opened.session)
    band = None if sigma20 is None else flat_band(sigma20, told.horizon, opened.share)
    kept = ("entry_session", "entry_kind", "entry_at", "exit_session")
    columns = trade_columns(trade)
    return {
        "story_id": told.story_id,
        "stock_code": told.stock_code,
        "horizon_sessions": told.horizon,
        "from_session": _stands_from(tape, told, trade),
        **{name: columns[name] for name in kept},
        "stock_return_ratio": trade.stock,
        "adjusted_return_ratio": trade.adjusted,
        "moved_since_known_ratio": moved_until(tape, opened, told.moment, calendar),
        "moved_since_published_ratio": moved_until(tape, opened, min(_moments(told)), calendar),
        "band_ratio": band,
        "outcome": None if band is None else int(classify(trade.adjusted, band)),
        "flags": [*trade.flags, *([Flag.SHORT_HISTORY] if band is None else [])],
    }


def _stands_from(tape: Tape, told: Told, trade: Trade) -> date:
    """The first session whose bar makes a reaction what it is; where there is no σ20, any older bar may give it one."""
    sigma20_from = tape.pair.sigma20_from(trade.opened.session) or date.min
    return min(trade.opened.planned, sigma20_from, seoul_date(min(_moments(told))))


def count_base_rates(session: Session, *, now: datetime, pause: Pause = never) -> int:
    """Counts again the classes of every stock with new bars, and of the markets; returns how many stocks.

    It works some stocks at a time, with `pause` after each; those for which that leaves no time are the next run's.
    """
    stocks = rates.stocks_with_new_bars(session, now=now)
    counted = 0
    for some in _parts(stocks, STOCKS):
        pairs = market.paired_series(session, {(stock.code, stock.market) for stock in some}, as_of=now)
        counts: dict[str, Any] = {
            code: class_counts(pair, FORECAST_HORIZONS) for code, pair in sorted(pairs.items())
        }
        rates.add_base_rates(session, counts, now=now)
        counted += len(some)
        if not pause():
            break
    if counted < len(stocks):
        count("BaseRatesBehind", len(stocks) - counted)
    for name in rates.markets_with_new_counts(session, now=now):
        rates.add_base_rates(session, {name: _sum(rates.latest_counts(session, name, now=now))}, now=now)
    return counted


def _parts(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _sum(counts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        kind: {
            horizon: [
                sum(column) for column in zip(*(counted[kind][horizon] for counted in counts), strict=True)
            ]
            for horizon in counts[0][kind]
        }
        for kind in counts[0]
    }
