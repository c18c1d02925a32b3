"""Founding and joining stories on a real database, one after the other and at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, text

from nunchi import database
from nunchi.models import Article, Story, StoryBand, StoryFounder, StoryStock
from nunchi.stories import repository as stories
from nunchi.stories.rules import WINDOW
from tests.conftest import forget_clients
from tests.factories import NOON, article, stock
from tests.integration.articles_worked import found, store

CODE = "990010"
NAMES = ("다온솔전자", "미르빛바이오", "누리해운", "온가람제약", "새벽별소재")
SENTENCES = (
    "{name}는 {n}억원 규모의 공급계약을 맺었다고 19일 밝혔다.",
    "계약 상대는 유럽의 설비 회사이며 기간은 {m}개월이다.",
    "회사는 {p}%가량의 매출 증가를 기대한다고 설명했다.",
    "생산은 충청 공장에서 맡고 첫 물량은 봄에 나간다.",
    "지난해 같은 곳에서 받은 주문의 {q}배에 이르는 금액이다.",
)


def body(number: int, seed: int = 0) -> str:
    """The text of a story; the seed is an outlet's, which has an order and a last sentence of its own."""
    draw = Random(number)
    words = {"name": NAMES[number % len(NAMES)], "n": draw.randint(1000, 9999), "m": draw.randint(100, 999)}
    words |= {"p": draw.randint(1000, 9999) / 100, "q": draw.randint(100, 999) / 100}
    lines = [sentence.format(**words) for sentence in SENTENCES]
    if seed:
        Random(seed).shuffle(lines)
        lines.append(f"자세한 내용은 {seed}면에 있다.")
    return "\n".join(lines)


def settle(number: int, *, companies: Sequence[str] = ()) -> bool:
    with database.session() as session:
        told = stories.read(session.get_one(Article, article(number).id), companies)
        return stories.settle(session, told, {})


def story_ids(*numbers: int) -> list[UUID | None]:
    ids = {row.id: row.story_id for row in found(Article)}
    return [ids[article(number).id] for number in numbers]


@pytest.fixture
def empty(environment: dict[str, str]) -> None:
    """A database without rows."""


# --- one after the other


def test_a_reprint_joins_the_story_and_another_text_founds_its_own(empty: None) -> None:
    store(
        article(1, body=body(1)),
        article(2, title="[종합] 다른 제목", body=body(1, 2)),
        article(3, body=body(2)),
    )
    assert [settle(number) for number in (1, 2, 3)] == [True, False, True]
    first, second, third = story_ids(1, 2, 3)
    assert first == second != third
    told = {row.id: row for row in found(Story)}[first]
    assert (told.id, told.title) == (stories.founded_by(article(1)).id, article(1).title)
    assert {row.article_id for row in found(StoryFounder)} == {article(1).id, article(3).id}


def test_an_article_joins_the_founder_that_it_resembles_most(empty: None) -> None:
    store(
        article(1, body=body(1)), article(2, body=f"{body(1)}\n" + "뒤에 붙은 다른 소식이다. " * 3 + body(3))
    )
    store(article(3, body=body(1)[:-3]))
    assert settle(1, companies=["990010"])
    assert settle(2, companies=["990020"])
    assert not settle(3)
    assert story_ids(3) == story_ids(1)


@pytest.mark.parametrize(("after", "joins"), [(WINDOW, True), (WINDOW + timedelta(seconds=1), False)])
def test_a_story_is_joined_for_72_hours(empty: None, after: timedelta, joins: bool) -> None:
    store(article(1, body=body(1)), article(2, body=body(1), known_at=NOON + after))
    assert settle(1)
    assert settle(2) is not joins


def test_who_is_settled_first_founds_the_story_whoever_was_known_first(empty: None) -> None:
    later = NOON + timedelta(seconds=1)
    store(article(1, body=body(1), known_at=later), article(2, body=body(1)))
    assert [settle(1), settle(2)] == [True, False]  # a slow worker founds no second story of one text
    assert story_ids(1) == story_ids(2)


