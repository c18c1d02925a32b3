"""The sandbox's own routes: its clock, the faults to come, what it was asked, KIS's limits, and the truth."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.sandbox import truth
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.faults import Fault, Faults
from infra.sandbox.kis_meter import Meter
from infra.sandbox.kis_tokens import Tokens


class Moment(BaseModel):
    """A time with its zone."""

    now: AwareDatetime


class KisLimits(BaseModel):
    """What KIS refuses: data calls beyond so many in any second (None: never), and logins within a minute."""

    model_config = ConfigDict(extra="forbid")
    per_second: int | None = Field(default=None, ge=1)
    once_a_minute: bool = False


class Counting:
    """An application that counts its requests by the first one and the first two parts of their paths."""

    def __init__(self, app: ASGIApp, calls: Counter[str]) -> None:
        self._app, self._calls = app, calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            first, _, rest = scope["path"].strip("/").partition("/")
            if first != "_control":
                self._calls[f"/{first}"] += 1
                self._calls[f"/{first}/{rest.partition('/')[0]}"] += 1
        await self._app(scope, receive, send)


def router(timeline: Timeline, clock: Clock, faults: Faults, calls: Counter[str]) -> APIRouter:
    """The routes below /_control."""
    control = APIRouter()

    @control.put("/clock")
    async def set_clock(moment: Moment) -> dict[str, datetime]:
        clock.set(moment.now)
        return {"now": clock.now}

    @control.get("/clock")
    async def read_clock() -> dict[str, datetime]:
        return {"now": clock.now}

    @control.put("/faults")
    async def set_faults(asked: list[Fault]) -> dict[str, int]:
        faults.replace(asked)
        return {"faults": len(asked)}

    @control.delete("/faults")
    async def forget_faults() -> dict[str, int]:
        faults.replace([])
        return {"faults": 0}

    @control.get("/calls")
    async def read_calls() -> dict[str, int]:
        return dict(calls)

    @control.get("/truth")
    async def read_truth() -> dict[str, int | datetime]:
        return {"now": clock.now, **asdict(truth.told(timeline.market, clock.now))}

    return control


def kis_router(tokens: Tokens, meter: Meter) -> APIRouter:
    """The routes below /_control/kis. Seconds are real ones, minutes the sandbox's."""
    control = APIRouter()

    def seen() -> dict[str, Any]:
        return {
            "per_second": meter.per_second,
            "once_a_minute": tokens.once_a_minute,
            "tokens": tokens.issued,
            "token_requests": tokens.asked,
            "most_in_a_second": meter.most_in_a_second,
            "requests": dict(meter.requests),
            "refused": meter.refused,
        }

    @control.get("")
    async def read() -> dict[str, Any]:
        return seen()

    @control.put("")
    async def limit(limits: KisLimits) -> dict[str, Any]:
        meter.per_second, tokens.once_a_minute = limits.per_second, limits.once_a_minute
        return seen()

    @control.delete("")
    async def count_anew() -> dict[str, Any]:
        meter.forget()
        tokens.forget_counts()
        return seen()

    @control.delete("/token")
    async def revoke() -> dict[str, int]:
        return {"revoked": tokens.revoke()}

    return control
