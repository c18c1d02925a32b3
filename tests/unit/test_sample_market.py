"""The sample market's prices, and what its news does to them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from infra.sandbox import prices, texts
from infra.sandbox.companies import NAMES
from infra.sandbox.market import Market, Story, generate

INDEX = {"KOSPI": "0001", "KOSDAQ": "1001"}
HORIZONS = (1, 3, 5)


def weekdays(count: int, first: date = date(2025, 10, 20)) -> list[date]:
    days = (first + timedelta(days=n) for n in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


@pytest.fixture(scope="module")
def market() -> Market:
    return generate(7, weekdays(260))


@pytest.fixture(scope="module")
def null_market() -> Market:
    return generate(7, weekdays(260), effects=False)


def entries(market: Market) -> Iterator[tuple[Story, int, bool]]:
    """Every story, the place of its entry session, and whether a position opens at that session's open."""
    published = {article.story: article.published_at for article in market.articles if not article.reprint}
    places = {day: place for place, day in enumerate(market.sessions)}
    for story in market.stories:
        moment = published[story.number].time()
        late = moment >= time(15, 30)
        yield story, places[story.session] + late, late or moment < time(9)


def test_the_same_arguments_give_the_same_market(market: Market) -> None:
    assert generate(7, weekdays(260)) == market


def test_another_seed_gives_other_news_and_prices(market: Market) -> None:
    other = generate(8, weekdays(260))
    assert other.articles != market.articles
    assert other.bars != market.bars


def test_the_last_sessions_are_live(market: Market) -> None:
    assert market.live == market.sessions[-10:]
    unplayed = generate(7, weekdays(5), live=0, companies=2)
    assert (unplayed.live, unplayed.disclosures, unplayed.posts) == ((), (), ())


def test_every_series_has_one_bar_a_session(market: Market) -> None:
    assert set(market.bars) == {company.code for company in market.companies}
    assert set(market.index_bars) == {"0001", "1001"}
    series = [[bar.session for bar in bars] for bars in market.bars.values()]
    series += [[bar.session for bar in bars] for bars in market.index_bars.values()]
    assert all(sessions == weekdays(260) for sessions in series)


def test_bars_are_on_the_tick_within_limits_and_in_order(market: Market) -> None:
    for bars in market.bars.values():
        for before, bar in pairwise(bars):
            lowest, highest = prices.limits(before.close_won)
            assert bar.low_won <= min(bar.open_won, bar.close_won)
            assert bar.high_won >= max(bar.open_won, bar.close_won)
            assert lowest <= bar.low_won <= bar.high_won <= highest
            assert all(
                won % prices.tick(won) == 0
                for won in (bar.open_won, bar.high_won, bar.low_won, bar.close_won)
            )
            assert bar.volume_shares > 0


def test_index_bars_have_two_decimals_and_hold_open_and_close(market: Market) -> None:
    for bar in (bar for series in market.index_bars.values() for bar in series):
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert all(round(points, 2) == points for points in (bar.open, bar.high, bar.low, bar.close))


@pytest.mark.parametrize(
    ("price", "size"),
    [
        (1_999, 1), (2_000, 5), (4_999, 5), (5_000, 10), (19_990, 10), (20_000, 50), (49_950, 50),
        (50_000, 100), (199_900, 100), (200_000, 500), (499_500, 500), (500_000, 1_000), (2_000_000, 1_000),
    ],
)  # fmt: skip
def test_ticks_are_those_of_krx_since_2023(price: int, size: int) -> None:
    assert prices.tick(price) == size


@pytest.mark.parametrize(
    ("close", "lowest", "highest"),
    [(1_999, 1_400, 2_595), (10_000, 7_000, 13_000), (15_010, 10_510, 19_510), (45_050, 31_550, 58_500)],
)
def test_limits_are_thirty_percent_truncated_to_the_tick(close: int, lowest: int, highest: int) -> None:
    assert prices.limits(close) == (lowest, highest)


@given(st.integers(min_value=100, max_value=3_000_000), st.floats(min_value=1, max_value=5_000_000))
def test_a_quoted_price_is_on_its_tick_and_within_the_limits(close: int, wanted: float) -> None:
    close -= close % prices.tick(close)
    lowest, highest = prices.limits(close)
    price = prices.quoted(wanted, lowest, highest)
    assert lowest <= price <= highest
    assert price % prices.tick(price) == 0
    assert 0.7 * close <= lowest
    assert highest <= 1.3 * close


@pytest.mark.parametrize("wish", [-0.9, 0.9])
def test_no_price_leaves_the_limits_however_far_it_wants_to_go(wish: float) -> None:
    who = prices.Character(index="0001", beta=1, volatility=0.02, first_won=40_000, shares_a_day=1_000)
    days = weekdays(8)
    bars = prices.stock_bars(np.random.default_rng(1), who, days, np.full((8, 2), wish))
    for before, bar in pairwise(bars):
        lowest, highest = prices.limits(before.close_won)
        assert (lowest if wish < 0 else highest) == bar.open_won == bar.close_won
        assert lowest <= bar.low_won <= bar.high_won <= highest


