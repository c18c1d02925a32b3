"""Articles and stories over the API: what is looked for, and what followed."""

import random
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from nunchi.articles.rules import LEAD_MAX, lead
from nunchi.models import Reaction, StoryFounder, StoryStock
from tests.factories import NOON, answer, article, case, forecast, stock, story
from tests.integration.accounts_played import code, opened
from tests.integration.articles_worked import CODE, store

CLOSED = date(2026, 10, 16)
OTHER = "990020"
TITLES = {
    1: "다온솔전자, 300억 공급계약 체결",
    2: "나래해운 유상증자 결정",
    3: "S&P500 급등… ‘다온솔’ 강세",
    4: "[공시] 주요사항보고서(유상증자결정)",
    5: "무상 증자 소식",
    6: unicodedata.normalize("NFD", "미르빛바이오 특허"),
    7: "계약 공급 100% 달성",
    8: "Nvidia, 美 증시 견인",
}
SOURCES = {4: "dart", 5: "reddit"}


@pytest.fixture
def client(environment: dict[str, str]) -> Iterator[TestClient]:
    store(stock(), stock(OTHER, "나래해운", "KOSDAQ"), told := story("one", NOON), story("two", NOON))
    about = [(told.id, CODE, 0.9), (told.id, OTHER, 0.6), (story("two").id, OTHER, 1.0)]
    store(*(StoryStock(story_id=s, stock_code=c, known_at=NOON, relevance=r) for s, c, r in about))
    for number, title in TITLES.items():
        changed = {"source": SOURCES.get(number, "maekyung"), "known_at": NOON + timedelta(minutes=number)}
        told_in = {1: story("one").id, 3: story("one").id, 2: story("two").id}.get(number)
        store(article(number, title=title, story_id=told_in, **changed))
    store(StoryFounder(story_id=told.id, article_id=article(1).id, companies=[CODE]))
    with opened() as client:
        yield client


def got(client: TestClient, path: str, **query: Any) -> Any:
    answered = client.get(f"/api/{path}", params=query)
    assert answered.status_code == 200, answered.text
    return answered.json()


def numbers(client: TestClient, **query: Any) -> list[int]:
    return [int(one["url"].rsplit("/", 1)[1]) for one in got(client, "articles", **query)["items"]]


