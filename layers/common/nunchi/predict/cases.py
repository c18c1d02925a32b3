"""Opening a case: a story and a stock, with all the evidence known at `as_of`, the same for every arm."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.embed.nearest import Found
from nunchi.market import repository as market
from nunchi.market.calendar import Calendar
from nunchi.market.rules import entry_after
from nunchi.models.forecasts import Case
from nunchi.models.market import Stock
from nunchi.models.stories import Story
from nunchi.observability import count
from nunchi.predict import repository
from nunchi.predict.similar import Similar, similar

RECENT = timedelta(days=60)  # holds 21 sessions whatever the holidays
RECENT_CLOSES = 5


def open_all(
    session: Session,
    story: Story,
    codes: Iterable[str],
    found: Found,
    calendar: Calendar,
    *,
    as_of: datetime,
) -> list[Case]:
    """A case for each stock that a story is about; a stock with too short a history gets none, and is counted."""
    past = similar(session, found, calendar, as_of=as_of)
    opened = []
    for code in codes:
        case = _open(session, story, code, past, calendar, as_of)
        if case is None:
            count("CasesWithoutHistory")
        else:
            opened.append(case)
    return opened


def _open(
    session: Session, story: Story, code: str, past: Similar, calendar: Calendar, as_of: datetime
) -> Case | None:
    stock = session.get_one(Stock, code)
    since = (as_of - RECENT).date()
    pair = market.paired_series(session, [(code, stock.market)], as_of=as_of, since=since)[code]
    if pair.sigma20 is None:
        return None
    kind = entry_after(as_of, calendar).kind
    counts = repository.base_counts(session, [code, stock.market], as_of=as_of)
    evidence = {
        "entry_kind": kind,
        "own_counts": counts.get(code, {}).get(kind, {}),
        "market_counts": counts.get(stock.market, {}).get(kind, {}),
        "recent_closes_won": pair.recent_closes(RECENT_CLOSES),
        **past.evidence(code),
    }
    return Case(
        id=case_id(story.id, code),
        story_id=story.id,
        stock_code=code,
        as_of=as_of,
        sigma20_ratio=round(pair.sigma20, 8),
        asked=[],
        evidence=evidence,
    )


def case_id(story_id: UUID, stock_code: str) -> UUID:
    """A case's id, which follows from its story and stock."""
    return ids.derive("case", story_id, stock_code)