def test_volatility_is_of_a_realistic_size_and_two_fifths_come_overnight(null_market: Market) -> None:
    overnight, whole = [], []
    for company in null_market.companies:
        own = daily_adjusted(null_market, company.code, INDEX[company.market])
        assert 0.011 < own.std() < 0.034
        bars = null_market.bars[company.code]
        overnight += [np.log(bar.open_won / before.close_won) ** 2 for before, bar in pairwise(bars)]
        whole += [np.log(bar.close_won / before.close_won) ** 2 for before, bar in pairwise(bars)]
    assert sum(overnight) / sum(whole) == pytest.approx(0.4, abs=0.03)
    for series in null_market.index_bars.values():
        assert np.diff(np.log([bar.close for bar in series])).std() == pytest.approx(0.01, rel=0.15)


def daily_adjusted(market: Market, code: str, index: str) -> NDArray[np.float64]:
    own = np.diff(np.log([bar.close_won for bar in market.bars[code]]))
    adjusted: NDArray[np.float64] = own - np.diff(np.log([bar.close for bar in market.index_bars[index]]))
    return adjusted


def explained(market: Market, horizon: int) -> tuple[float, float]:
    """R² of the kinds of stories on the market-adjusted return, and what chance alone would give."""
    returns = defaultdict(list)
    index = {company.code: INDEX[company.market] for company in market.companies}
    for story, place, at_open in entries(market):
        if place + horizon < len(market.sessions):
            own, points = market.bars[story.code], market.index_bars[index[story.code]]
            won, level = (
                (own[place].open_won, points[place].open)
                if at_open
                else (own[place].close_won, points[place].close)
            )
            returns[story.kind].append(
                own[place + horizon].close_won / won - points[place + horizon].close / level
            )
    every = np.concatenate([np.array(values) for values in returns.values()])
    between = sum(len(values) * (np.mean(values) - every.mean()) ** 2 for values in returns.values())
    return float(between / ((every - every.mean()) ** 2).sum()), (len(returns) - 1) / (len(every) - 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_news_explains_a_few_percent_of_the_variance_and_nothing_in_a_null_market(seed: int) -> None:
    planted, null = generate(seed, weekdays(260)), generate(seed, weekdays(260), effects=False)
    for horizon in HORIZONS:
        assert 0.02 < explained(planted, horizon)[0] < 0.08
        found, by_chance = explained(null, horizon)
        assert found < 3 * by_chance  # above the 99.9 % point of a chi-square with 13 degrees of freedom


def test_a_null_market_has_the_same_texts_and_no_effect(market: Market, null_market: Market) -> None:
    assert null_market.articles == market.articles
    assert null_market.index_bars == market.index_bars
    assert null_market.bars != market.bars
    assert {story.effect for story in null_market.stories} == {0.0}
    assert [story.kind for story in null_market.stories] == [story.kind for story in market.stories]


def test_a_price_does_not_know_a_story_before_the_close_of_its_entry_session(
    market: Market, null_market: Market
) -> None:
    for company in market.companies:
        acting = [place for story, place, _ in entries(market) if story.code == company.code and story.effect]
        first = min(acting)
        same, other = market.bars[company.code], null_market.bars[company.code]
        assert same[: first + 1] == other[: first + 1]
        assert same[first + 1 : first + 6] != other[first + 1 : first + 6]


def lonely_shifts() -> Iterator[list[float]]:
    """For stories with no other about the same stock near them: the shift at the close of 0 to 8 sessions later."""
    days = weekdays(260)
    planted, null = (generate(11, days, stories_per_session=1, effects=on) for on in (True, False))
    places = defaultdict(list)
    for story, place, _ in entries(planted):
        places[story.code].append((place, story.effect))
    for code, acting in places.items():
        for place, effect in acting:
            near = sum(abs(place - other) <= 14 for other, _ in acting)
            if effect and near == 1 and place + 8 < len(days):
                yield [
                    np.sign(effect)
                    * np.log(planted.bars[code][place + j].close_won / null.bars[code][place + j].close_won)
                    - np.sign(effect)
                    * np.log(planted.bars[code][place].close_won / null.bars[code][place].close_won)
                    for j in range(9)
                ]


def test_an_effect_grows_like_the_root_of_time_for_five_sessions_and_stays() -> None:
    shifts = list(lonely_shifts())
    mean = np.mean(shifts, axis=0)
    assert len(shifts) > 50
    assert mean[1:6] / mean[5] == pytest.approx(np.sqrt(np.arange(1, 6) / 5), rel=0.05)
    assert mean[6:] == pytest.approx(mean[5], rel=0.05)


def test_the_effects_of_what_every_company_can_have_sum_to_nothing() -> None:
    assert sum(kind.effect for kind in texts.KINDS if not kind.medical) == pytest.approx(0)
    assert sum(kind.effect for kind in texts.KINDS if kind.medical) == pytest.approx(0)


@pytest.mark.parametrize("count", [0, len(NAMES) + 1])
def test_more_companies_than_names_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="companies"):
        generate(1, weekdays(5), companies=count)
