"""Answering what users ask: the same evidence, prompts and arms as in the record, with a share of the arm's budget."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from nunchi import database
from nunchi.articles import repository as articles
from nunchi.calibrate.service import shown
from nunchi.calls import service as calls
from nunchi.embed.nearest import Found
from nunchi.errors import UpstreamError
from nunchi.events import ForecastRequested
from nunchi.market import known
from nunchi.market.calendar import Calendar
from nunchi.market.rules import entry_after
from nunchi.models.forecasts import Arm
from nunchi.models.market import Stock
from nunchi.models.requests import DUE, RequestedForecast
from nunchi.models.stories import Story
from nunchi.observability import count
from nunchi.predict import cases, evidence, service
from nunchi.predict import repository as predict
from nunchi.predict.question import Question, Reply
from nunchi.predict.rules import NoHistory
from nunchi.predict.service import Outcome
from nunchi.predict.similar import Similar
from nunchi.queues import Postponed, Write
from nunchi.requested import repository, rules
from nunchi.settings import get_settings
from nunchi.text import one_line

PURPOSE = "requested"
FROM_CASE = ("neighbours", "neighbours_same_stock", "followed")


def work(event: ForecastRequested, *, now: datetime, clock: Callable[[], datetime]) -> Write:
    """Asks an arm what a user wants to know; returns the write of its answer, or of how it failed.

    `clock` gives the time after a call, which may take a minute.

    A failure that may pass is raised for another try: as `Postponed` where the provider is to be left alone.
    """
    with database.session() as session:
        requested, arm, story, stock = repository.question(session, event.requested_id)
        if requested.outcome != DUE:
            return _nothing
        put = _question(session, requested, arm, story, stock, now)
        share = get_settings().requested_budget_share
        ask = calls.asker(calls.caller(arm, PURPOSE, requested.id, share=share), clock=clock)
    if isinstance(put, Outcome):
        return partial(_write, requested=requested, put=None, reply=_silent(arm), outcome=put, now=now)
    try:
        reply, outcome = service.answered(put, ask)
    except UpstreamError as exc:
        if exc.retry_after_s is None:
            raise
        raise Postponed(clock() + timedelta(seconds=exc.retry_after_s), exc.kind) from exc
    return partial(_write, requested=requested, put=put, reply=reply, outcome=outcome, now=clock())


def _nothing(_session: Session) -> None:
    """What was answered before stays as it is."""


def _silent(arm: Arm) -> Reply:
    return Reply(forecasts={}, model=arm.model)


def _question(
    session: Session, requested: RequestedForecast, arm: Arm, story: Story, stock: Stock, now: datetime
) -> Question | Outcome:
    if not rules.is_worth_an_answer(requested.as_of, now=now):
        return Outcome("too_late", "no answer came in time")
    try:
        sigma20, about = _evidence(session, story, stock, known.calendar(session), requested.as_of)
    except NoHistory as exc:
        return Outcome("no_history", str(exc))
    return Question(
        provider=arm.provider,
        model=arm.model,
        prompt_version=arm.prompt_version,
        stock_code=stock.code,
        stock_name=stock.name,
        market=stock.market,
        story_title=story.title,
        story_lead=story.lead,
        as_of=requested.as_of,
        sigma20_ratio=sigma20,
        evidence=about,
    )


def _evidence(
    session: Session, story: Story, stock: Stock, calendar: Calendar, as_of: datetime
) -> tuple[float, dict[str, Any]]:
    """Daily volatility and evidence as known at `as_of`. Raises `NoHistory`.

    Similar stories are those of the story's case: finding others takes the store of vectors.
    """
    found = evidence.read(session, [stock], as_of=as_of)
    pair = found.pair(stock)
    if pair.sigma20 is None:
        raise NoHistory(f"too few sessions of {stock.code} are known")
    founder = articles.founders(session, [story.id])[story.id]
    counts = predict.base_counts(session, cases.scopes([stock]), as_of=as_of)
    opened = repository.case_evidence(session, story.id, stock.code, as_of=as_of)
    similar = Similar(Found([]), {}, {}).evidence(stock.code)
    return round(pair.sigma20, 8), {
        **cases.history(counts, stock, entry_after(as_of, calendar).kind),
        **similar,
        **{name: opened[name] for name in FROM_CASE if name in opened},
        **evidence.of(found, stock, about=founder),
        "recent_closes_won": pair.recent_closes(cases.RECENT_CLOSES),
    }


def _write(
    session: Session,
    *,
    requested: RequestedForecast,
    put: Question | None,
    reply: Reply,
    outcome: Outcome,
    now: datetime,
) -> None:
    count("RequestedForecasts", arm=requested.arm, outcome=outcome.kind)
    values = {
        "outcome": outcome.kind,
        "reason": one_line(outcome.reason),
        "finished_at": now,
        "model": one_line(reply.model),
        "prompt_version": put.prompt_version if put else "",
        "rationale": one_line(reply.rationale),
        "cited": reply.cited,
        "grounded": reply.grounded,
        "forecasts": _forecasts(session, requested.arm, reply, now),
        "evidence": put.evidence if put else {},
    }
    repository.finish(session, requested.id, values)


def _forecasts(session: Session, arm: str, reply: Reply, now: datetime) -> list[dict[str, Any]]:
    recalibrated = shown(session, arm, reply.forecasts, now=now)
    return [
        {
            "horizon_sessions": horizon,
            **dict(zip(("p_down", "p_flat", "p_up"), recalibrated[horizon].probabilities, strict=True)),
            **dict(zip(("raw_down", "raw_flat", "raw_up"), raw, strict=True)),
            "calibrator": recalibrated[horizon].calibrator,
            "expected_move_ratio": reply.expected_move_ratios.get(horizon),
        }
        for horizon, raw in sorted(reply.forecasts.items())
    ]
