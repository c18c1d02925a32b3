"""Rows that tests need, with everything that a test does not care about filled in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from nunchi import ids
from nunchi.articles import repository as articles
from nunchi.models import Answer, Article, Case, Forecast, Report, ReportRun, Stock, Story

NOON = datetime(2026, 10, 19, 3, 0, tzinfo=UTC)  # Monday noon in Seoul


def stock(code: str = "990010", name: str = "다온솔전자", market: str = "KOSPI") -> Stock:
    return Stock(code=code, name=name, market=market, active=True)


def article(number: int = 1, **changed: Any) -> Article:
    url = f"https://maekyung.example/news/stock/{number}"
    values: dict[str, Any] = {
        "id": articles.article_id(url),
        "source": "maekyung",
        "url": url,
        "title": "다온솔전자, 공급계약 체결",
        "body": "다온솔전자가 300억원 규모의 공급계약을 맺었다.\n둘째 문단.",
        "author": "홍길동",
        "published_at": NOON,
        "known_at": NOON,
        "story_id": None,
    }
    return Article(**values | changed)


def story(mark: str = "a", known_at: datetime = NOON) -> Story:
    told = ids.derive("story", mark)
    return Story(id=told, title=f"다온솔전자 {mark}", lead="첫 문장이다.", known_at=known_at)


def case(of: Story, code: str = "990010", as_of: datetime = NOON, **evidence: Any) -> Case:
    filled = {
        "entry_kind": "close",
        "own_counts": {"1": [30, 40, 30], "3": [30, 40, 30], "5": [30, 40, 30]},
        "market_counts": {"1": [300, 400, 300], "3": [300, 400, 300], "5": [300, 400, 300]},
        "recent_closes_won": [10_000, 10_100],
        "neighbours": [],
        "indicators": {"last_close_won": 10_100, "return_5_sessions_ratio": 0.0324, "rsi_14": 61.2},
        "market": {"index": {"name": "KOSPI", "return_5_sessions_ratio": -0.011}, "sector": None},
        "flows": None,
        "disclosures": [],
        "article_ids": [str(article().id)],
    }
    return Case(
        id=ids.derive("case", of.id, code),
        story_id=of.id,
        stock_code=code,
        as_of=as_of,
        correlation_id="story-1",
        sigma20_ratio=0.02,
        asked=["neighbours", "prior"],
        evidence=filled | evidence,
    )


def answer(of: Case, arm: str = "prior", created_at: datetime = NOON, outcome: str = "ok") -> Answer:
    return Answer(
        id=ids.derive("answer", of.id, arm),
        case_id=of.id,
        arm=arm,
        outcome=outcome,
        reason="",
        model=arm,
        prompt_version="",
        rationale="",
        cited=[],
        input_tokens=0,
        output_tokens=0,
        created_at=created_at,
    )


def forecast(
    of: Answer, horizon: int = 1, probabilities: Sequence[float] = (0.3, 0.4, 0.3), **changed: Any
) -> Forecast:
    down, flat, up = probabilities
    values: dict[str, Any] = {
        "id": ids.derive("forecast", of.id, horizon),
        "answer_id": of.id,
        "case_id": of.case_id,
        "arm": of.arm,
        "horizon_sessions": horizon,
        "p_down": down,
        "p_flat": flat,
        "p_up": up,
        "shown_down": down,
        "shown_flat": flat,
        "shown_up": up,
        "calibrator": "identity",
        "created_at": of.created_at,
    }
    return Forecast(**values | changed)


def bar(
    code: str, session: date, close: float, known_at: datetime, opened: float | None = None
) -> dict[str, Any]:
    """Column values of a stock's daily bar whose high and low are its open and close."""
    first = int(opened if opened is not None else close)
    return {
        "code": code,
        "session": session,
        "known_at": known_at,
        "open_won": first,
        "high_won": max(first, int(close)),
        "low_won": min(first, int(close)),
        "close_won": int(close),
        "volume_shares": 1000,
        "backfilled": False,
    }


def index_bar(
    code: str, session: date, close: float, known_at: datetime, opened: float | None = None
) -> dict[str, Any]:
    """Column values of an index's daily bar."""
    first = opened if opened is not None else close
    return {
        "code": code,
        "session": session,
        "known_at": known_at,
        "open": first,
        "high": max(first, close),
        "low": min(first, close),
        "close": close,
        "backfilled": False,
    }


def report(mark: str = "one", as_of: datetime = NOON) -> tuple[ReportRun, Report]:
    """A report of a session without a span, and its run."""
    of = {
        "id": ids.derive("report", mark), "stock_code": "990010", "arm": "prior", "session": as_of.date(),
        "slot": "1300", "version": 1, "as_of": as_of, "created_at": as_of,
    }  # fmt: skip
    run = {"outcome": "ok", "reason": "", "model": "", "prompt_version": "", "calls": 0}
    said = {
        "base_price_won": 100, "base_price_at": as_of, "base_price_source": "close", "sigma20_ratio": 0.02,
        "summary_ko": "요약", "risks": [], "opportunities": [], "recommendation": "balanced", "evidence": {},
    }  # fmt: skip
    return ReportRun(**of, **run, input_tokens=0, output_tokens=0), Report(**of, **said)
