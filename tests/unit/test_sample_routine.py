"""The sample market's routine news: whom it is about, and that no two texts of it are taken for one story."""

from collections import Counter
from datetime import timedelta
from itertools import combinations

import pytest

from infra.local.world import Sample
from infra.sandbox.market import Article, Market, address
from infra.sandbox.texts_routine import GENRES
from nunchi.articles.rules import lead
from nunchi.market.calendar import xkrx
from nunchi.match.listing import Company, Listing
from nunchi.match.rules import match
from nunchi.predict.triage import routine
from nunchi.stories.rules import WINDOW, Telling, same_story, telling


@pytest.fixture(scope="module", params=[1, 2])
def market(request: pytest.FixtureRequest) -> Market:
    return Sample(seed=request.param, history=30).generate(xkrx())


@pytest.fixture(scope="module")
def listing(market: Market) -> Listing:
    return Listing.build([Company(one.code, one.name, one.market) for one in market.companies])


def codes_of(article: Article, listing: Listing) -> list[str]:
    return [one.code for one in match(article.title, "\n".join(article.paragraphs), listing)]


def test_two_of_three_stories_are_routine_and_in_live_sessions_only(market: Market) -> None:
    days = {article.published_at.date() for article in market.routine if not article.reprint}
    assert days == set(market.live)
    told = {article.story for article in market.articles if article.published_at.date() in days}
    own = {article.story for article in market.routine}
    assert len(own) / len(own | told) == pytest.approx(2 / 3, abs=0.03)
    assert 0.25 < sum(article.reprint for article in market.routine) / len(own) < 0.45


def test_it_is_about_those_that_it_is_said_to_be_about(market: Market, listing: Listing) -> None:
    found: Counter[str] = Counter()
    for article in market.routine:
        if not article.reprint:
            is_routine = bool(routine(article.title, lead(article.paragraphs[0])))
            found[("recap" if codes_of(article, listing) else "none") + " told" * (not is_routine)] += 1
    stories = sum(found.values())
    assert (found["recap"] + found["recap told"]) / stories == pytest.approx(4 / 20, abs=0.02)
    # the rule of words passes what it is not sure of, here too: "가격" may be that of a product
    assert found["recap"] > found["recap told"] > 0


def test_texts_are_complete_and_addresses_are_of_one_article_each(market: Market) -> None:
    for article in market.routine:
        assert len(article.title) <= 40
        assert len(article.paragraphs) == 3
        assert not any("{" in text or "  " in text for text in (article.title, *article.paragraphs))
    assert len({address(article) for article in market.pages}) == len(market.pages)
    times = [article.published_at for article in market.pages]
    assert times == sorted(times)


def test_a_genre_has_as_many_details_and_closings_as_leads() -> None:
    for genre in set(GENRES):
        assert len(genre.leads) == len(genre.details) == len(genre.closings)


def test_only_reprints_tell_the_same_story(market: Market, listing: Listing) -> None:
    tellings: dict[int, Telling] = {
        article.no: telling(article.title, "\n".join(article.paragraphs), codes_of(article, listing))
        for article in market.routine
    }
    for one, other in combinations(market.routine, 2):
        if abs(one.published_at - other.published_at) <= WINDOW + timedelta(hours=1):
            same = same_story(tellings[one.no], tellings[other.no])
            assert same == (one.story == other.story), (one.title, other.title)
