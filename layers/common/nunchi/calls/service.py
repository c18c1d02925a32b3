"""One paid call of a model: from the cache where it was made before, and never over its arm's budget."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from nunchi import database
from nunchi.adapters import openai, redis
from nunchi.adapters.openai import Completion, Message
from nunchi.calls import breaker, cache, repository, rules
from nunchi.calls.repository import Made, Wanted
from nunchi.errors import NunchiError, UpstreamError
from nunchi.models.forecasts import Arm
from nunchi.observability import count, measure, segment
from nunchi.settings import get_settings

Ask = Callable[[Sequence[Message], dict[str, Any]], Completion]
LEASE = timedelta(minutes=10)  # of a reservation: twice as long as the longest function lives that makes one
PLACES = 8  # calls at a time to one provider, over all functions
PLACE_LEASE_S = 2.0 * openai.TIMEOUT_S
BUSY_S = 30.0
UNKNOWN_COST = {"timeout", "cut_json", "connection", "upstream"}  # it may have been answered, and billed


class BudgetSpent(NunchiError):
    """An arm's budget of the day does not hold what a call may cost."""

    def __init__(self, arm: str, krw: float) -> None:
        super().__init__(f"the day's budget of {arm} does not hold the {krw:.0f} won that a call may cost")
        self.arm = arm


@dataclass(frozen=True)
class Caller:
    """Who asks about what, and at which price. `subject_id` is a case's id, or that of whatever `purpose` names."""

    purpose: str
    subject_id: UUID
    arm: str
    provider: str
    model: str
    prompt_version: str
    price: rules.Price
    share: float = 1.0


def caller(arm: Arm, purpose: str, subject_id: UUID, *, share: float = 1.0) -> Caller:
    """An arm that asks about something; all calls of the purpose have a share of its daily budget."""
    asked = (arm.name, arm.provider, arm.model, arm.prompt_version, price_of(arm))
    return Caller(purpose, subject_id, *asked, share)


def price_of(arm: Arm) -> rules.Price:
    """An arm's price in the registry."""
    return rules.Price(
        arm.price_input_usd_per_mtok, arm.price_cached_usd_per_mtok, arm.price_output_usd_per_mtok
    )


def asker(who: Caller, *, clock: Callable[[], datetime]) -> Ask:
    """What sends messages and a JSON schema to a caller's model; every use of it is a paid call, or a remembered one.

    `clock` gives the present: a call takes up to a minute, and pauses count from its end. It raises
    `BudgetSpent`, and `UpstreamError`: beside the adapter's kinds `circuit_open` and `busy`, of which no call was made.
    `retry_after_s` of a passing one is set where nobody should ask before.
    """
    return partial(_ask, who, clock)


def _ask(
    who: Caller, clock: Callable[[], datetime], messages: Sequence[Message], schema: dict[str, Any]
) -> Completion:
    key = cache.key_of(who.provider, who.model, who.prompt_version, messages, schema)
    kept = cache.recall(key)
    if kept is not None:
        count("AnswersRemembered", arm=who.arm)
        # whoever paid may not have come to it
        _settle(kept.call_id, _made(who, kept.completion, latency_ms=0))
        return kept.completion
    with breaker.guarded(who.provider, clock), _place(who.provider):
        call_id = _reserve(who, messages, schema, clock())
        completion = _call(who, call_id, messages, schema)
    cache.remember(key, call_id, completion[0])
    made = _made(who, *completion)
    measure("ModelLatency", made.latency_ms, "Milliseconds", arm=who.arm)
    measure("ModelCost", made.usd, "None", arm=who.arm)
    _settle(call_id, made)
    return completion[0]


def _call(
    who: Caller, call_id: UUID, messages: Sequence[Message], schema: dict[str, Any]
) -> tuple[Completion, int]:
    """The answer and the milliseconds that it took."""
    began = time.perf_counter()
    try:
        with segment("model", arm=who.arm):
            answer = openai.complete(
                who.provider, who.model, messages, schema, max_output_tokens=rules.MAX_OUTPUT_TOKENS
            )
    except UpstreamError as exc:
        _settle(call_id, _failed(who, exc, _since_ms(began)))
        raise
    return answer, _since_ms(began)


def _since_ms(began: float) -> int:
    return round(1000 * (time.perf_counter() - began))


@contextmanager
def _place(provider: str) -> Iterator[None]:
    places, ticket = f"places:{provider}", secrets.token_hex(8)
    if redis.enter(places, ticket, places=PLACES, lease_s=PLACE_LEASE_S):
        reason = f"{PLACES} calls are under way"
        raise UpstreamError(provider, reason, passing=True, kind="busy", retry_after_s=BUSY_S)
    try:
        yield
    finally:
        redis.leave(places, ticket)


def _reserve(who: Caller, messages: Sequence[Message], schema: dict[str, Any], now: datetime) -> UUID:
    most = most_usd(who.price, messages, schema)
    krw = most * get_settings().krw_per_usd
    wanted = Wanted(
        who.purpose, who.subject_id, who.arm, who.provider, who.model, most, krw, LEASE, who.share
    )
    with database.session() as session:
        call_id = repository.reserve(session, wanted, now=now)
    if call_id is None:
        count("BudgetSpent")  # of all arms: what the alarm watches, so that it knows those to come, too
        count("BudgetSpent", arm=who.arm)
        raise BudgetSpent(who.arm, krw)
    return call_id


def _made(who: Caller, answer: Completion, latency_ms: int) -> Made:
    return _billed(who, "refused" if answer.refusal else "cut" if answer.cut else "ok", answer, latency_ms)


def _failed(who: Caller, exc: UpstreamError, latency_ms: int) -> Made:
    if isinstance(exc, openai.Unusable):
        return _billed(who, exc.kind, exc.answer, latency_ms)
    return Made(exc.kind, latency_ms, None if exc.kind in UNKNOWN_COST else rules.Usage(0, 0, 0))


def _billed(who: Caller, outcome: str, answer: Completion, latency_ms: int) -> Made:
    usd = usd_of(who.price, answer)
    if usd is None:
        return Made(outcome, latency_ms)
    used = rules.Usage(answer.input_tokens, answer.cached_tokens, answer.output_tokens)
    return Made(outcome, latency_ms, used, usd, usd * get_settings().krw_per_usd)


def usd_of(price: rules.Price, answer: Completion) -> float | None:
    """What an answer cost in US dollars: what the provider says, or its tokens at a price; else None."""
    if answer.cost_usd is not None or not answer.is_metered:
        return answer.cost_usd
    return rules.cost_usd(price, rules.Usage(answer.input_tokens, answer.cached_tokens, answer.output_tokens))


def usd_of_failure(price: rules.Price, exc: UpstreamError) -> float | None:
    """What a call that failed cost in US dollars; None where nobody knows, and it may be the most that it can."""
    if isinstance(exc, openai.Unusable):
        return usd_of(price, exc.answer)
    return None if exc.kind in UNKNOWN_COST else 0.0


def most_usd(price: rules.Price, messages: Sequence[Message], schema: dict[str, Any]) -> float:
    """The most that a call can cost, in US dollars."""
    return rules.cost_usd(price, rules.most_usage(messages, schema, rules.MAX_OUTPUT_TOKENS))


def _settle(call_id: UUID, made: Made) -> None:
    with database.session() as session:
        repository.settle(session, call_id, made)
