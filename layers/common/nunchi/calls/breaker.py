"""A provider's circuit breaker, its state shared over functions in Redis. While Redis is away, it is closed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from nunchi.adapters import redis
from nunchi.calls import rules
from nunchi.calls.rules import CLOSED, Breaker
from nunchi.errors import UpstreamError
from nunchi.observability import count

TTL_S = 24 * 3600
NOT_MADE = {"busy"}  # kinds of failures before anything was sent
TRIES = 10  # at a change that others make, too
_STATE: TypeAdapter[Breaker] = TypeAdapter(Breaker)


@contextmanager
def guarded(provider: str, clock: Callable[[], datetime]) -> Iterator[None]:
    """Lets one call through, and learns from how it ends; `clock` is asked at both ends.

    Raises what `admit` raises. A passing `UpstreamError` of the call gets its `retry_after_s`: that of the breaker.
    A final one is an answer, too. Anything else tells nothing of the provider.
    """
    let = admit(provider, clock())
    try:
        yield
    except UpstreamError as exc:
        if exc.kind in NOT_MADE:
            released(provider, let, clock())
        elif exc.passing:
            failed(provider, let, clock(), exc.retry_after_s)
            exc.retry_after_s = wait_s(provider, clock())
        else:
            succeeded(provider, let)
        raise
    except BaseException:
        released(provider, let, clock())
        raise
    succeeded(provider, let)


def admit(provider: str, now: datetime) -> Breaker:
    """Lets a call through; gives the state in which it goes. Raises `UpstreamError` of the kind `circuit_open`."""
    let = _change(provider, lambda state: rules.admit(state, now))
    if let is not None:
        return let
    count("CallsHeldBack", provider=provider)
    raise UpstreamError(
        provider,
        "it is left alone for a while",
        passing=True,
        kind="circuit_open",
        retry_after_s=wait_s(provider, now) or 1.0,
    )


def succeeded(provider: str, let: Breaker) -> None:
    """Closes the breaker after a call that went through in this state."""
    if let != CLOSED:
        _change(provider, lambda state: rules.succeeded(state, let))


def failed(provider: str, let: Breaker, now: datetime, retry_after_s: float | None) -> None:
    """Counts a failure that may pass, of a call that went through in this state."""
    _change(provider, lambda state: rules.failed(state, let, now, retry_after_s))


def released(provider: str, let: Breaker, now: datetime) -> None:
    """Gives back the leave to ask, of a call that was not made."""
    if let.until is not None:
        _change(provider, lambda state: rules.released(state, let, now))


def wait_s(provider: str, now: datetime) -> float | None:
    """Seconds for which the provider is left alone; None while anybody may ask it."""
    until = _read(redis.recall(_key(provider))).until
    return (until - now).total_seconds() if until and until > now else None


def _change(provider: str, rule: Callable[[Breaker], Breaker | None]) -> Breaker | None:
    """Applies a rule to the shared state; the new state, or None where the rule refuses."""
    state = CLOSED
    for _ in range(TRIES):
        stored = redis.recall(_key(provider))
        state = _read(stored)
        changed = rule(state)
        if changed is None or changed == state:
            return changed
        if redis.swap(_key(provider), stored, _STATE.dump_json(changed).decode(), ttl_s=TTL_S):
            return changed
    return rule(state)  # so many change it that one change more is not missed


def _key(provider: str) -> str:
    return f"breaker:{provider}"


def _read(stored: str) -> Breaker:
    try:
        return _STATE.validate_json(stored) if stored else CLOSED
    except ValidationError:
        return CLOSED
