"""One arm, one case: read the question, ask, and write what was answered or how it failed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from nunchi import database, ids
from nunchi.adapters import openai
from nunchi.errors import UpstreamError
from nunchi.events import ForecastDue
from nunchi.models.forecasts import Answer, Forecast
from nunchi.observability import count
from nunchi.predict import baselines, llm, question, repository
from nunchi.predict.question import Question, Reply
from nunchi.predict.rules import NoHistory
from nunchi.queues import Write
from nunchi.text import one_line


def _model(asked: Question) -> Reply:
    return llm.answer(asked, partial(openai.complete, asked.provider, asked.model))


# provider → the function that asks its models
FORECASTERS: dict[str, Callable[[Question], Reply]] = {
    "baseline": baselines.answer,
    "openai": _model,
    "openrouter": _model,
}


@dataclass(frozen=True)
class Outcome:
    """How asking went: `ok`, or the kind of failure and its reason."""

    kind: str
    reason: str = ""


OK = Outcome("ok")


def work(due: ForecastDue, *, now: datetime) -> Write:
    """Asks an arm; returns the write of its answer. A failure that may pass is recorded, and raised for a retry."""
    with database.session() as session:
        asked = question.of(*repository.question(session, due.case_id, due.arm))
    try:
        reply, outcome = FORECASTERS[asked.provider](asked), OK
    except UpstreamError as exc:
        reply, outcome = _nothing(asked), Outcome(exc.kind, exc.reason)
        if exc.passing:
            _record_failure(due, asked, reply, outcome, now)
            raise
    except llm.BadAnswer as exc:
        reply, outcome = exc.reply, Outcome(exc.outcome, exc.reason)
    except NoHistory as exc:
        reply, outcome = _nothing(asked), Outcome("no_history", str(exc))
    count("Answers", arm=due.arm, outcome=outcome.kind)
    return partial(_write, due=due, asked=asked, reply=reply, outcome=outcome, now=now)


def _nothing(asked: Question) -> Reply:
    return Reply(forecasts={}, model=asked.model)


def _record_failure(due: ForecastDue, asked: Question, reply: Reply, outcome: Outcome, now: datetime) -> None:
    with database.session() as session:
        _write(session, due=due, asked=asked, reply=reply, outcome=outcome, now=now)


def _write(
    session: Session, *, due: ForecastDue, asked: Question, reply: Reply, outcome: Outcome, now: datetime
) -> None:
    answer_id = ids.derive("answer", due.case_id, due.arm)
    common: dict[str, Any] = {"case_id": due.case_id, "arm": due.arm, "created_at": now}
    answer = Answer(
        id=answer_id,
        outcome=outcome.kind,
        reason=one_line(outcome.reason),
        model=one_line(reply.model),
        prompt_version=asked.prompt_version,
        rationale=one_line(reply.rationale),
        cited=reply.cited,
        sentiment=reply.sentiment,
        impact=reply.impact,
        urgency=reply.urgency,
        grounded=reply.grounded,
        calls=reply.calls,
        input_tokens=reply.input_tokens,
        cached_tokens=reply.cached_tokens,
        output_tokens=reply.output_tokens,
        cost_usd=reply.cost_usd,
        **common,
    )
    forecasts = [
        Forecast(
            id=ids.derive("forecast", answer_id, horizon),
            answer_id=answer_id,
            horizon_sessions=horizon,
            p_down=shown.down,
            p_flat=shown.flat,
            p_up=shown.up,
            expected_move_ratio=reply.expected_move_ratios.get(horizon),
            **common,
        )
        for horizon, shown in sorted(reply.forecasts.items())
    ]
    repository.record(session, answer, forecasts)
