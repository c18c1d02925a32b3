"""A case that every arm is due to answer, and calls about it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import update

from infra.local import platform
from infra.local.platform import Platform
from nunchi import clock, database, outbox
from nunchi.events import ForecastDue
from nunchi.models import Answer, Arm, OutboxRow
from nunchi.predict import service
from tests.conftest import forget_clients
from tests.factories import NOON
from tests.integration.articles_worked import found
from tests.integration.models_asked import (
    CASE,
    due,
    recorded,
    store_case,
)


def open_case_for_all() -> None:
    """Stores a case, and an event for each arm."""
    forget_clients()
    platform.switch_arms()
    store_case()
    with outbox.transaction() as session:
        for arm in ("gpt-4o", "deepseek-v3.2"):
            outbox.add(session, due(arm), correlation_id="c", now=NOON)
        for arm in ("prior", "neighbours"):
            free = ForecastDue(case_id=CASE, arm=arm, provider="baseline")
            outbox.add(session, free, correlation_id="c", now=NOON)


def ask(arm: str = "gpt-4o", now: datetime = NOON, lasting: timedelta = timedelta()) -> Answer:
    """Works one message; `lasting` is how long the clock says that everything took."""
    moments = iter([now])
    write = service.work(due(arm), now=now, clock=lambda: next(moments, now + lasting))
    with database.session() as session:
        write(session)
    return recorded(arm)


def made(address: str, path: str = "/openai") -> int:
    """Requests that a provider's stand-in has had."""
    return int(requests.get(f"{address}/_control/calls", timeout=10).json().get(path, 0))


def set_budget(won: int) -> None:
    with database.session() as session:
        session.execute(update(Arm).values(daily_budget_krw=won))


def lose_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    forget_clients()


def drain(running: Platform, now: datetime) -> None:
    with clock.driven_by(lambda: now):
        outbox.relay(now=now)
        running.pump.drain(now)


def still_open() -> list[Any]:
    return [row.payload["arm"] for row in found(OutboxRow) if row.closed_at is None]
