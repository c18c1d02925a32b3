"""Opening a case: a story and a stock, with all the evidence known at `as_of`, the same for every arm."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.embed.nearest import Found
from nunchi.market.calendar import Calendar
from nunchi.market.paired import Paired
from nunchi.market.rules import EntryKind, entry_after
from nunchi.models.forecasts import Case
from nunchi.models.market import Stock
from nunchi.models.stories import Story
from nunchi.observability import count
from nunchi.predict import evidence, repository
from nunchi.predict.similar import similar

RECENT_CLOSES = 5


def open_all(
    session: Session,
    story: Story,
    codes: Iterable[str],
    found: Found,
    calendar: Calendar,
    *,
    article_id: UUID,
    as_of: datetime,
) -> list[Case]:
    """A case for each stock that a story is about; a stock with too short a history gets none, and is counted.

    `article_id` is the article that founded the story: others join only after the case is opened.
    """
    past = similar(session, found, calendar, as_of=as_of)
    stocks = repository.stocks(session, codes)
    known = evidence.read(session, stocks, as_of=as_of)
    counts = repository.base_counts(session, scopes(stocks), as_of=as_of)
    opened = []
    for stock in stocks:
        about = {
            **history(counts, stock, entry_after(as_of, calendar).kind),
            **past.evidence(stock.code),
            **evidence.of(known, stock, about=article_id),
        }
        case = _open(story, stock, known.pair(stock), about, as_of)
        if case is None:
            count("CasesWithoutHistory")
        else:
            opened.append(case)
    return opened


def scopes(stocks: Iterable[Stock]) -> set[str]:
    """What base rates are kept of that tell of these stocks: their codes and their markets."""
    return {scope for stock in stocks for scope in (stock.code, stock.market)}


def history(counts: Mapping[str, dict[str, Any]], stock: Stock, kind: EntryKind) -> dict[str, Any]:
    """A stock's and its market's class counts of past sessions that were entered in the same way."""
    return {
        "entry_kind": kind,
        "own_counts": counts.get(stock.code, {}).get(kind, {}),
        "market_counts": counts.get(stock.market, {}).get(kind, {}),
    }


def _open(story: Story, stock: Stock, pair: Paired, about: dict[str, Any], as_of: datetime) -> Case | None:
    if pair.sigma20 is None:
        return None
    return Case(
        id=case_id(story.id, stock.code),
        story_id=story.id,
        stock_code=stock.code,
        as_of=as_of,
        sigma20_ratio=round(pair.sigma20, 8),
        asked=[],
        evidence=about | {"recent_closes_won": pair.recent_closes(RECENT_CLOSES)},
    )


def case_id(story_id: UUID, stock_code: str) -> UUID:
    """A case's id, which follows from its story and stock."""
    return ids.derive("case", story_id, stock_code)
