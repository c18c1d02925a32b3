"""Stories whose reactions are due, and the reactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    String,
    Uuid,
    and_,
    column,
    exists,
    select,
    true,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from nunchi.database import recordset
from nunchi.evaluate.page_rules import Window
from nunchi.evaluate.repository import work
from nunchi.evaluate.repository.work import is_open, touched, within
from nunchi.market.rules import REACTION_HORIZONS
from nunchi.models.articles import Article
from nunchi.models.evaluation import Reaction, Waiting
from nunchi.models.market import Stock
from nunchi.models.stories import StoryFounder, StoryStock

KIND = "reactions"
_KEY = ("story_id", "stock_code", "horizon_sessions")


@dataclass(frozen=True)
class Told:
    """A story of a stock, when it became known, what its page said of that, and a horizon at which it is due."""

    story_id: UUID
    stock_code: str
    market: str
    moment: datetime
    published_at: datetime | None
    horizon: int


def earliest(session: Session) -> datetime | None:
    """When the first story became known."""
    return session.scalar(select(StoryStock.known_at).order_by(StoryStock.known_at).limit(1))


def told_since(session: Session, since: datetime, *, now: datetime) -> list[Told]:
    """What became known in (since, now), at every horizon."""
    return _told(session, _at_horizons().where(StoryStock.known_at > since, StoryStock.known_at < now))


def ending(session: Session, windows: Sequence[Window], *, now: datetime) -> list[Told]:
    """The stories of these windows without a reaction that don't wait already."""
    if not windows:
        return []
    horizon = _horizon()
    same = and_(
        Reaction.story_id == StoryStock.story_id,
        Reaction.stock_code == StoryStock.stock_code,
        Reaction.horizon_sessions == horizon,
    )
    query = _at_horizons().where(
        StoryStock.known_at < now,
        within(StoryStock.known_at, horizon, windows),
        ~exists().where(same),
        ~is_open(KIND, StoryStock.story_id, StoryStock.stock_code, horizon),
    )
    return _told(session, query)


def waiting(session: Session) -> list[Told]:
    """The stories that wait for a bar."""
    return _of_keys(session, work.owners_waiting(session, KIND))


def standing_on_changes(session: Session, since: datetime, *, now: datetime) -> list[Told]:
    """The stories with a reaction that stands on a bar or a factor that changed after `since`."""
    found = session.execute(touched(Reaction, _KEY, since, now))
    return _of_keys(session, [(story, code, horizon) for story, code, horizon in found])


def _of_keys(session: Session, keys: Sequence[tuple[UUID, str, int]]) -> list[Told]:
    if not keys:
        return []
    rows = [{"story": str(story), "code": code, "horizon": horizon} for story, code, horizon in keys]
    given = recordset(rows, {"story": Uuid(), "code": String(), "horizon": Integer()})
    same = and_(
        given.c.story == StoryStock.story_id,
        given.c.code == StoryStock.stock_code,
        given.c.horizon == _horizon(),
    )
    return _told(session, _at_horizons().join(given, same))


_HORIZONS = values(column("horizon", Integer), name="horizons").data([(one,) for one in REACTION_HORIZONS])


def _horizon() -> Any:
    return _HORIZONS.c.horizon


def _at_horizons() -> Select[Any]:
    return (
        select(
            StoryStock.story_id,
            StoryStock.stock_code,
            Stock.market,
            StoryStock.known_at,
            Article.published_at,
            _horizon(),
        )
        .select_from(StoryStock)
        .join(_HORIZONS, true())
        .join(Stock, Stock.code == StoryStock.stock_code)
        .outerjoin(StoryFounder, StoryFounder.story_id == StoryStock.story_id)
        .outerjoin(Article, Article.id == StoryFounder.article_id)
        .order_by(StoryStock.known_at, StoryStock.story_id, StoryStock.stock_code, _horizon())
    )


def _told(session: Session, query: Select[Any]) -> list[Told]:
    return [Told(*row) for row in session.execute(query)]


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Stores reactions; one that is there stays."""
    if rows:
        session.execute(insert(Reaction).on_conflict_do_nothing().returning(Reaction.horizon_sessions), rows)


def newest(session: Session, story_ids: Sequence[UUID]) -> dict[tuple[UUID, str, int], Reaction]:
    """The newest reactions of stories, by story, stock and horizon."""
    # in one parameter, whatever their number: there are many after a correction of an index
    given = recordset([{"id": one} for one in sorted(set(story_ids))], {"id": Uuid()})
    query = select(Reaction).where(
        Reaction.story_id.in_(select(given.c.id)), Reaction.superseded_at.is_(None)
    )
    return {(one.story_id, one.stock_code, one.horizon_sessions): one for one in session.scalars(query)}


def supersede(session: Session, *, now: datetime) -> int:
    """Marks the reactions that were stored anew at `now` as superseded; returns how many."""
    newer = aliased(Reaction)
    same = (getattr(newer, name) == getattr(Reaction, name) for name in _KEY)
    query = (
        update(Reaction)
        .where(Reaction.superseded_at.is_(None), *same)
        .where(newer.known_at == now, newer.revision == Reaction.revision + 1)
        .values(superseded_at=now)
    )
    return session.connection().execute(query).rowcount


def resolve(session: Session, *, now: datetime) -> None:
    """Closes what waited and has a reaction."""
    same = and_(
        Reaction.story_id == Waiting.owner_id,
        Reaction.stock_code == Waiting.stock_code,
        Reaction.horizon_sessions == Waiting.horizon_sessions,
    )
    work.resolve(session, KIND, exists().where(same), now=now)
