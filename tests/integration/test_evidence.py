"""The evidence of a case: what was known of like stories and of prices."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from nunchi import database
from nunchi.adapters.milvus import Hit
from nunchi.embed.nearest import Found
from nunchi.market.calendar import xkrx
from nunchi.models import Case, DailyBar, Reaction, Story
from nunchi.predict.similar import similar
from tests.factories import NOON, article, bar, stock, story
from tests.integration.articles_worked import CODE, DAYS, Near, found, store, work


def react(to: Story, known_at: datetime, outcome: int = 2, horizon: int = 1) -> Reaction:
    return Reaction(
        story_id=to.id,
        stock_code=CODE,
        horizon_sessions=horizon,
        entry_session=date(2026, 10, 1),
        entry_kind="close",
        exit_session=date(2026, 10, 2),
        stock_return_ratio=0.03,
        adjusted_return_ratio=0.02,
        band_ratio=0.01,
        outcome=outcome,
        known_at=known_at,
    )


def past(mark: str) -> Story:
    return story(mark, known_at=NOON - timedelta(days=20))


def test_neighbours_are_only_stories_whose_reactions_were_known(listed: None) -> None:
    known, late, silent = past("known"), past("late"), past("silent")
    store(known, late, silent, article())
    store(react(known, NOON), react(known, NOON + timedelta(seconds=1), horizon=3))
    store(react(late, NOON + timedelta(seconds=1)))
    vectors = Near(late.id, known.id, silent.id, uuid4())
    work(1, vectors)
    (case,) = found(Case)
    assert case.evidence["neighbours"] == [
        {
            "story_id": str(known.id),
            "stock_code": CODE,
            "same_stock": True,
            "similarity": 0.9,
            "outcomes": {"1": 2},
            "adjusted_return_ratios": {"1": 0.02},
            "article_id": None,
        }
    ]
    assert case.evidence["neighbours_same_stock"] == case.evidence["neighbours"]
    assert case.evidence["followed"]["same_stock"] == {
        "1": {"count": 1, "mean": 0.02, "spread": None},
        "3": {"count": 0, "mean": None, "spread": None},
        "5": {"count": 0, "mean": None, "spread": None},
    }


def test_neighbours_are_the_nearest_and_equals_are_in_a_fixed_order(environment: dict[str, str]) -> None:
    stories = [past(f"n{number}") for number in range(4)]
    store(stock(), *stories)
    store(*(react(one, NOON) for one in stories))
    close = [Hit(one.id, 0.9 + number * 1e-9) for number, one in enumerate(stories[:3])]
    with database.session() as session:
        near, again = (
            similar(session, Found(hits), xkrx(), as_of=NOON).evidence(CODE)
            for hits in ([Hit(stories[3].id, 0.5), *close], [*reversed(close), Hit(stories[3].id, 0.5)])
        )
    assert near == again
    assert [one["story_id"] for one in near["neighbours"]] == [
        *sorted(str(one.id) for one in stories[:3]),
        str(stories[3].id),
    ]


def test_a_case_holds_what_was_known_of_prices(listed: None) -> None:
    revised = DailyBar(**bar(CODE, DAYS[-1], 99_999, NOON + timedelta(seconds=1)))
    store(revised, article())
    work(1, Near())
    (case,) = found(Case)
    assert case.evidence["entry_kind"] == "close"
    assert len(case.evidence["recent_closes_won"]) == 5
    assert 99_999 not in case.evidence["recent_closes_won"]
    assert 0 < case.sigma20_ratio < 0.2
