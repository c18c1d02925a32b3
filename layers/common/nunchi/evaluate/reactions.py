"""What the market did after each story, and how often each class comes anyway."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi.evaluate import repository
from nunchi.market import repository as market
from nunchi.market.calendar import Calendar
from nunchi.market.paired import Measured, Paired, class_counts
from nunchi.market.rules import FORECAST_HORIZONS, REACTION_HORIZONS, Entry, entry_after

LOOK_BACK = timedelta(days=60)  # holds the longest horizon, with time for late bars
HISTORY_BEFORE = timedelta(days=60)  # holds the 21 sessions that σ20 needs


def react(session: Session, calendar: Calendar, *, now: datetime, since: datetime | None = None) -> int:
    """Stores every reaction whose bars are known by `now` and which is not stored yet; returns how many."""
    rows = due(session, calendar, now=now, since=since or now - LOOK_BACK)
    repository.add_reactions(session, [{**row, "known_at": now} for row in rows])
    return len(rows)


def due(session: Session, calendar: Calendar, *, now: datetime, since: datetime) -> list[dict[str, Any]]:
    """The reactions that can be computed now, without their `known_at`."""
    told = repository.told_since(session, since, now=now)
    have = repository.reacted(session, since, now=now)
    pairs = market.paired_series(
        session, {(code, name) for _, code, _, name in told}, as_of=now, since=(since - HISTORY_BEFORE).date()
    )
    return [
        row
        for story, code, known_at, _ in told
        for row in _reactions(story, code, entry_after(known_at, calendar), pairs[code], calendar)
        if (story, code, row["horizon_sessions"]) not in have
    ]


def _reactions(
    story: UUID, code: str, entry: Entry, pair: Paired, calendar: Calendar
) -> list[dict[str, Any]]:
    sigma20 = pair.sigma20_before(entry.session)
    if sigma20 is None:
        return []
    found = []
    for horizon in REACTION_HORIZONS:
        exit_day = calendar.day_after(entry.session, horizon)
        measured = pair.measure(entry, exit_day, horizon, sigma20) if exit_day else None
        if measured is not None:
            found.append(
                {
                    "story_id": story,
                    "stock_code": code,
                    "horizon_sessions": horizon,
                    "entry_session": entry.session,
                    "entry_kind": entry.kind,
                    "exit_session": exit_day,
                    **_columns(measured),
                }
            )
    return found


def _columns(measured: Measured) -> dict[str, Any]:
    return {
        "stock_return_ratio": measured.move.stock,
        "adjusted_return_ratio": measured.move.adjusted,
        "band_ratio": measured.band,
        "outcome": int(measured.outcome),
    }


def count_base_rates(session: Session, *, now: datetime) -> int:
    """Counts again the classes of every stock with new bars, and of its market; returns how many stocks."""
    stocks = repository.stocks_with_new_bars(session, now=now)
    pairs = market.paired_series(session, {(stock.code, stock.market) for stock in stocks}, as_of=now)
    counts: dict[str, Any] = {
        code: class_counts(pair, FORECAST_HORIZONS) for code, pair in sorted(pairs.items())
    }
    repository.add_base_rates(session, counts, now=now)
    for name in sorted({stock.market for stock in stocks}):
        repository.add_base_rates(
            session, {name: _sum(repository.latest_counts(session, name, now=now))}, now=now
        )
    return len(stocks)


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
