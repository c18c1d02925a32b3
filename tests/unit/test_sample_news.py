"""The sample market's companies and news."""

import re
from collections import Counter, defaultdict
from datetime import date, time, timedelta
from itertools import pairwise

import pytest

from infra.sandbox import texts
from infra.sandbox.companies import NAMES, listed
from infra.sandbox.market import Article, Market, address, generate
from nunchi.articles.rules import lead
from nunchi.match.listing import Company, Listing
from nunchi.match.rules import ABOUT, match
from nunchi.stories.rules import Telling, same_story, telling

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


def test_a_story_is_about_its_own_company_and_no_other(market: Market) -> None:
    listing = Listing.build([Company(one.code, one.name, one.market) for one in market.companies])
    codes = {story.number: story.code for story in market.stories}
    for article in market.articles:
        found = match(article.title, "\n".join(article.paragraphs), listing)
        assert [one.code for one in found] == [codes[article.story]]
        assert found[0].relevance >= ABOUT


def test_texts_are_short_and_complete(market: Market) -> None:
    for article in market.articles:
        assert len(article.title) <= 35
        assert len(lead(article.paragraphs[0])) <= 60 + 12 * article.reprint
        assert 3 <= len(article.paragraphs) <= 5 + article.reprint
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
        assert article.outlet != told.outlet
        assert same_story(telling_of(market, article), telling_of(market, told))
    assert len({article.title for article in reprints} - {told.title for told in first.values()}) > 100


def telling_of(market: Market, article: Article) -> Telling:
    code = market.stories[article.story - 1].code
    return telling(article.title, "\n".join(article.paragraphs), [code])


def test_reprints_are_copies_with_small_edits(market: Market, first: dict[int, Article]) -> None:
    edits: Counter[str] = Counter()
    for article in market.articles:
        if article.reprint:
            old, new = first[article.story].paragraphs, article.paragraphs
            edits["dated"] += new[0] != old[0] and new[0].endswith(f" {old[0]}")
            edits["cut"] += len(new) < len(old)
            edits["added"] += len(new) > len(old)
            edits["reworded"] += any(a != b for a, b in zip(old[1:], new[1:], strict=False))
            edits["as it was"] += new == old
            assert new[0].endswith(old[0])
            assert abs(len(new) - len(old)) <= 1
            assert all(same_but_a_word(a, b) for a, b in zip(old[1:], new[1:], strict=False))
    assert min(edits.values()) > 100
    assert len(edits) == 5


def same_but_a_word(one: str, other: str) -> bool:
    changed = [pair for pair in zip(one.split(), other.split(), strict=True) if pair[0] != pair[1]]
    return len(changed) <= 1


def test_two_stories_of_a_company_in_one_week_are_not_taken_for_one(
    market: Market, first: dict[int, Article]
) -> None:
    by_code = defaultdict(list)
    for number, article in first.items():
        by_code[market.stories[number - 1].code].append(article)
    pairs = 0
    for articles in by_code.values():
        for before, after in pairwise(articles):
            if after.published_at - before.published_at <= timedelta(days=7):
                assert not same_story(telling_of(market, before), telling_of(market, after))
                pairs += 1
    assert pairs > 1000


def test_outlets_have_their_shares_of_first_articles_and_naver_most_reprints(market: Market) -> None:
    def shares(reprint: bool) -> dict[str, float]:
        counts = Counter(article.outlet for article in market.articles if article.reprint is reprint)
        return {outlet: count / counts.total() for outlet, count in counts.items()}

    assert shares(False) == pytest.approx({"maekyung": 0.5, "hankyung": 0.3, "naver": 0.2}, abs=0.03)
    assert 0.6 < shares(True)["naver"] < 0.75


def test_addresses_are_canonical_and_every_article_has_its_own(market: Market) -> None:
    forms = {
        "maekyung": r"https://www\.mk\.co\.kr/news/stock/\d{8}",
        "hankyung": r"https://www\.hankyung\.com/article/20\d{11}",
        "naver": r"https://n\.news\.naver\.com/mnews/article/90[1-4]/\d{10}",
    }
    assert len({address(article) for article in market.articles}) == len(market.articles)
    assert all(re.fullmatch(forms[article.outlet], address(article)) for article in market.articles)


def mark(article: Article) -> str:
    return article.title + lead(article.paragraphs[0])


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
