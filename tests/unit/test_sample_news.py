"""The sample market's companies and news."""

from collections import Counter, defaultdict
from datetime import date, time, timedelta
from itertools import pairwise

import pytest

from infra.sandbox import texts
from infra.sandbox.companies import NAMES, listed
from infra.sandbox.market import Article, Market, generate
from nunchi.articles.rules import fingerprint, lead
from nunchi.match.rules import named_stocks

FIRST = date(2025, 10, 20)
WEEKDAYS = [day for day in (FIRST + timedelta(days=n) for n in range(364)) if day.weekday() < 5]


@pytest.fixture(scope="module")
def market() -> Market:
    return generate(7, WEEKDAYS)


@pytest.fixture(scope="module")
def first(market: Market) -> dict[int, Article]:
    """The first article of each story."""
    return {article.story: article for article in market.articles if not article.reprint}


def test_names_are_unambiguous_and_codes_and_markets_plausible() -> None:
    companies = listed(len(NAMES))
    names = [company.name for company in companies]
    assert not [(a, b) for a in names for b in names if a != b and a in b]
    assert len({company.code for company in companies}) == len(NAMES)
    assert all(
        company.code.startswith("99") and len(company.code) == 6 and company.code.isdigit()
        for company in companies
    )
    assert Counter(company.market for company in companies) == {"KOSPI": 27, "KOSDAQ": 13}


def test_a_story_names_its_own_company_and_no_other(market: Market) -> None:
    names = {company.name: company.code for company in market.companies}
    codes = {story.number: story.code for story in market.stories}
    for article in market.articles:
        text = f"{article.title}\n{lead(article.paragraphs[0])}"
        assert named_stocks(text, names) == [codes[article.story]]
        assert named_stocks("\n".join(article.paragraphs), names) == [codes[article.story]]


def test_texts_are_short_and_complete(market: Market) -> None:
    for article in market.articles:
        assert len(article.title) <= 35
        assert len(lead(article.paragraphs[0])) <= 60
        assert 3 <= len(article.paragraphs) <= 5
        assert not any("{" in text or "  " in text for text in (article.title, *article.paragraphs))


def test_articles_are_numbered_in_the_order_of_time(market: Market) -> None:
    for before, after in pairwise(market.articles):
        assert before.published_at <= after.published_at
        assert before.no < after.no
    assert all(
        article.published_at.utcoffset() == timedelta(hours=9) and not article.published_at.microsecond
        for article in market.articles
    )


def test_reprints_tell_the_same_story_later_by_another_author(
    market: Market, first: dict[int, Article]
) -> None:
    reprints = [article for article in market.articles if article.reprint]
    assert 0.3 < len(reprints) / len(first) < 0.4
    for article in reprints:
        told = first[article.story]
        delay = article.published_at - told.published_at
        assert timedelta(minutes=3) <= delay <= timedelta(hours=5)
        assert article.author != told.author
        assert lead(article.paragraphs[0]) == lead(told.paragraphs[0])
        assert mark(article) == mark(told)
    assert len({article.title for article in reprints} - {told.title for told in first.values()}) > 100


def mark(article: Article) -> str:
    return fingerprint(article.title, lead(article.paragraphs[0]))


def test_the_same_text_or_kind_comes_back_after_ten_sessions_at_the_earliest(
    market: Market, first: dict[int, Article]
) -> None:
    texts_of, kinds_of = defaultdict(list), defaultdict(list)
    for number, article in first.items():
        story = market.stories[number - 1]
        place = market.sessions.index(story.session)
        texts_of[mark(article)].append(place)
        kinds_of[story.code, story.kind].append(place)
    gaps = [b - a for seen in (*texts_of.values(), *kinds_of.values()) for a, b in pairwise(seen)]
    assert min(gaps) == 10
    assert max(len(seen) for seen in texts_of.values()) > 1


def test_stories_come_before_in_and_after_the_session(market: Market, first: dict[int, Article]) -> None:
    hours: Counter[str] = Counter()
    for article in first.values():
        moment = article.published_at.time()
        assert time(6) <= moment < time(22)
        assert not time(8, 50) <= moment < time(9, 5)
        assert not time(15, 15) <= moment < time(15, 45)
        hours["before" if moment < time(9) else "in" if moment < time(15, 30) else "after"] += 1
    shares = {when: count / len(market.stories) for when, count in hours.items()}
    assert shares == pytest.approx({"before": 0.30, "in": 0.45, "after": 0.25}, abs=0.03)
    assert {first[story.number].published_at.date() for story in market.stories} <= set(market.sessions)


def test_there_are_about_as_many_stories_a_session_as_asked_for(market: Market) -> None:
    assert len(market.stories) / len(market.sessions) == pytest.approx(20, abs=0.6)
    assert [story.number for story in market.stories] == list(range(1, len(market.stories) + 1))


def test_drugs_are_approved_only_for_those_who_make_them(market: Market) -> None:
    medical = {kind.name for kind in texts.KINDS if kind.medical}
    makers = {story.code for story in market.stories if story.kind in medical}
    names = {company.name for company in market.companies if company.code in makers}
    assert names == {"윤슬바이오", "솔찬제약", "늘품생명과학", "느루테라퓨틱스", "샛담제약", "도란바이오"}
