"""No forecast sees what became known after it: change all of that, and every earlier forecast stays as it was."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from infra.local.stores import Stores
from infra.local.world import World
from infra.sandbox.market import Article, Bar, Market
from infra.sandbox.server import serving
from nunchi import database, ids
from nunchi.adapters.milvus_rows import StoryVector
from nunchi.embed import collections
from nunchi.embed.service import text_of
from nunchi.models import BaseRate, Calibrator, DailyBar, IndexBar, Reaction, Story, StoryStock
from nunchi.seoul import SEOUL
from tests import factories
from tests.e2e import played
from tests.e2e.conftest import Baseline
from tests.e2e.played import Content

LATER = timedelta(hours=1)

pytestmark = pytest.mark.timeout(900)  # the first of a process plays the market


@pytest.fixture(scope="module")
def cut(market: Market) -> datetime:
    """A moment in the second live session: some forecasts lie before it, and some after."""
    day = market.live[1]
    return datetime(day.year, day.month, day.day, 11, 5, tzinfo=SEOUL)


def forecasts_until(cut: datetime, content: Content) -> dict[str, list[str]]:
    """Every byte of the cases that were opened by `cut`, and of what the arms made of them."""
    cases = [row for row in map(json.loads, content["cases"]) if datetime.fromisoformat(row["as_of"]) <= cut]
    asked = {row["id"] for row in cases}
    answers = [row for row in map(json.loads, content["answers"]) if row["case_id"] in asked]
    forecasts = [
        row for row in map(json.loads, content["forecasts"]) if datetime.fromisoformat(row["as_of"]) <= cut
    ]
    return {"cases": as_text(cases), "answers": as_text(answers), "forecasts": as_text(forecasts)}


def as_text(rows: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def altered(market: Market, cut: datetime) -> Market:
    """The same market until `cut`; from there on other news, more of it, and other prices."""
    return replace(
        market,
        articles=tuple(other_news(market.articles, cut)),
        disclosures=tuple(other_titles(market.disclosures, cut, "report")),
        posts=tuple(other_titles(market.posts, cut, "title")),
        bars={code: tuple(other_prices(bars, cut)) for code, bars in market.bars.items()},
    )


def other_news(known: Sequence[Article], cut: datetime) -> Iterator[Article]:
    for article in known:
        if article.published_at <= cut:
            yield article
            continue
        title = f"{article.title[:8]} 전혀 다른 소식"
        yield replace(article, title=title, paragraphs=("전혀 다른 첫 문장이다.", *article.paragraphs[1:]))
        yield replace(article, no=article.no + 1, title=f"{title} 하나 더", published_at=article.published_at)


def other_titles(known: Sequence[Any], cut: datetime, field: str) -> Iterator[Any]:
    for one in known:
        text = f"KOSPI: something else, and not {getattr(one, field)}"
        yield one if one.published_at <= cut else replace(one, **{field: text})


def other_prices(bars: Sequence[Bar], cut: datetime) -> Iterator[Bar]:
    for bar in bars:
        grown = {name: getattr(bar, name) * 2 for name in ("open_won", "high_won", "low_won", "close_won")}
        yield replace(bar, **grown) if bar.session >= cut.date() else bar


def plant_the_future(known_at: datetime) -> None:
    """Rows of every kind of evidence that become known only at `known_at`, and would move every forecast."""
    with database.session() as session:
        for table, columns in (
            (DailyBar, ("open_won", "high_won", "low_won", "close_won")),
            (IndexBar, ("open", "high", "low", "close")),
        ):
            rows = [dict(row) for row in session.execute(select(table.__table__)).mappings()]
            revised = [{**row, "known_at": known_at, **{c: row[c] * 3 for c in columns}} for row in rows]
            session.execute(insert(table), revised)
        counts = {kind: {h: [0, 0, 999] for h in ("1", "3", "5")} for kind in ("open", "close")}
        scopes = set(session.scalars(select(BaseRate.scope)))
        session.execute(
            insert(BaseRate), [{"scope": s, "known_at": known_at, "counts": counts} for s in scopes]
        )
        session.add_all(calibrator(horizon, known_at) for horizon in (1, 3, 5))
        session.add_all(factories.article(n, known_at=known_at) for n in (1, 2, 3))
        known = list(session.scalars(select(Story)))
        unreacted = [
            story for story in known if story.id not in set(session.scalars(select(Reaction.story_id)))
        ]
        told = [copied(story, known_at) for story in known]
        links = {link.story_id: link.stock_code for link in session.scalars(select(StoryStock))}
        codes = sorted(set(links.values()))
        session.add_all(told)
        session.flush()
        session.execute(
            insert(StoryStock),
            [{"story_id": s.id, "stock_code": codes[0], "known_at": known_at} for s in told],
        )
        session.execute(
            insert(Reaction),
            [
                reaction(s, links.get(s.id, codes[0]), h, known_at)
                for s, horizons in [
                    *((s, (1, 3, 5)) for s in told),
                    # a reaction over one session may be known before the cut, and is none of the future's
                    *((s, (3, 5)) for s in unreacted),
                ]
                for h in horizons
            ],
        )
    with database.session() as session:
        embed, collection = collections.opened(collections.in_use(session, now=known_at))
    vectors = embed([text_of(story) for story in told])
    collection.upsert(
        [
            StoryVector(story.id, known_at, (codes[0],), vector)
            for story, vector in zip(told, vectors, strict=True)
        ]
    )


def calibrator(horizon: int, fitted_at: datetime) -> Calibrator:
    """What would turn every forecast of an arm upside down."""
    return Calibrator(
        arm="neighbours",
        horizon_sessions=horizon,
        version="future",
        fitted_at=fitted_at,
        method="biased",
        parameters={"slope": 0.05, "bias_down": 3.0, "bias_up": -3.0},
        forecasts=1,
        entry_sessions=1,
    )


def copied(story: Story, known_at: datetime) -> Story:
    """The same text told again in the future: the nearest neighbour that there could be."""
    return Story(id=ids.derive("future", story.id), title=story.title, lead=story.lead, known_at=known_at)


def reaction(story: Story, code: str, horizon: int, known_at: datetime) -> dict[str, Any]:
    return {
        "story_id": story.id,
        "stock_code": code,
        "horizon_sessions": horizon,
        "entry_session": known_at.date(),
        "entry_kind": "open",
        "exit_session": known_at.date(),
        "stock_return_ratio": 0.3,
        "adjusted_return_ratio": 0.3,
        "band_ratio": 0.01,
        "outcome": 2,
        "known_at": known_at,
    }


def test_changing_all_that_is_known_later_changes_no_earlier_forecast(
    stores: Stores, market: Market, home: Path, baseline: Baseline, cut: datetime
) -> None:
    other = altered(market, cut)
    with serving(other) as url, played.empty_platform(stores, home / "other", World(url), "other") as running:
        played.load(running, market)
        plant_the_future(cut + LATER)
        played.play(running, other, World(url), home / "other.json")
        found = played.content()
    before = forecasts_until(cut, baseline.content)
    assert len(before["forecasts"]) >= 3 * 3 * 4
    assert forecasts_until(cut, found) == before
    assert found["forecasts"] != baseline.content["forecasts"]  # or nothing was changed at all
