"""The sample market's disclosures and posts."""

from collections import Counter
from datetime import date, timedelta

import pytest

from infra.sandbox.addresses import disclosure_address, post_path
from infra.sandbox.market import Market, generate
from infra.sandbox.posts import counts
from nunchi.match.listing import Company, Listing
from nunchi.match.rules import match
from nunchi.stories.rules import same_story, telling

FIRST = date(2026, 9, 7)
WEEKDAYS = [day for day in (FIRST + timedelta(days=n) for n in range(56)) if day.weekday() < 5]


@pytest.fixture(scope="module")
def market() -> Market:
    return generate(7, WEEKDAYS, live=20)


def test_each_live_session_has_a_listed_disclosure_two_others_and_a_post(market: Market) -> None:
    listed = Counter(one.published_at.date() for one in market.disclosures if one.code)
    others = Counter(one.published_at.date() for one in market.disclosures if not one.code)
    posted = Counter(one.published_at.date() for one in market.posts)
    assert listed == posted == dict.fromkeys(market.live, 1)
    assert others == dict.fromkeys(market.live, 2)


def test_disclosures_are_in_order_and_numbered_by_their_day(market: Market) -> None:
    times = [one.published_at for one in market.disclosures]
    numbers = [one.receipt_no for one in market.disclosures]
    assert times == sorted(times)
    assert numbers == sorted(set(numbers))
    for one in market.disclosures:
        assert one.receipt_no.isdigit()
        assert len(one.receipt_no) == 14
        assert one.receipt_no.startswith(f"{one.published_at:%Y%m%d}")
        assert disclosure_address(one).endswith(f"?rcpNo={one.receipt_no}")


def test_a_disclosure_carries_its_firms_name_and_class(market: Market) -> None:
    companies = {company.code: company for company in market.companies}
    classes = {"KOSPI": "Y", "KOSDAQ": "K"}
    for one in market.disclosures:
        company = companies.get(one.code)
        assert one.corp_class == (classes[company.market] if company else "E")
        assert company is None or one.corp_name == company.name
        assert one.remark == {"Y": "유", "K": "코", "E": ""}[one.corp_class]
    assert {one.corp_class for one in market.disclosures} == {"Y", "K", "E"}
    assert any(one.report.endswith("   ") for one in market.disclosures)


def test_no_two_disclosures_of_three_days_read_alike(market: Market) -> None:
    told = [
        (
            one.published_at,
            telling(f"{one.corp_name} {one.report.strip()}", one.report, [one.code] * bool(one.code)),
        )
        for one in market.disclosures
    ]
    for place, (at, one) in enumerate(told):
        near = [other for later, other in told[place + 1 :] if later - at <= timedelta(hours=72)]
        assert not any(same_story(one, other) for other in near)


def test_posts_name_their_company_and_what_the_crawler_looks_for(market: Market) -> None:
    listing = Listing.build([Company(one.code, one.name, one.market) for one in market.companies])
    for post in market.posts:
        assert [found.code for found in match(post.title, post.text, listing)] == [post.code]
        assert "KOSPI" in post.title
        assert post_path(post).isascii()
    assert len({post.id for post in market.posts}) == len(market.posts)


def test_some_posts_lack_score_some_comments_and_the_first_neither(market: Market) -> None:
    assert counts(market.posts[0])
    assert any(post.score < 10 and post.comments >= 2 for post in market.posts)
    assert any(post.score >= 10 and post.comments < 2 for post in market.posts)
    assert any(post.comments == 2 for post in market.posts if counts(post))
    assert 0.5 < sum(map(counts, market.posts)) / len(market.posts) < 0.9


def test_they_move_nothing_else(market: Market) -> None:
    """Another number of live sessions draws others, and leaves news and prices as they are."""
    other = generate(7, WEEKDAYS, live=3)
    assert other.disclosures != market.disclosures
    assert (other.articles, other.bars, other.stories) == (market.articles, market.bars, market.stories)
