"""What a call of a model may cost, and whether its provider is asked at all. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MAX_OUTPUT_TOKENS = 2_000
TOKENS_PER_MESSAGE = 16  # what a chat format adds around a message: role, separators
FAILURES = (
    3  # in a row, after which a provider counts as down; fewer than a message is received before it is dead
)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_ASKED = timedelta(hours=1)  # of what a provider's Retry-After may ask
PROBE = timedelta(seconds=90)  # longer than the longest call: a probe that nobody ended is over then


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    cached: float
    output: float


@dataclass(frozen=True)
class Usage:
    """The tokens of a call; those cached are among the input's."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int


def cost_usd(price: Price, used: Usage) -> float:
    """What so many tokens cost, in US dollars."""
    fresh = max(0, used.input_tokens - used.cached_tokens)
    total = fresh * price.input + used.cached_tokens * price.cached + used.output_tokens * price.output
    return total / 1e6


def most_usage(messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any], max_output: int) -> Usage:
    """The most tokens that a call can take: a token of a byte-level encoding is at least one byte of UTF-8."""
    sent = [json.dumps(part, ensure_ascii=False) for part in (*messages, schema)]
    size = sum(len(text.encode("utf-8", "replace")) + TOKENS_PER_MESSAGE for text in sent)
    return Usage(size, 0, max_output)


@dataclass(frozen=True)
class Breaker:
    """What is known of a provider: failures in a row, and until when nobody asks it.

    It is closed while `until` is None. `trips` counts how often in a row it was opened.
    """

    failures: int = 0
    trips: int = 0
    until: datetime | None = None


CLOSED = Breaker()


def admit(state: Breaker, now: datetime) -> Breaker | None:
    """The state after a call is let through, or None when it is not.

    After a pause one call is let through as a probe, and the others wait for it.
    """
    if state.until is None:
        return state
    if now < state.until:
        return None
    return Breaker(state.failures, state.trips, now + PROBE)


def failed(state: Breaker, let: Breaker, now: datetime, retry_after_s: float | None = None) -> Breaker:
    """The state after a call failed at `now` in a way that may pass; `let` is the one in which it was let through.

    The pause begins with the failure and doubles with each opening. Calls that were under way when it opened tell
    nothing new: they lengthen no pause. A provider that says how long to wait is not asked until then, by anyone.
    """
    failures, is_probe = state.failures + 1, _is_probe(state, let)
    if retry_after_s is not None:
        asked = now + min(timedelta(seconds=max(0.0, retry_after_s)), LONGEST_ASKED)
        return Breaker(failures, state.trips, asked if is_probe else max(asked, state.until or asked))
    if state.until is not None and not is_probe:
        return state
    if state.until is None and failures < FAILURES:
        return Breaker(failures, state.trips, None)
    return Breaker(failures, state.trips + 1, now + pause(state.trips))


def succeeded(state: Breaker, let: Breaker) -> Breaker:
    """The state after a call brought an answer: closed, unless it was opened since by calls made at the same time."""
    return CLOSED if state.until is None or _is_probe(state, let) else state


def released(state: Breaker, let: Breaker, now: datetime) -> Breaker:
    """The state after a call that was let through was not made: where it was to be the probe, the next one is."""
    return Breaker(state.failures, state.trips, now) if _is_probe(state, let) else state


def _is_probe(state: Breaker, let: Breaker) -> bool:
    return let.until is not None and state.until == let.until


def pause(trips: int) -> timedelta:
    """How long a provider is left alone that was found down `trips` times before, in a row."""
    return min(LONGEST_PAUSE, timedelta(seconds=FIRST_PAUSE.total_seconds() * 2.0 ** min(trips, 10)))
