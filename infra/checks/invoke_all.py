"""Every built function, under the emulator, over embedded stores and the sandbox: a story from crawl to seal.

First each function answers the event in tests/events/<function>.json; then what those left in the queues goes
through the queues' consumers, as Lambda's event source mapping would hand it to them.
"""

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import OK
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from sqlalchemy import select, text, update

from infra.checks.built import ROOT, functions
from infra.checks.emulator import FunctionFailed, Invoke, emulated
from infra.local import backfill, platform
from infra.local.errors import LocalError
from infra.local.folders import temporary_home
from infra.local.platform import Platform
from infra.local.pump import Pump, create_queues
from infra.local.stores import running_stores
from infra.local.world import World
from infra.sandbox.market import Market, generate
from infra.sandbox.server import serving
from nunchi import clock, database, outbox
from nunchi.accounts import service as accounts
from nunchi.accounts.rules import Role
from nunchi.adapters import sqs
from nunchi.events import DailyBarsDue, QuotesDue
from nunchi.market.calendar import xkrx
from nunchi.models import Case, Forecast
from nunchi.notify import linking
from nunchi.notify.repository import chats
from nunchi.requested import service as requested
from nunchi.requested.repository import Asked

EVENTS = ROOT / "tests" / "events"
HISTORY = 60  # sessions
AS_DEPLOYED = {
    "STAGE": "dev",
    "API_ROOT_PATH": "/dev",
    "EMBEDDER": "openai/text-embedding-3-small",  # the layer has no other
    "POWERTOOLS_LOG_LEVEL": "ERROR",
}
FIRST, LAST = "MigrateFunction", "SealFunction"
BUCKET, CHAT, ARM = "seals", "1001", "gpt-4o"
EMULATOR_LINES = ("START RequestId", "END RequestId", "REPORT RequestId")
Start = Callable[[str], AbstractContextManager[Invoke]]


@dataclass(frozen=True)
class Stage:
    """What the functions run on: the template's platform, the sample market, the functions' environment."""

    platform: Platform
    market: Market
    environment: dict[str, str]


def event(name: str) -> dict[str, Any]:
    """The event that a function answers in this check."""
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def a_market() -> Market:
    """A market whose last session is over: the built functions read the real clock."""
    last = xkrx().last_opened(clock.now() - timedelta(days=1))
    if last is None:
        raise LocalError("the clock of this machine is before the calendar's first session")
    first = xkrx().after(last.day, 1 - HISTORY)
    days = [session.day for session in xkrx().between(first.day, last.day)]
    return generate(1, days, live=1, companies=8, stories_per_session=4)


@contextmanager
def staged(home: Path) -> Iterator[Stage]:
    """Stores, and the sandbox an hour after its last session, whose feed lists the last stories."""
    market = a_market()
    with running_stores(home) as stores, serving(market) as url:
        world = World(url)
        values = platform.environment(stores, home, world.settings()) | AS_DEPLOYED
        running = platform.start(values)
        world.set_clock(xkrx().after(market.live[-1], 0).closes_at + timedelta(hours=1))
        queues = {name: value for name, value in os.environ.items() if name.endswith("_QUEUE_URL")}
        yield Stage(running, market, values | queues | _kept_in_aws())


def _kept_in_aws() -> dict[str, str]:
    """What a deployment keeps in S3 and Secrets Manager, so that the functions use them here, too."""
    s3, manager = boto3.client("s3"), boto3.client("secretsmanager")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    login = json.dumps({"username": "postgres", "password": "not asked for"})
    arn = manager.create_secret(Name="database", SecretString=login)["ARN"]
    return {"SEAL_STORE_URI": f"s3://{BUCKET}/seals", "DATABASE_SECRET_ARN": arn}


def answer_each(stage: Stage, start: Start) -> None:
    """Invokes every function with its event, the migrations first. Raises `FunctionFailed`."""
    for name in sorted(stage.platform.template.functions, key=lambda name: name != FIRST):
        began = time.perf_counter()
        with start(name) as invoke:
            answer = invoke(event(name))
        text = json.dumps(answer, ensure_ascii=False)
        print(f"{name:26}{time.perf_counter() - began:5.1f} s  {text[:80]}")
        if answer.get("batchItemFailures") or answer.get("statusCode", OK) != OK:
            raise FunctionFailed(f"{name}: {text}")
        if name == FIRST:
            load(stage.market)


