"""Opening a case: a story and a stock, with all the evidence known at `as_of`, the same for every arm."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.adapters.milvus import Hit
from nunchi.market import repository as market
from nunchi.market.calendar import Calendar
from nunchi.market.rules import entry_after
from nunchi.models.forecasts import Case
from nunchi.models.market import Stock
from nunchi.models.stories import Story
from nunchi.observability import count
from nunchi.predict import repository
from nunchi.predict.rules import NEIGHBOURS

RECENT = timedelta(days=60)  # holds 21 sessions whatever the holidays
RECENT_CLOSES = 5


def open_all(
    session: Session,
    story: Story,
    codes: Iterable[str],
    hits: Sequence[Hit],
    calendar: Calendar,
    *,
    as_of: datetime,
) -> list[Case]:
    """A case for each stock that a story is about; a stock with too short a history gets none, and is counted."""
    near = similar(session, hits, as_of=as_of)
    opened = []
    for code in codes:
        case = _open(session, story, code, near, calendar, as_of)
        if case is None:
            count("CasesWithoutHistory")
        else:
            opened.append(case)
    return opened


def similar(session: Session, hits: Sequence[Hit], *, as_of: datetime) -> list[dict[str, Any]]:
    """The nearest past stories whose reactions are known by `as_of`: similarity, outcomes, returns by horizon."""
    reactions = repository.reactions_of(session, [hit.story_id for hit in hits], as_of=as_of)
    # equal texts have equal similarity but for the last digits; the id settles their order
    ordered = sorted(hits, key=lambda hit: (-round(hit.similarity, 5), str(hit.story_id)))
    found = [_neighbour(hit, reactions[hit.story_id]) for hit in ordered if hit.story_id in reactions]
    return found[:NEIGHBOURS]


def _neighbour(hit: Hit, reactions: list[repository.Reacted]) -> dict[str, Any]:
    code = min(reaction.stock_code for reaction in reactions)  # one hit a story
    of_stock = [reaction for reaction in reactions if reaction.stock_code == code]
    return {
        "story_id": str(hit.story_id),
        "stock_code": code,
        "similarity": round(hit.similarity, 3),
        "outcomes": {str(r.horizon_sessions): r.outcome for r in of_stock},
        "adjusted_return_ratios": {
            str(r.horizon_sessions): round(r.adjusted_return_ratio, 6) for r in of_stock
        },
    }


def _open(
    session: Session, story: Story, code: str, near: list[dict[str, Any]], calendar: Calendar, as_of: datetime
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
        "neighbours": near,
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
