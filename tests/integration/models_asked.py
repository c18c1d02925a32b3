"""The language models' stand-ins, and one case that they are asked about."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from sqlalchemy import select

from infra.local.world import Sample
from infra.local.world import World as Address
from nunchi import database
from nunchi.adapters import openai
from nunchi.events import ForecastDue
from nunchi.market.calendar import xkrx
from nunchi.models import Answer, Forecast
from tests.conftest import forget_clients
from tests.factories import article, case, stock, story

MARKET = Sample(history=25, live=1, companies=4, stories_per_session=1).generate(xkrx())
ARMS = {"gpt-4o": "openai", "deepseek-v3.2": "openrouter"}
PATHS = {"gpt-4o": "/openai", "deepseek-v3.2": "/openrouter"}
CASE = case(story("a")).id
NEIGHBOUR = {
    "story_id": "00000000-0000-5000-8000-000000000001",
    "article_id": "00000000-0000-5000-8000-0000000000a1",
    "stock_code": "990020",
    "similarity": 0.91,
    "outcomes": {"1": 2},
    "adjusted_return_ratios": {"1": 0.021},
}
SHOWN = [str(article().id), NEIGHBOUR["article_id"]]  # the ids of articles that the prompt has, in its order
Misbehave = Callable[..., None]
# what is not asked again: preset, outcome, how the reason begins, and the calls that were answered
FINAL: list[tuple[str, str, str, int]] = [
    ("insufficient_quota", "quota", "insufficient_quota", 0),
    ("context_length_exceeded", "overflow", "context_length_exceeded", 0),
    ("openrouter_credits_in_200", "credit", "402", 0),
    ("openrouter_moderation", "moderation", "403", 0),
    ("invalid_api_key", "key", "invalid_api_key", 0),
    ("model_not_found", "rejected", "model_not_found", 0),
    ("content_filter", "moderation", "content_filter", 0),
    ("refusal", "refused", "I can't help with that.", 1),
    ("length", "cut", "the answer was longer than the model may write", 1),
    ("no_content", "invalid", "1 faults in the JSON: the object", 2),
    ("cut_answer", "invalid", "1 faults in the JSON: the object", 2),
    ("wrong_sums", "invalid", "the probabilities at 1 sessions sum to 1.30", 2),
    ("wrong_horizons", "invalid", "not one forecast for each horizon", 2),
    ("percent_for_ratio", "invalid", "expected_move_ratio at 1 sessions", 2),
    ("unknown_ids", "invalid", "cited_article_ids has ids that are not in the data", 2),
    ("extra_keys", "invalid", "1 faults in the JSON: the object", 2),
    ("links", "invalid", "rationale_ko holds an address", 2),
    ("leak", "invalid", "rationale_ko repeats the instructions", 2),
    ("not_korean", "invalid", "rationale_ko is not in Korean", 2),
]


@contextmanager
def misbehaving(address: str, patch: pytest.MonkeyPatch) -> Iterator[Misbehave]:
    """Points the environment at the stand-ins; gives what orders an arm's provider to answer otherwise."""
    for name, value in Address(address).settings().items():
        patch.setenv(name, value)
    forget_clients()

    def order(arm: str, *faults: dict[str, Any]) -> None:
        wanted = [{"path": PATHS[arm], **fault} for fault in faults]
        requests.put(f"{address}/_control/faults", json=wanted, timeout=10).raise_for_status()

    yield order
    requests.delete(f"{address}/_control/faults", timeout=10).raise_for_status()
    for provider in ARMS.values():
        openai.get_client(provider).close()
    forget_clients()


def store_case() -> None:
    told = story("a")
    with database.session() as session:
        session.add_all([stock(), told])
        session.flush()
        session.add(case(told, neighbours=[NEIGHBOUR]))


def due(arm: str = "gpt-4o") -> ForecastDue:
    return ForecastDue(case_id=CASE, arm=arm, provider=ARMS[arm])


def recorded(arm: str = "gpt-4o") -> Answer:
    with database.session() as session:
        return session.scalars(select(Answer).where(Answer.case_id == CASE, Answer.arm == arm)).one()


def forecasts(arm: str = "gpt-4o") -> list[Forecast]:
    with database.session() as session:
        query = select(Forecast).where(Forecast.arm == arm).order_by(Forecast.horizon_sessions)
        return list(session.scalars(query))


def in_200(body: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"status": 200, "headers": {"content-type": media_type}, "body": body}