def test_an_article_about_somebody_does_not_join_an_excerpt_about_nobody(empty: None) -> None:
    store(article(1, body=body(1)), article(2, body=body(1)), article(3, body=body(1)))
    assert settle(1)
    assert settle(2, companies=[CODE])
    assert not settle(3)


def test_a_disclosure_neither_joins_nor_is_joined(empty: None) -> None:
    store(article(1, body=body(1)), article(2, body=body(1), stock_code=CODE), article(3, body=body(1)))
    assert [settle(number) for number in (2, 1, 3)] == [True, True, False]
    assert story_ids(3) == story_ids(1)


def test_an_article_that_is_settled_twice_stays_where_it_is(empty: None) -> None:
    store(article(1, body=body(1)), article(2, body=body(1), stock_code=CODE))
    assert [settle(number) for number in (1, 1, 2, 2)] == [True, False, True, False]
    assert len(found(Story)) == 2
    assert story_ids(1, 2) == [stories.founded_by(article(number)).id for number in (1, 2)]


def test_an_article_without_a_word_founds_a_story_of_its_own(empty: None) -> None:
    store(article(1, title="…", body="!!!"), article(2, title="", body=""))
    assert [settle(number) for number in (1, 2)] == [True, True]


def test_the_tracked_stocks_of_the_founder_are_the_storys(empty: None) -> None:
    store(stock(), article(1, body=body(1)))
    with database.session() as session:
        told = stories.read(session.get_one(Article, article(1).id), [CODE, "990999"])
        stories.settle(session, told, {CODE: 0.75})
    assert [(row.stock_code, row.relevance, row.known_at) for row in found(StoryStock)] == [
        (CODE, 0.75, NOON)
    ]
    assert [row.companies for row in found(StoryFounder)] == [[CODE, "990999"]]


def test_stories_are_found_by_the_key_of_their_bands_alone(empty: None) -> None:
    query = "EXPLAIN SELECT story_id, known_at FROM story_bands WHERE band = ANY(:bands) AND known_at > now()"
    with database.session() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(session.scalars(text(query), {"bands": [1, 2, 3]}))
    assert "pk_story_bands" in plan


# --- at once


def settled_at_once(numbers: Sequence[int]) -> int:
    """Settles these articles, each in a thread with a connection of its own; gives how many founded a story."""
    start = Barrier(len(numbers))

    def one(number: int) -> bool:
        start.wait(timeout=30)
        return settle(number)

    with ThreadPoolExecutor(len(numbers)) as pool:
        return sum(pool.map(one, numbers))


@pytest.fixture
def wide(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for a connection in each of ten threads."""
    monkeypatch.setenv("DATABASE_POOL_SIZE", "10")
    forget_clients()


def test_near_identical_articles_that_are_stored_at_once_are_one_story(wide: None) -> None:
    for story in range(25):
        numbers = range(story * 10, story * 10 + 6)
        seconds = [timedelta(seconds=Random(number).randint(0, 60)) for number in numbers]
        store(
            *(
                article(n, body=body(story, n % 10), known_at=NOON + s)
                for n, s in zip(numbers, seconds, strict=True)
            )
        )
        assert settled_at_once(numbers) == 1
        assert len(set(story_ids(*numbers))) == 1
    assert len(found(Story)) == 25


def test_articles_of_several_stories_at_once_never_lock_each_other_out(wide: None) -> None:
    for turn in range(15):
        numbers = [turn * 100 + story * 10 + outlet for story in range(3) for outlet in range(3)]
        store(*(article(n, body=body(turn * 10 + n % 100 // 10, n % 10)) for n in numbers))
        Random(turn).shuffle(numbers)
        assert settled_at_once(numbers) == 3
    with database.session() as session:
        assert len(set(session.scalars(select(StoryBand.story_id)))) == 45
