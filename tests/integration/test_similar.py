"""What followed similar past stories: of the same stock, and of others."""

from datetime import date, datetime, timedelta
from statistics import fmean, stdev
from typing import Any
from uuid import uuid4

import pytest

from nunchi import database
from nunchi.adapters.milvus import Hit
from nunchi.embed.nearest import Found
from nunchi.market.calendar import xkrx
from nunchi.models import Reaction, Story
from nunchi.predict.rules import NEIGHBOURS
from nunchi.predict.similar import SAME_STOCK, followed, similar
from tests.factories import NOON, stock, story
from tests.integration.articles_worked import CODE, store

OTHER, LOWEST = "990020", "990001"
CLOSED = date(2026, 10, 16)  # the last session that has closed at NOON, on Monday


@pytest.fixture(autouse=True)
def stocks(environment: dict[str, str]) -> None:
    store(stock(), stock(OTHER, "미르빛바이오"), stock(LOWEST, "가온철강"))


def past(mark: str, returns: dict[str, dict[int, float]], **values: Any) -> Story:
    """A story of three weeks ago, and what followed it: returns by stock and horizon."""
    one = story(mark, known_at=NOON - timedelta(days=20))
    store(one)
    store(
        *(reaction(one, code, h, value, **values) for code, of in returns.items() for h, value in of.items())
    )
    return one


def reaction(
    to: Story, code: str, horizon: int, value: float, known_at: datetime = NOON, exit_session: date = CLOSED
) -> Reaction:
    return Reaction(
        story_id=to.id,
        stock_code=code,
        horizon_sessions=horizon,
        entry_session=date(2026, 10, 1),
        entry_kind="close",
        exit_session=exit_session,
        stock_return_ratio=value,
        adjusted_return_ratio=value,
        band_ratio=0.01,
        outcome=2 if value > 0.01 else 1,
        known_at=known_at,
    )


def evidence(near: list[Story], same: list[Story], code: str = CODE) -> dict[str, Any]:
    def hits(stories: list[Story]) -> list[Hit]:
        return [Hit(one.id, 0.9 - place / 1000) for place, one in enumerate(stories)]

    with database.session() as session:
        found = Found(hits(near), {code: hits(same)})
        return similar(session, found, xkrx(), as_of=NOON).evidence(code)


def test_the_same_stock_and_others_are_summed_up_apart_by_horizon() -> None:
    own = [past(f"own{n}", {CODE: {1: value, 5: 0.1}}) for n, value in enumerate((0.02, -0.04, 0.03))]
    others = [past(f"other{n}", {OTHER: {1: value}}) for n, value in enumerate((0.01, 0.05))]
    found = evidence([others[0], own[0], others[1]], own)
    assert [one["same_stock"] for one in found["neighbours"]] == [False, True, False]
    assert [one["story_id"] for one in found["neighbours_same_stock"]] == [str(one.id) for one in own]
    same, rest = found["followed"]["same_stock"], found["followed"]["other_stocks"]
    assert same["1"] == {
        "count": 3,
        "mean": round(fmean([0.02, -0.04, 0.03]), 6),
        "spread": round(stdev([0.02, -0.04, 0.03]), 6),
    }
    assert (same["3"], same["5"]) == (
        {"count": 0, "mean": None, "spread": None},
        {"count": 3, "mean": 0.1, "spread": 0.0},
    )
    assert rest["1"] == {"count": 2, "mean": 0.03, "spread": round(stdev([0.01, 0.05]), 6)}


def test_a_story_about_several_stocks_is_one_hit_with_the_asked_stocks_reaction() -> None:
    both = past("both", {LOWEST: {1: -0.5}, CODE: {1: 0.02}, OTHER: {1: 0.07}})
    asked = {code: evidence([both], [both], code)["neighbours"] for code in (CODE, OTHER, "990777")}
    assert [[one["stock_code"] for one in near] for near in asked.values()] == [[CODE], [OTHER], [LOWEST]]
    assert asked[OTHER][0]["adjusted_return_ratios"] == {"1": 0.07}
    assert [near[0]["same_stock"] for near in asked.values()] == [True, True, False]


def test_a_reaction_that_is_not_known_or_not_over_by_the_time_of_the_case_is_no_evidence() -> None:
    late = past("late", {CODE: {1: 0.1}}, known_at=NOON + timedelta(microseconds=1))
    unfinished = past("unfinished", {CODE: {1: 0.2}}, exit_session=CLOSED + timedelta(days=3))
    done = past("done", {CODE: {1: 0.3}})
    found = evidence([late, unfinished, done], [unfinished, late, done])
    assert [one["story_id"] for one in found["neighbours"]] == [str(done.id)]
    assert found["followed"]["same_stock"]["1"] == {"count": 1, "mean": 0.3, "spread": None}


def test_a_vector_without_a_story_or_without_a_reaction_takes_nobodys_place() -> None:
    done, silent = past("done", {OTHER: {1: 0.3}}), past("silent", {})
    stray = Story(id=uuid4(), title="", lead="", known_at=NOON)
    found = evidence([stray, silent, done], [stray, silent])
    assert [one["story_id"] for one in found["neighbours"]] == [str(done.id)]
    assert found["neighbours_same_stock"] == []


def test_no_more_are_looked_at_than_the_rules_say() -> None:
    many = [past(f"many{n}", {CODE: {1: 0.01 * n}}) for n in range(NEIGHBOURS + 5)]
    found = evidence(many, many)
    assert [one["story_id"] for one in found["neighbours"]] == [str(one.id) for one in many[:NEIGHBOURS]]
    assert len(found["neighbours_same_stock"]) == SAME_STOCK
    assert found["followed"]["same_stock"]["1"]["count"] == SAME_STOCK


def test_the_sums_do_not_depend_on_the_order_of_the_stories() -> None:
    near = [{"adjusted_return_ratios": {"1": value}} for value in (1e-6, 0.3, -0.299999, 0.1, 1 / 3)]
    assert followed(near) == followed(near[::-1])