def load(market: Market) -> None:
    backfill.load(market, xkrx(), lambda *_: None)
    platform.switch_arms()
    _subscribe(clock.now())
    code, day = market.companies[0].code, market.live[-1]
    due, quotes = DailyBarsDue(code=code, session=day), QuotesDue(kind="quote", codes=(code,), session=day)
    with outbox.transaction() as session:
        outbox.add(session, due, correlation_id="invoke_all", now=clock.now())
        outbox.add(session, quotes, correlation_id="invoke_all", now=clock.now())


def _subscribe(now: datetime) -> None:
    """Somebody with a linked chat who wants to be told of everything."""
    with database.session() as session:
        user = accounts.new_user("reader@example.com", "reader", secrets.token_urlsafe(), Role.USER, now)
        session.add(user)
        session.flush()
        chats.link(session, user.id, CHAT, int(CHAT), now=now)
        linking.prepare(session, user.id, "ko", now=now)
        wanted = {"stocks": "all", "minimum_probability": 0.0}
        linking.add_rule(session, user.id, linking.RULE_DEFAULTS | wanted, now=now)


def ask_on_demand() -> None:
    """Puts the newest case's question to an arm once more, beside the record, as for a user."""
    now = clock.now()
    with outbox.transaction() as session:
        case = session.scalars(select(Case).order_by(Case.as_of.desc()).limit(1)).one()
        requested.put_to_arm(session, Asked(case.story_id, case.stock_code, ARM), uuid4(), now)


@contextmanager
def consuming(stage: Stage, start: Start) -> Iterator[Pump]:
    """A pump from the queues to their built functions, which stay warm."""
    template, client = stage.platform.template, sqs.get_client()
    with ExitStack() as stack:
        names = dict.fromkeys(source.function for source in template.queue_sources)
        consumers = {name: stack.enter_context(start(name)) for name in names}
        urls = create_queues(client, template)
        yield Pump(template, urls, client, lambda name, batch: consumers[name](batch))


def check_queues(stage: Stage, pump: Pump) -> None:
    """Prints what went through each queue. Raises LocalError when a message failed or a queue got none."""
    for source in stage.platform.template.queue_sources:
        handled, failed = pump.handled[source.queue], pump.failed[source.queue]
        print(f"{source.queue:26}{handled:5} messages worked by {source.function}")
        if failed or not handled:
            raise LocalError(f"{source.queue}: {failed} messages failed, {handled} were worked")


def seal(start: Start) -> None:
    """Seals the forecasts that came of it. Raises LocalError when there is none."""
    # a seal takes what is older than its minute; this saves the wait, which the ledger's own triggers would not have
    with database.session() as session:
        session.execute(text("ALTER TABLE forecasts DISABLE TRIGGER USER"))
        session.execute(update(Forecast).values(created_at=Forecast.created_at - timedelta(minutes=1)))
        session.execute(text("ALTER TABLE forecasts ENABLE TRIGGER USER"))
    with start(LAST) as invoke:
        answer = invoke(event(LAST))
    kept = boto3.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"]
    print(f"{LAST}: {answer}, {kept} objects in its bucket")
    if not answer["sealed"] or not kept:
        raise LocalError(f"{LAST} sealed nothing")


def main() -> None:
    """Prints each answer; exits 1 with what the functions logged when one fails."""
    found = {function.name: function for function in functions()}
    with temporary_home() as home, staged(home) as stage:
        logs = home / "functions"
        logs.mkdir()

        def start(name: str) -> AbstractContextManager[Invoke]:
            return emulated(found[name], stage.environment, logs / name)

        try:
            answer_each(stage, start)
            with consuming(stage, start) as pump:
                pump.drain(clock.now())
                seal(start)  # whoever wants to be told of what was sealed now is
                ask_on_demand()
                pump.drain(clock.now())
            check_queues(stage, pump)
        except LocalError as exc:
            sys.exit(f"{_complaints(logs)}\n{exc}")


def _complaints(logs: Path) -> str:
    """What the functions wrote, without the emulator's own lines."""
    lines = [line for log in sorted(logs.iterdir()) for line in log.read_text(errors="replace").splitlines()]
    return "\n".join(line for line in lines if not line.startswith(EMULATOR_LINES) and "(rapid)" not in line)


if __name__ == "__main__":
    main()
