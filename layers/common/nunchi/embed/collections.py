"""The collection of vectors in use: for one message, and while all stories are embedded anew into another."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import database
from nunchi.adapters import embeddings
from nunchi.adapters.milvus import Collection
from nunchi.adapters.milvus_rows import StoryVector
from nunchi.embed import repository
from nunchi.embed.service import text_of
from nunchi.models.vectors import VectorCollection
from nunchi.queues import Write

BATCH = 256  # stories: one call of a model, one upsert

Embed = Callable[[Sequence[str]], list[list[float]]]


def in_use(session: Session, *, now: datetime) -> VectorCollection:
    """The collection that is searched and written. `EMBEDDER` decides only where there is none yet."""
    return repository.current(session, embeddings.model(), now=now)


def opened(row: VectorCollection) -> tuple[Embed, Collection]:
    """The model that made a collection's vectors, and the collection: always these two together."""
    return partial(embeddings.embed, by=row.model), Collection(row.name, row.dimension)


def guarded(write: Write, name: str) -> Write:
    """A write that raises `CollectionSwitched` when the collection of its story's vector is in use no more."""
    return partial(_guarded, write=write, name=name)


def _guarded(session: Session, *, write: Write, name: str) -> None:
    repository.hold(session, name)
    write(session)


def rebuild(
    now: Callable[[], datetime],
    report: Callable[[int, int], None] = lambda _done, _of: None,
) -> VectorCollection:
    """Embeds every story by `EMBEDDER`'s model into a collection beside the one in use, then puts that one into use.

    A run that died is gone on with. Until the end the other collection is searched and written, and what is written
    meanwhile is embedded too: the switch is refused while any story lacks its vector. `report` is told how many
    stories are done, of how many. Raises `UpstreamError`.
    """
    target = _target(now())
    embed, vectors = opened(target)
    done = set[UUID]()
    while True:
        with database.session() as session:
            wanted = repository.story_ids(session)
        missing = sorted(set(wanted) - done)
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            _fill(batch, embed, vectors)
            done.update(batch)
            report(len(done), len(wanted))
        vectors.flush()
        with database.session() as session:
            if repository.switch(session, target.name, stories=len(done), now=now()):
                return target


def _target(now: datetime) -> VectorCollection:
    model = embeddings.model()
    with database.session() as session:
        repository.current(session, model, now=now)
        begun = repository.filling(session, model)
        name = repository.next_name(session, model)
    if begun is not None:
        return begun
    Collection(name, model[1]).drop()  # what another database's rebuild has left in this Milvus
    with database.session() as session:
        return repository.begin(session, model, now=now)


def _fill(story_ids: Sequence[UUID], embed: Embed, vectors: Collection) -> None:
    held = vectors.held(story_ids)
    with database.session() as session:
        rows = repository.stories(session, [one for one in story_ids if one not in held])
    if not rows:
        return
    made = embed([text_of(row.story) for row in rows])
    vectors.upsert(
        [
            StoryVector(row.story.id, row.story.known_at, row.stock_codes, vector)
            for row, vector in zip(rows, made, strict=True)
        ]
    )
