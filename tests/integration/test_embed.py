"""From stored articles to stories, cases and the questions to each arm."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from infra.local.platform import Platform
from nunchi import clock, database, outbox
from nunchi.adapters import embeddings
from nunchi.adapters.milvus import Collection
from nunchi.adapters.milvus_rows import StoryVector
from nunchi.articles import repository as articles
from nunchi.embed import collections, service
from nunchi.events import ArticleStored
from nunchi.market.calendar import xkrx
from nunchi.match.rules import ABOUT
from nunchi.models import Arm, Article, Base, Case, OutboxRow, Stock, Story, StoryFounder, StoryStock
from nunchi.predict import cases
from tests.factories import NOON, article, stock
from tests.integration.articles_worked import CODE, DAYS, Near, found, history, read, store, work

TITLE = "다온솔전자, 공급계약 체결"


def vectors_in_use() -> Collection:
    """The collection that the pipeline writes to, in the real store."""
    with database.session() as session:
        return collections.opened(collections.in_use(session, now=NOON))[1]


def asked_arms() -> Counter[object]:
    """How often each arm is asked, of the questions that are due."""
    return Counter(row.payload["arm"] for row in found(OutboxRow) if row.name == "ForecastDue")


# --- through the queue, with the real model and the real store of vectors


def test_two_articles_of_one_story_are_one_story_one_case_and_one_question_an_arm(started: Platform) -> None:
    tag, later = uuid4().hex, NOON + timedelta(minutes=20)
    one, reprint = f"{TITLE} {tag}", f"[속보] {TITLE} {tag} (종합)"
    store(*history(), article(1, title=one), article(2, title=reprint, known_at=later))
    with outbox.transaction() as session:
        for number in (1, 2):
            outbox.add(session, ArticleStored(article_id=article(number).id), correlation_id="c", now=NOON)
    with clock.driven_by(lambda: later):
        started.pump.drain(later)
    (told,), (case,), (link,) = found(Story), found(Case), found(StoryStock)
    assert (told.title, told.known_at) == (one, NOON)
    assert {row.story_id for row in found(Article)} == {told.id}
    assert (case.story_id, case.stock_code, case.as_of) == (told.id, CODE, later)
    assert (link.story_id, link.stock_code) == (told.id, CODE)
    assert case.asked == ["neighbours", "prior"]
    assert asked_arms() == Counter(["neighbours", "prior"])
    assert all(row.closed_at for row in found(OutboxRow))
    vector = embeddings.embed([service.text_of(told)])[0]
    hits = vectors_in_use().search(vector, before=later, stock_code=CODE, limit=5)
    assert told.id in {hit.story_id for hit in hits}


def test_a_search_sees_no_story_that_became_known_at_or_after_its_time(environment: dict[str, str]) -> None:
    vector = embeddings.embed([uuid4().hex])[0]
    ids = {delay: uuid4() for delay in (-1, 0, 1)}
    vectors = vectors_in_use()
    vectors.upsert([StoryVector(ids[s], NOON + timedelta(microseconds=s), (), vector) for s in ids])

    def seen(before: datetime) -> set[UUID]:
        return {hit.story_id for hit in vectors.search(vector, before=before, limit=20)} & set(ids.values())

    assert seen(NOON) == {ids[-1]}
    assert seen(NOON + timedelta(microseconds=1)) == {ids[-1], ids[0]}
    assert seen(NOON + timedelta(seconds=1)) == set(ids.values())


def test_a_run_that_died_after_the_vector_was_stored_is_repeated_with_the_same_case(listed: None) -> None:
    store(article(title=f"{TITLE} {uuid4().hex}"))

    def embed(_texts: Sequence[str]) -> list[list[float]]:
        return embeddings.embed([TITLE])

    lost: Any = service.work(article().id, embed, vectors_in_use(), xkrx(), now=NOON)  # its write never runs
    (wanted,) = lost.keywords["opened"]
    assert found(Story) == []
    later = NOON + timedelta(minutes=6)
    write = service.work(article().id, embed, vectors_in_use(), xkrx(), now=later)
    with outbox.transaction() as session:
        write(session)
    (told,), (case,) = found(Story), found(Case)
    assert case.id == wanted.id == cases.case_id(told.id, CODE)
    assert (case.evidence, case.sigma20_ratio) == (wanted.evidence, wanted.sigma20_ratio)
    assert asked_arms() == Counter(["neighbours", "prior"])


# --- stories


def cases_of(started: Platform, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """What is asked when the messages of three articles come in this order: two tell one story, one another."""
    told = {1: TITLE, 2: f"[속보] {TITLE} (종합)", 3: TITLE}
    store(*history())
    store(*(article(number, title=told[number], body=BODIES[number]) for number in numbers))
    for number in numbers:
        with outbox.transaction() as session:
            outbox.add(session, ArticleStored(article_id=article(number).id), correlation_id="c", now=NOON)
    with clock.driven_by(lambda: NOON):
        started.pump.drain(NOON)
    assert all(row.story_id for row in found(Article))
    assert all(row.closed_at for row in found(OutboxRow))
    columns = ("id", "story_id", "as_of", "sigma20_ratio", "asked", "evidence")
    return sorted(({name: getattr(case, name) for name in columns} for case in found(Case)), key=str)


BODIES = {
    1: "다온솔전자는 1,234억원 규모의 공급계약을 체결했다고 밝혔다. 상대는 해외 제조사다. " * 3,
    2: "(서울=뉴스) 다온솔전자는 1,234억원 규모의 공급계약을 체결했다고 밝혔다. 상대는 해외 제조사다. " * 3,
    3: "다온솔전자 주가가 8,710원에 마감했다. 거래량은 평소의 세 배였고 외국인이 많이 샀다. " * 3,
}


@pytest.mark.parametrize("numbers", [(2, 1, 3), (3, 2, 1), (2, 3, 1), (1, 3, 2)])
def test_cases_are_the_same_in_whatever_order_the_messages_come(
    started: Platform, environment: dict[str, str], numbers: tuple[int, ...]
) -> None:
    first = cases_of(started, (1, 2, 3))
    assert [one["story_id"] for one in first] == sorted((one.id for one in found(Story)), key=str)
    with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in {"arms", "vector_collections"}:
                session.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))  # of the ledger
                session.execute(table.delete())
    collection = vectors_in_use()
    collection.drop()
    assert cases_of(started, numbers) == first


def test_reprints_that_are_read_at_the_same_time_are_still_one_story(listed: None) -> None:
    store(article(1), article(2, known_at=NOON + timedelta(minutes=10)))
    after = NOON + timedelta(hours=2)  # they have waited for longer than one waits for the other
    writes = [read(number, Near(), after) for number in (1, 2)]
    for write in writes:
        with outbox.transaction() as session:
            write(session)
    assert (len(found(Story)), len(found(Case))) == (1, 1)
    assert {row.story_id for row in found(Article)} == {found(Story)[0].id}
    assert asked_arms() == Counter(["neighbours", "prior"])


def test_a_reprint_that_names_another_stock_raises_no_second_question(listed: None) -> None:
    later = NOON + timedelta(minutes=10)
    store(stock("990020", "미르빛바이오"), article(1))
    store(article(2, title="다온솔전자, 미르빛바이오와 공급계약", known_at=later))
    for number in (1, 2):
        work(number, Near(), later)
    (link,) = found(StoryStock)
    assert link.stock_code == CODE
    assert ABOUT <= link.relevance <= 1
    assert len(found(Case)) == 1


def test_a_disclosure_is_about_the_company_that_its_source_names_and_is_a_story_of_its_own(
    listed: None,
) -> None:
    filed = {
        "source": "dart",
        "stock_code": CODE,
        "title": "[미르빛바이오] 단일판매ㆍ공급계약체결",
        "body": "계약",
    }
    store(stock("990020", "미르빛바이오"), article(1, **filed), article(2, **filed))
    for number in (1, 2):
        work(number, Near())
    assert [(row.stock_code, row.relevance) for row in found(StoryStock)] == [(CODE, 1.0)] * 2
    assert len(found(Story)) == len(found(Case)) == 2


def test_a_company_that_is_not_tracked_raises_no_question(listed: None) -> None:
    with database.session() as session:
        session.get_one(Stock, CODE).active = False
    store(article(1, stock_code=CODE), article(2, stock_code="990777"))
    vectors = Near()
    for number in (1, 2):
        work(number, vectors)
    assert (found(Case), found(StoryStock), vectors.kept) == ([], [], [])
    assert sorted(row.companies for row in found(StoryFounder)) == [[CODE], ["990777"]]


def test_a_reprint_is_asked_about_no_more_but_a_week_later_the_text_is_new(listed: None) -> None:
    days = {1: 0, 2: 2, 3: 7}  # article → days after the first
    store(*(article(number, known_at=NOON + timedelta(days=after)) for number, after in days.items()))
    vectors = Near()
    for number, after in days.items():
        work(number, vectors, NOON + timedelta(days=after))
    assert sorted(told.known_at for told in found(Story)) == [NOON, NOON + timedelta(days=7)]
    assert sorted(vectors.kept) == sorted(told.id for told in found(Story))
    assert asked_arms() == Counter({"neighbours": 2, "prior": 2})


def test_an_article_about_no_listed_stock_is_a_story_without_cases(listed: None) -> None:
    about_none = [
        ("코스피 상승 마감", "지수가 올랐다."),
        ("원/달러 환율 소폭 내려", "환율이 내렸다."),
        ("코스닥 혼조", "다온솔전자재료의 날이었다."),
    ]
    store(*(article(number, title=title, body=body) for number, (title, body) in enumerate(about_none)))
    vectors = Near()
    for number in range(3):
        work(number, vectors)
    assert {row.story_id for row in found(Article)} == {told.id for told in found(Story)}
    assert len(found(Story)) == 3
    assert (found(Case), found(StoryStock), vectors.kept, vectors.asked) == ([], [], [], [])
    assert asked_arms() == Counter()


def test_a_routine_story_is_put_to_the_baselines_alone_and_says_why(listed: None) -> None:
    with database.session() as session:
        for arm in session.scalars(select(Arm)):
            arm.active = True
    body = "다온솔전자가 장 초반 오름세다."
    store(article(1, title="[특징주] 다온솔전자, 장 초반 5%대 강세", body=body), article(2))
    for number in (1, 2):
        work(number, Near())
    asked = {case.routine: case.asked for case in found(Case)}
    everyone = ["deepseek-v3.2", "gpt-4o", "neighbours", "prior"]
    assert asked == {"price_recap": ["neighbours", "prior"], "": everyone}
    assert asked_arms() == Counter([*everyone, "neighbours", "prior"])


def test_a_disclosure_is_never_routine(listed: None) -> None:
    store(article(1, source="dart", stock_code=CODE, title="다음 주 주요 일정", body="기업설명회"))
    work(1, Near())
    assert [case.routine for case in found(Case)] == [""]


def test_a_stock_with_too_short_a_history_has_no_case(environment: dict[str, str]) -> None:
    short = [row for row in history() if getattr(row, "session", DAYS[-1]) > DAYS[-21]]
    store(*short, article())
    work(1, Near())
    assert (len(found(Story)), len(found(StoryStock)), found(Case)) == (1, 1, [])


def test_an_article_joins_its_story_even_when_it_is_read_last(listed: None) -> None:
    store(article(1), article(2, known_at=NOON + timedelta(minutes=10)))
    work(2, Near(), NOON + timedelta(minutes=10))
    (told,) = found(Story)
    assert told.known_at == NOON  # the earlier one's, whose own message is still to come
    (again,) = [row for row in found(OutboxRow) if row.name == "ArticleStored"]
    assert again.payload == {"article_id": str(article(2).id)}
    work(1, Near(), NOON + timedelta(minutes=11))
    work(2, Near(), NOON + timedelta(minutes=12))
    assert len(found(Story)) == len(found(Case)) == 1
    with database.session() as session:
        assert {articles.article(session, article(n).id).story_id for n in (1, 2)} == {found(Story)[0].id}
