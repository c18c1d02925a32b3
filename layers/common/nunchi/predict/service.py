"""One arm, one case: read the question, ask, and write what was answered or how it failed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from nunchi import database, ids
from nunchi.calibrate.service import Shown, shown
from nunchi.calls import service as calls
from nunchi.calls.service import Ask, BudgetSpent
from nunchi.errors import UpstreamError
from nunchi.evaluate.page_rules import SOONEST, is_late
from nunchi.events import ForecastDue
from nunchi.market import known
from nunchi.market.calendar import Calendar
from nunchi.market.rules import entry_after
from nunchi.models.forecasts import Answer, Forecast
from nunchi.observability import count, measure
from nunchi.predict import baselines, llm, question, repository
from nunchi.predict.question import Question, Reply
from nunchi.predict.rules import NoHistory, Probabilities
from nunchi.queues import Postponed, Write
from nunchi.text import one_line


def _free(asked: Question, _ask: Ask) -> Reply:
    return baselines.answer(asked)


# provider → the function that asks its models
FORECASTERS: dict[str, Callable[[Question, Ask], Reply]] = {
    baselines.PROVIDER: _free,
    "openai": llm.answer,
    "openrouter": llm.answer,
}


@dataclass(frozen=True)
class Outcome:
    """How asking went: `ok`, or the kind of failure and its reason."""

    kind: str
    reason: str = ""


OK = Outcome("ok")


def work(due: ForecastDue, *, now: datetime, clock: Callable[[], datetime]) -> Write:
    """Asks an arm; returns the write of its answer, which is dated to its end by `clock`: a call may take a minute.

    A failure that may pass is recorded, and raised for a retry: as `Postponed` where the provider is to be left alone
    for a while, else as it is, for the queue to deliver the message again.
    """
    with database.session() as session:
        arm, case, story, stock = repository.question(session, due.case_id, due.arm)
        asked = question.of(arm, case, story, stock)
        ask = calls.asker(calls.caller(arm, "forecast", case.id), clock=clock)
        published_at = repository.published_at(session, story.id)
        is_late = is_too_late(case.as_of, known.calendar(session), now=now)
    try:
        reply, outcome = _late(asked) if is_late else answered(asked, ask)
    except UpstreamError as exc:
        failed = clock()
        _record_failure(due, asked, _nothing(asked), Outcome(exc.kind, exc.reason), failed)
        if exc.retry_after_s is None:
            raise
        raise Postponed(failed + timedelta(seconds=exc.retry_after_s), exc.kind) from exc
    said_at = clock()
    count("Answers", arm=due.arm, outcome=outcome.kind)
    if published_at is not None and outcome == OK:
        measure("ForecastLag", (said_at - published_at).total_seconds(), "Seconds", arm=due.arm)
    return partial(_write, due=due, asked=asked, reply=reply, outcome=outcome, now=said_at)


def is_too_late(as_of: datetime, calendar: Calendar, *, now: datetime) -> bool:
    """Whether the entry that follows `as_of` is past, and what is said now would be scored as late."""
    soonest_seal = now.replace(second=0, microsecond=0) + SOONEST
    return entry_after(now, calendar) != entry_after(as_of, calendar) and is_late(
        as_of, soonest_seal, calendar
    )


def _late(asked: Question) -> tuple[Reply, Outcome]:
    return _nothing(asked), Outcome("too_late", "the entry that follows as_of is past")


def answered(asked: Question, ask: Ask) -> tuple[Reply, Outcome]:
    """An arm's reply, or how it failed for good. Raises `UpstreamError` for what may pass."""
    try:
        return FORECASTERS[asked.provider](asked, ask), OK
    except UpstreamError as exc:
        if exc.passing:
            raise
        outcome = Outcome(exc.kind, exc.reason)
    except llm.BadAnswer as exc:
        return exc.reply, Outcome(exc.outcome, exc.reason)
    except NoHistory as exc:
        outcome = Outcome("no_history", str(exc))
    except BudgetSpent as exc:
        outcome = Outcome("budget", str(exc))
    return _nothing(asked), outcome


def _nothing(asked: Question) -> Reply:
    return Reply(forecasts={}, model=asked.model)


def _record_failure(due: ForecastDue, asked: Question, reply: Reply, outcome: Outcome, now: datetime) -> None:
    with database.session() as session:
        _write(session, due=due, asked=asked, reply=reply, outcome=outcome, now=now)


def _write(
    session: Session, *, due: ForecastDue, asked: Question, reply: Reply, outcome: Outcome, now: datetime
) -> None:
    answer = _answer(due, asked, reply, outcome, now)
    recalibrated = shown(session, due.arm, reply.forecasts, now=now)
    forecasts = [
        _forecast(answer, horizon, raw, recalibrated[horizon], reply.expected_move_ratios.get(horizon))
        for horizon, raw in sorted(reply.forecasts.items())
    ]
    repository.record(session, answer, forecasts)


# what an answer keeps of a reply as it is
KEPT = (
    *("cited", "sentiment", "impact", "urgency", "grounded"),
    *("calls", "input_tokens", "cached_tokens", "output_tokens", "cost_usd"),
)


def _answer(due: ForecastDue, asked: Question, reply: Reply, outcome: Outcome, now: datetime) -> Answer:
    return Answer(
        id=ids.derive("answer", due.case_id, due.arm),
        case_id=due.case_id,
        arm=due.arm,
        outcome=outcome.kind,
        reason=one_line(outcome.reason),
        model=one_line(reply.model),
        prompt_version=asked.prompt_version,
        rationale=one_line(reply.rationale),
        created_at=now,
        **{name: getattr(reply, name) for name in KEPT},
    )


def _forecast(
    of: Answer, horizon: int, raw: Probabilities, given: Shown, expected_move: float | None
) -> Forecast:
    return Forecast(
        id=ids.derive("forecast", of.id, horizon),
        answer_id=of.id,
        case_id=of.case_id,
        arm=of.arm,
        horizon_sessions=horizon,
        p_down=raw.down,
        p_flat=raw.flat,
        p_up=raw.up,
        shown_down=given.probabilities.down,
        shown_flat=given.probabilities.flat,
        shown_up=given.probabilities.up,
        calibrator=given.calibrator,
        expected_move_ratio=expected_move,
        created_at=of.created_at,
    )
