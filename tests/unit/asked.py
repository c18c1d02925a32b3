"""A question that a model is put, and what of its messages is the data."""

import json
from collections.abc import Sequence
from typing import Any

from nunchi.adapters.openai import Message
from nunchi.predict.question import Question
from tests.factories import NOON, article

BEGIN, END = "<<<DATA", "DATA>>>"
VERSION = "forecast.v2"
NEIGHBOUR = {
    "story_id": "00000000-0000-5000-8000-000000000001",
    "article_id": "00000000-0000-5000-8000-0000000000a1",
    "stock_code": "990020",
    "similarity": 0.91,
    "outcomes": {"1": 2, "3": 2, "5": 1},
    "adjusted_return_ratios": {"1": 0.021},
}
DISCLOSURE = {
    "article_id": "00000000-0000-5000-8000-0000000000d1",
    "title": "단일판매ㆍ공급계약체결",
    "known_at": "2026-10-18T09:10+09:00",
}
FOUNDER = str(article().id)


def question(
    title: str = "다온솔전자, 공급계약 체결", lead: str = "첫 문장이다.", **evidence: Any
) -> Question:
    counts = {"1": [30, 40, 30], "3": [30, 40, 30], "5": [30, 40, 30]}
    filled: dict[str, Any] = {
        "entry_kind": "close",
        "own_counts": counts,
        "market_counts": counts,
        "recent_closes_won": [10_000, 10_100],
        "neighbours": [NEIGHBOUR],
        "indicators": {"last_close_won": 10_100, "return_5_sessions_ratio": 0.0324, "sma_60_won": None},
        "market": {"index": {"name": "KOSPI", "return_5_sessions_ratio": -0.011}, "sector": None},
        "flows": None,
        "disclosures": [DISCLOSURE],
        "article_ids": [FOUNDER],
    }
    return Question(
        provider="openai",
        model="gpt-4o",
        prompt_version=VERSION,
        stock_code="990010",
        stock_name="다온솔전자",
        market="KOSPI",
        story_title=title,
        story_lead=lead,
        as_of=NOON,
        sigma20_ratio=0.02,
        evidence=filled | evidence,
    )


def told(messages: Sequence[Message]) -> dict[str, Any]:
    """The data of the user's message, which holds nothing else; the markers stand once, alone on their lines."""
    system, user = messages
    assert (system["role"], user["role"]) == ("system", "user")
    first, data, last = user["content"].removesuffix("\n").split("\n")
    assert (first, last) == (BEGIN, END)
    assert "<" not in data
    assert ">" not in data
    found: dict[str, Any] = json.loads(data)
    return found