# --- what is looked for


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("유상증자", [4, 2]),
        ("증자", [5, 4, 2]),
        ("다온솔", [3, 1]),
        ("공급계약", [1]),
        ("계약 공급", [7, 1]),
        ("s&p500", [3]),
        ("Ｓ＆Ｐ", [3]),
        ("NVIDIA 美", [8]),
        ("특허", [6]),
        (unicodedata.normalize("NFD", "미르빛"), [6]),
        ("100%", [7]),
        ("00", [7, 3, 1]),
        ("없는말", []),
        ("%%", []),
        ("_____", []),
        ("'; DROP TABLE articles; --", []),
        ('{"a"', []),
        ("\\\\", []),
        ("   ", [8, 7, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_titles_are_found_that_hold_every_word(client: TestClient, typed: str, expected: list[int]) -> None:
    assert numbers(client, q=typed) == expected


def test_letters_that_stand_elsewhere_in_the_title_are_no_word(client: TestClient) -> None:
    store(article(20, title="증자유 유상증 상증"))
    assert 20 not in numbers(client, q="유상증자")


@pytest.mark.parametrize("typed", ["美", "a b c"])
def test_a_word_of_two_letters_is_needed(client: TestClient, typed: str) -> None:
    refused = client.get("/api/articles", params={"q": typed})
    assert code(refused) == "invalid"
    assert refused.json()["errors"][0]["code"] == "words"


@pytest.mark.parametrize("query", [{"q": "가나\x00"}, {"q": "가" * 101}, {"kind": "blog"}, {"source": "a b"}])
def test_what_can_not_be_looked_for_is_refused(client: TestClient, query: dict[str, str]) -> None:
    assert code(client.get("/api/articles", params=query)) == "invalid"


def test_articles_are_of_a_stock_a_source_a_kind_and_a_time(client: TestClient) -> None:
    assert numbers(client, stock_code=CODE) == [3, 1]
    assert numbers(client, stock_code=OTHER) == [3, 2, 1]
    assert numbers(client, source="dart") == [4]
    assert numbers(client, kind="disclosure") == [4]
    assert numbers(client, kind="post") == [5]
    assert numbers(client, kind="news") == [8, 7, 6, 3, 2, 1]
    moments = [(NOON + timedelta(minutes=minute)).isoformat() for minute in (3, 5)]
    assert numbers(client, **{"from": moments[0], "to": moments[1]}) == [4, 3]
    assert numbers(client, stock_code=OTHER, q="증자", kind="news") == [2]


def test_a_time_without_an_offset_is_refused(client: TestClient) -> None:
    assert code(client.get("/api/articles", params={"from": "2026-10-19T03:00:00"})) == "invalid"


def test_pages_of_a_search_go_on_where_they_ended(client: TestClient) -> None:
    first = got(client, "articles", q="증자", limit=2)
    rest = got(client, "articles", q="증자", limit=2, cursor=first["next_cursor"])
    assert [one["title"] for one in rest["items"]] == [TITLES[2]]
    assert rest["next_cursor"] is None


# --- one article


@pytest.mark.parametrize(
    "body", ["가" * 299 + ". 끝", "가" * 300 + " 끝", "가" * 400, "한 문장. 둘\n셋", "가" * 299 + ".\n", ""]
)
def test_an_excerpt_is_made_as_of_the_whole_body(client: TestClient, body: str) -> None:
    store(article(30, body=body, known_at=NOON + timedelta(hours=1)))
    excerpt = got(client, "articles", limit=1)["items"][0]["excerpt"]
    assert excerpt == lead(body)
    assert len(excerpt) <= LEAD_MAX


def reaction(code: str, horizon: int, outcome: int, **changed: Any) -> Reaction:
    values: dict[str, Any] = {"exit_session": CLOSED, "known_at": NOON, **changed}
    return Reaction(
        story_id=story("one").id,
        stock_code=code,
        horizon_sessions=horizon,
        entry_session=date(2026, 10, 12),
        entry_kind="close",
        stock_return_ratio=0.03,
        adjusted_return_ratio=0.02,
        band_ratio=0.01,
        outcome=outcome,
        **values,
    )


def test_an_article_comes_with_its_story_its_stocks_and_what_they_did(client: TestClient) -> None:
    store(
        reaction(CODE, 1, 2),
        reaction(OTHER, 3, 0),
        reaction(CODE, 3, 1, known_at=NOON + timedelta(seconds=1)),
        reaction(CODE, 5, 1, exit_session=date(2026, 10, 19)),
    )
    found = got(client, f"articles/{article(3).id}")
    assert (found["title"], found["kind"]) == (TITLES[3], "news")
    assert "body" not in found
    assert found["story"]["matches"] == [
        {"stock_code": CODE, "relevance": 0.9},
        {"stock_code": OTHER, "relevance": 0.6},
    ]
    assert [(one["stock_code"], one["horizon_sessions"], one["outcome"]) for one in found["reactions"]] == [
        (CODE, 1, "up"),
        (OTHER, 3, "down"),
    ]


def test_an_article_of_no_story_has_none(client: TestClient) -> None:
    found = got(client, f"articles/{article(4).id}")
    assert (found["story"], found["reactions"], found["kind"]) == (None, [], "disclosure")


@pytest.mark.parametrize("path", ["articles/{}", "articles/{}/similar", "stories/{}"])
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"/api/{path.format(uuid4())}").status_code == 404
    assert client.get(f"/api/{path.format('1')}").status_code == 422


# --- stories


def test_a_story_comes_with_its_articles_and_what_was_forecast(client: TestClient) -> None:
    of = case(story("one"))
    store(of)
    store(said := answer(of))
    store(*(forecast(said, horizon) for horizon in (5, 1)), reaction(CODE, 1, 2))
    found = got(client, f"stories/{story('one').id}")
    assert [one["title"] for one in found["articles"]] == [TITLES[1], TITLES[3]]
    assert [(one["arm"], one["horizon_sessions"]) for one in found["forecasts"]] == [
        ("prior", 1),
        ("prior", 5),
    ]
    assert found["forecasts"][0]["id"] == str(forecast(said, 1).id)
    assert [one["outcome"] for one in found["reactions"]] == ["up"]


def test_stories_are_the_newest_of_all_or_of_a_stock(client: TestClient) -> None:
    store(story("late", NOON + timedelta(hours=1)))
    marks = {str(story(mark).id): mark for mark in ("one", "two", "late")}

    def listed(**query: Any) -> list[str]:
        return [marks[one["id"]] for one in got(client, "stories", **query)["items"]]

    assert listed()[0] == "late"
    assert sorted(listed()) == ["late", "one", "two"]
    assert listed(stock_code=CODE) == ["one"]
    assert sorted(listed(stock_code=OTHER)) == ["one", "two"]


@pytest.mark.parametrize("query", [{}, {"stock_code": OTHER}])
def test_pages_of_stories_hold_each_once(client: TestClient, query: dict[str, str]) -> None:
    whole = got(client, "stories", **query)["items"]
    first = got(client, "stories", limit=1, **query)
    second = got(client, "stories", limit=1, cursor=first["next_cursor"], **query)
    assert first["items"] + second["items"] == whole
    assert second["next_cursor"] is None


def test_the_pages_of_a_stock_hold_what_late_and_early_articles_tell(client: TestClient) -> None:
    """A story's articles become known up to 72 hours before the one that founded it, and up to 72 hours after."""
    drawn, number, known = random.Random(7), count(100), dict[str, datetime]()
    store(stock("990030", "미르빛바이오"))
    for place in range(120):
        told = story(f"of {place}", NOON - timedelta(hours=drawn.randrange(400)))
        about = drawn.choice(["990030", OTHER])
        apart = [0, *(drawn.choice([-72, -5, 1, 72]) for _ in range(drawn.choice([0, 0, 0, 1])))]
        moments = [told.known_at + timedelta(hours=hours) for hours in apart]
        articles = [article(next(number), story_id=told.id, known_at=moment) for moment in moments]
        store(StoryStock(story_id=told.id, stock_code=about, known_at=told.known_at, relevance=1.0), told)
        store(*articles)
        known |= {str(one.id): one.known_at for one in articles if about != OTHER}
    assert walked(client, stock_code="990030") == sorted(
        known, key=lambda one: (known[one], one), reverse=True
    )


def walked(client: TestClient, **query: Any) -> list[str]:
    """The ids of all articles, by pages of three."""
    found, page = list[str](), got(client, "articles", limit=3, **query)
    while page["next_cursor"]:
        found += [one["id"] for one in page["items"]]
        page = got(client, "articles", limit=3, cursor=page["next_cursor"], **query)
    return found + [one["id"] for one in page["items"]]
