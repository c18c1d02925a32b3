"""The collection of vectors in use: for one message, and while all stories are embedded anew into another."""

from collections.abc import Callable, Iterator, Sequence
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
    now: Callable[[], datetime], report: Callable[[int, int], None] = lambda _done, _of: None
) -> VectorCollection:
    """Embeds every story by `EMBEDDER`'s model into a collection beside the one in use, then puts that one into use.

    A run that died is gone on with. Until the end the other collection is searched and written, and what is written
    meanwhile is embedded too: the switch is refused while any story lacks its vector. `report` is told how many
    stories are done, of how many. Raises `UpstreamError`.
    """
    target = _target(now())
    embed, vectors = opened(target)
    done, switched = set[UUID](), False
    while not switched:
        with database.session() as session:
            wanted = set(repository.story_ids(session))
        for batch in batched(sorted(wanted - done)):
            _fill(batch, embed, vectors)
            done.update(batch)
            report(len(done), len(wanted))
        vectors.flush()
        with database.session() as session:
            switched = repository.switch(session, target.name, stories=len(done), now=now())
    return target


def batched(story_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """The ids in order, as many at once as are embedded at once."""
    return (story_ids[start : start + BATCH] for start in range(0, len(story_ids), BATCH))


def abandon() -> str | None:
    """Gives up the rebuild that was begun for `EMBEDDER`'s model, and removes its collection; gives that one's name."""
    with database.session() as session:
        begun = repository.filling(session, embeddings.model())
        if begun is not None:
            begun.state = repository.LEFT
    if begun is not None:
        Collection(begun.name, begun.dimension).drop()
    return begun.name if begun is not None else None


def _target(now: datetime) -> VectorCollection:
    model = embeddings.model()
    with database.session() as session:
        repository.current(session, model, now=now)
        begun = repository.filling(session, model)
        name, left = repository.next_name(session, model), repository.left(session)
    if begun is not None:
        return begun
    # those left at the last rebuild, which nobody reads any more, and what another database has left in this Milvus
    for unused in (*(row.name for row in left), name):
        Collection(unused, model[1]).drop()
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
