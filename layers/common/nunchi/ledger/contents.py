"""What a seal covers of a forecast: its leaf, and what the leaf names by a digest.

Another field, or another way to write one, is another format (`rules.FORMAT`).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from nunchi.ledger import rules
from nunchi.models.forecasts import Answer, Case, Forecast


def contents(rows: Iterable[tuple[Forecast, Answer, Case]]) -> Iterator[dict[str, Any]]:
    """The contents of some forecasts, in the order given; a case's evidence is digested once."""
    evidence: dict[UUID, str] = {}
    for forecast, answer, case in rows:
        if case.id not in evidence:
            evidence[case.id] = rules.digest(case.evidence)
        yield content(forecast, answer, case, evidence[case.id])


def content(forecast: Forecast, answer: Answer, case: Case, evidence_sha256: str) -> dict[str, Any]:
    """What a forecast's hash covers. Probabilities are of down, flat, up; times are UTC."""
    return {
        "forecast_id": str(forecast.id),
        "story_id": str(case.story_id),
        "stock_code": case.stock_code,
        "arm": forecast.arm,
        "horizon_sessions": forecast.horizon_sessions,
        "as_of": utc(case.as_of),
        "asked": case.asked,
        "routine": case.routine,
        "created_at": utc(forecast.created_at),
        "raw": [forecast.p_down, forecast.p_flat, forecast.p_up],
        "shown": [forecast.shown_down, forecast.shown_flat, forecast.shown_up],
        "calibrator": forecast.calibrator,
        "expected_move_ratio": forecast.expected_move_ratio,
        "sigma20_ratio": case.sigma20_ratio,
        "model": answer.model,
        "prompt_version": answer.prompt_version,
        "answer_sha256": rules.digest(words(answer)),
        "evidence_sha256": evidence_sha256,
    }


def words(answer: Answer) -> dict[str, Any]:
    """What an arm said beside its probabilities; a leaf holds the digest of it."""
    return {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "rationale": answer.rationale,
        "cited": answer.cited,
        "sentiment": answer.sentiment,
        "impact": answer.impact,
        "urgency": answer.urgency,
        "grounded": answer.grounded,
        "created_at": utc(answer.created_at),
    }


def utc(moment: datetime) -> str:
    """An aware moment as sealed content writes it."""
    return moment.astimezone(UTC).isoformat()
