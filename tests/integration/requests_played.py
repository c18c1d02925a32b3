"""A stock with a story, and users who ask for forecasts of it through the API."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from nunchi import database
from nunchi.models import BaseRate, Forecast, StoryFounder, StoryStock
from tests.factories import NOON, answer, article, case, forecast, story
from tests.integration.articles_worked import CODE, store
from tests.integration.reports_made import COUNTS, store_stock

TITLE = "다온솔전자, 300억원 규모 공급계약 체결"
PATH = "/api/forecasts"


def store_story(number: int = 1, title: str = TITLE, code: str | None = CODE, **changed: Any) -> Any:
    """An article that founded a story, about a stock if one is given; gives the story."""
    told = story(f"told {number}", **changed)
    told.title = title
    store(told)
    store(article(number, story_id=told.id, title=title))
    store(StoryFounder(story_id=told.id, article_id=article(number).id, companies=[]))
    if code:
        store(StoryStock(story_id=told.id, stock_code=code, known_at=told.known_at))
    return told


def store_all() -> Any:
    """A stock with a history and one story about it."""
    store_stock()
    return store_story()


def store_rates(code: str) -> None:
    store(BaseRate(scope=code, known_at=NOON, counts=COUNTS))


def store_live(told: Any, as_of: datetime = NOON, arm: str = "prior", outcome: str = "ok") -> None:
    """The record's own answer about a story."""
    opened = case(told, CODE, as_of)
    said = answer(opened, arm, as_of + timedelta(minutes=1), outcome)
    store(opened)
    store(said)
    store(*(forecast(said, horizon, (0.2, 0.5, 0.3)) for horizon in (1, 3, 5)))


def ask(client: Any, headers: dict[str, str], **changed: Any) -> Any:
    body = {"stock_code": CODE, "arm": "prior"} | changed
    return client.post(PATH, json={key: one for key, one in body.items() if one is not None}, headers=headers)


def recorded() -> list[Forecast]:
    with database.session() as session:
        return list(session.scalars(select(Forecast)))
