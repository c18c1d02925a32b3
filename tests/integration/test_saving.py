"""Saving articles: in bulk, once, from many crawlers at a time."""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text

from nunchi import database
from nunchi.adapters.web import Page
from nunchi.articles import repository
from nunchi.crawl import service
from nunchi.crawl.source import Link, ParsedArticle, Source
from nunchi.models import Article, ArticleRevision, OutboxRow
from nunchi.settings import get_settings
from tests.factories import NOON

CRAWLERS, ARTICLES = 10, 1000
PARSED = ParsedArticle("제목", "첫 문장이다.", "기자", NOON)
LINKS = [
    Link(f"https://press.example/{n}", f"제목 {n}", NOON, replace(PARSED, title=f"제목 {n}"))
    for n in range(ARTICLES)
]


def source(links: Sequence[Link]) -> Source:
    return Source("press", ("press.example",), (), lambda _: list(links), lambda _body, _url: PARSED)


def no_page(url: str) -> Page:
    raise AssertionError(f"nothing is fetched, {url} neither")


def crawl(links: Sequence[Link]) -> dict[str, int]:
    return service.crawl(source(links), [lambda: b"listing"], no_page, lambda: NOON)


@pytest.mark.usefixtures("environment")
def test_crawlers_that_save_the_same_articles_at_once_leave_each_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", str(CRAWLERS))
    get_settings.cache_clear()
    database.get_engine()  # or each thread, finding none, builds one
    together = Barrier(CRAWLERS)

    def work(seed: int) -> int:
        links = random.Random(seed).sample(LINKS, ARTICLES)
        together.wait(timeout=30)
        return crawl(links)["stored"]

    with ThreadPoolExecutor(CRAWLERS) as pool:
        stored = list(pool.map(work, range(CRAWLERS)))
    assert sum(stored) == ARTICLES
    with database.session() as session:
        urls = Counter(session.scalars(select(Article.url)))
        told = Counter(row.payload["article_id"] for row in session.scalars(select(OutboxRow)))
        ids = {str(found) for found in session.scalars(select(Article.id))}
    assert urls == Counter(link.url for link in LINKS)
    assert told == Counter(ids)


@pytest.mark.usefixtures("environment")
def test_savers_of_the_same_articles_never_wait_for_each_other_in_a_circle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "3")
    get_settings.cache_clear()
    first, last = sorted((row(link) for link in LINKS[:2]), key=lambda one: one["id"].hex)

    def save_both() -> int:
        with database.session() as other:
            return len(repository.save(other, [last, first]))

    with ThreadPoolExecutor(1) as pool:
        with database.session() as session:
            assert repository.save(session, [first])
            both = pool.submit(save_both)
            wait_until_blocked()
            assert repository.save(session, [last])  # the other has not taken it while it waits
        assert both.result(timeout=30) == 0


def row(link: Link) -> dict[str, Any]:
    found = {"id": repository.article_id(link.url), "source": "press", "url": link.url, **asdict(PARSED)}
    return {**found, "known_at": NOON, "stock_code": None, "listed_title": link.title}


def wait_until_blocked() -> None:
    with database.session() as session:
        query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        for _ in range(10_000):
            if session.scalar(query):
                return
    raise AssertionError("nobody waits")


@pytest.mark.usefixtures("environment")
def test_what_can_not_be_stored_fails_alone_and_leaves_no_event() -> None:
    broken = replace(LINKS[1], article=replace(PARSED, body="a\x00b"))  # which Postgres can't hold
    assert crawl([LINKS[0], broken, LINKS[2]]) == {"stored": 2, "revised": 0, "failed": 1}
    with database.session() as session:
        stored = set(session.scalars(select(Article.url)))
        told = list(session.scalars(select(OutboxRow.id)))
    assert (stored, len(told)) == ({LINKS[0].url, LINKS[2].url}, 2)


@pytest.mark.usefixtures("environment")
def test_what_is_saved_comes_back_as_it_was() -> None:
    said = ParsedArticle('"따옴표"와 \\ 역슬래시', "한\n둘\t{}[]'--;$1 %s 😀", "", NOON)
    link = Link("https://press.example/1", "목록의 제목", None, said, stock_code="005930")
    assert crawl([link]) == {"stored": 1, "revised": 0, "failed": 0}
    with database.session() as session:
        (one,) = session.scalars(select(Article))
    assert (one.title, one.body, one.author, one.published_at) == (said.title, said.body, "", NOON)
    assert (one.source, one.listed_title, one.stock_code, one.known_at) == (
        "press",
        link.title,
        "005930",
        NOON,
    )


@pytest.mark.usefixtures("environment")
def test_every_change_is_a_revision_with_its_own_time_and_none_is_written_twice() -> None:
    url = LINKS[0].url
    crawl(LINKS[:1])
    texts = [{"title": f"고침 {n}", "body": "본문", "author": ""} for n in (1, 1, 2)]
    with database.session() as session:
        added = [
            repository.add_revision(session, url, "목록", text, known_at=NOON + timedelta(minutes=n))
            for n, text in enumerate(texts, start=1)
        ]
    assert added == [True, False, True]
    with database.session() as session:
        kept = session.scalars(select(ArticleRevision).order_by(ArticleRevision.known_at)).all()
        first = repository.article(session, repository.article_id(url))
    assert [(one.title, one.known_at) for one in kept] == [
        ("고침 1", NOON + timedelta(minutes=1)),
        ("고침 2", NOON + timedelta(minutes=3)),
    ]
    assert (first.title, first.known_at, first.published_at) == ("제목 0", NOON, NOON)
