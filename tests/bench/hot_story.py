"""One story that concerns every subscriber, while the processes that tell of it are killed, and Telegram asks to wait.

The bot's limit is scaled, and everything else is real: processes, queues, stores, the sandbox and its own limit.
`python -m tests.bench.hot_story 1` runs it by itself, here at the limit as it is.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from infra.local import platform
from infra.local.errors import LocalError
from infra.local.folders import temporary_home
from infra.local.stores import running_stores
from infra.local.world import Sample, World, running_world
from nunchi import clock, database, outbox
from nunchi.adapters import redis, sqs, telegram, web
from nunchi.events import DeliveryDue
from nunchi.models import Delivery
from nunchi.notify import delivery
from nunchi.notify.delivery import Courier
from nunchi.queues import Postponed
from nunchi.settings import get_settings
from tests.bench.hot_rows import CODE, FIRST_CHAT, SUBSCRIBERS, seal_story, subscribe
from tests.bench.hot_worker import start, working

LIMIT_PER_S = 30
SCALE = 4  # of the limit, so that a measurement takes a minute and a half instead of six
COURIERS, WINDOWS = 5, 100
HIDDEN_S = {
    "NotifyQueue": 30,
    "DeliverQueue": 10,
}  # what a killed process held comes back so soon, not in minutes
PATIENCE_S = 900
EACH_FLOOD, MOST_FLOODS = 3, 5  # kills between two answers of 429, which stop all couriers for a while
FLOOD_S = 2
FLOOD = {"error_code": 429, "description": f"Too Many Requests: retry after {FLOOD_S}"}


@dataclass
class Hot:
    """What came of it. `lost` had no message, and is among those whose outcome is unknown."""

    scale: int
    fanned_out_s: float = 0.0
    taken_s: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    floods: int = 0
    chats: int = 0
    twice: int = 0
    most_in_a_second: int = 0
    refused: int = 0
    unknown: int = 0
    window_s: float = 0.0

    @property
    def least_s(self) -> float:
        """The time that the limit alone takes."""
        return SUBSCRIBERS / (LIMIT_PER_S * self.scale)

    @property
    def lost(self) -> int:
        return SUBSCRIBERS - self.chats


def measure(world: World, *, scale: int = SCALE) -> Hot:
    """Raises LocalError where not every message came to an end."""
    found, draw = Hot(scale), Random(7)
    with _scaled(world, scale):
        with database.session() as session:
            subscribe(session)
        seal_story(clock.now())
        began = time.monotonic()
        with working("NotifyQueue", 1) as notifying:
            _kill_soon(notifying, found, draw)
            _until(lambda: _count() == SUBSCRIBERS and _queued() >= SUBSCRIBERS)
        found.fanned_out_s = time.monotonic() - began
        began = time.monotonic()
        with working("DeliverQueue", COURIERS) as couriers:
            found.window_s = _windows()
            _kill_now_and_then(world, couriers, found, draw)
        found.taken_s = time.monotonic() - began
        _look(world, found)
    return found


@contextmanager
def _scaled(world: World, scale: int) -> Iterator[None]:
    """Our limit and the sandbox's, which refuses what is faster; the queues give back soon what a killed one held."""
    rate = LIMIT_PER_S * scale
    before = dict(os.environ)
    os.environ["TELEGRAM_RATE_PER_S"], os.environ["TELEGRAM_CHAT_RATE_PER_S"] = str(rate), "1"
    get_settings.cache_clear()
    redis.get_client().flushall()
    _control(world, "DELETE")
    _control(world, "PUT", "/telegram/limits", {"per_second": rate, "per_chat_second": 1})
    for queue, seconds in HIDDEN_S.items():
        url = get_settings().queue_url(queue.removesuffix("Queue").lower())
        sqs.get_client().set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


def _control(world: World, method: str, path: str = "/telegram", body: object = None) -> Any:
    answer = web.get_session().request(method, f"{world.url}/_control{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


def _kill(workers: list[subprocess.Popen[bytes]], place: int, queue: str, found: Hot) -> None:
    workers[place].kill()
    workers[place].wait()
    workers[place] = start(queue)
    found.kills[queue] += 1


def _kill_soon(workers: list[subprocess.Popen[bytes]], found: Hot, draw: Random) -> None:
    """Notify decides and stores in one transaction, or not at all: killed in it, it begins again."""
    for _ in range(2):
        time.sleep(2 + 3 * draw.random())
        _kill(workers, 0, "NotifyQueue", found)


def _kill_now_and_then(
    world: World, workers: list[subprocess.Popen[bytes]], found: Hot, draw: Random
) -> None:
    """Until nothing is due any more. The relay sends again what waits, as its schedule does."""
    ends = time.monotonic() + PATIENCE_S
    while _count("due"):
        if time.monotonic() > ends:
            raise LocalError(f"{_count('due')} messages are still due")
        time.sleep(3 + 9 * draw.random())
        _kill(workers, draw.randrange(len(workers)), "DeliverQueue", found)
        if found.kills["DeliverQueue"] % EACH_FLOOD == 0 and found.floods < MOST_FLOODS:
            _flood(world, found)
        outbox.relay(now=clock.now())


def _flood(world: World, found: Hot) -> None:
    """The next message is refused, and all are to wait."""
    body = json.dumps({"ok": False, **FLOOD, "parameters": {"retry_after": FLOOD_S}})
    fault = {"path": "/telegram", "kind": "status", "status": 429, "body": body}
    _control(world, "PUT", "/faults", [fault])
    found.floods += 1


def _until(holds: Any) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > ends:
            raise LocalError("the deliveries were not made")
        time.sleep(0.2)


def _count(state: str = "") -> int:
    query = select(func.count()).select_from(Delivery).where(Delivery.stock_code == CODE)
    with database.session() as session:
        return session.scalar(query.where(Delivery.state == state) if state else query) or 0


def _queued() -> int:
    """The deliveries that are in their queue; a Notify that was killed between commit and sending leaves them to the
    Relay, for whose patience a measurement does not wait."""
    url = get_settings().queue_url("deliver")
    answer = sqs.get_client().get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    found = answer["Attributes"]["ApproximateNumberOfMessages"]
    with database.session() as session:
        open_ones = outbox.waiting(session)
    if int(found) == 0 and open_ones >= SUBSCRIBERS:
        platform.resend_open_events()
    return int(found)


def _windows() -> float:
    """The median time between the claim's commit and the outcome's, of some deliveries worked in this process."""
    with database.session() as session:
        query = select(Delivery.id).where(Delivery.stock_code == CODE, Delivery.state == "due")
        wanted = list(session.scalars(query.order_by(Delivery.id.desc()).limit(WINDOWS)))
    return median(found for one in wanted if (found := _window(one)))


def _window(delivery_id: UUID) -> float:
    claimed = [0.0]

    def send(chat: str, html: str) -> int:
        claimed[0] = time.perf_counter()
        return telegram.send_message(chat, html)

    try:
        write = delivery.work(
            DeliveryDue(delivery_id=delivery_id), now=clock.now(), clock=clock.now, courier=Courier(send=send)
        )
        with outbox.transaction() as session:
            write(session)
    except Postponed:
        return 0.0
    return time.perf_counter() - claimed[0] if claimed[0] else 0.0


def _look(world: World, found: Hot) -> None:
    """What the sandbox saw, and what we know of it."""
    seen = _control(world, "GET")
    sent = {int(chat): times for chat, times in seen["sent"].items() if int(chat) >= FIRST_CHAT}
    found.chats, found.twice = len(sent), sum(times > 1 for times in sent.values())
    found.most_in_a_second = seen["most_in_a_second"]
    found.refused = sum(seen["refused"].values())
    found.unknown = _count("sending") + _count("uncertain")
    if found.lost > found.unknown:
        raise LocalError(
            f"{found.lost} messages did not come, and only {found.unknown} are known to be uncertain"
        )


def rows(hot: Hot) -> list[tuple[str, str, str]]:
    """What was measured, for a table: what, the figure, and what is beside it."""
    kills = ", ".join(f"{queue} {times}" for queue, times in hot.kills.items())
    rate = f"{hot.chats / hot.taken_s:.0f} a second"  # above the limit itself, it is the machine's
    times = f"{hot.taken_s:.0f} / {hot.least_s:.0f} s at the limit times {hot.scale}, {rate}"
    decided = f"decided and queued in {hot.fanned_out_s:.0f} s, its kills included"
    return [
        (
            f"one story, {SUBSCRIBERS:,} subscribers, over the limit's least time",
            f"{hot.taken_s / hot.least_s:.2f}",
            f"{times}; {decided}",
        ),
        (
            "  messages that came twice",
            str(hot.twice),
            f"killed: {kills}; {hot.floods} times 429 for {FLOOD_S} s",
        ),
        ("  that did not come", str(hot.lost), f"of {hot.unknown} whose outcome is unknown"),
        (
            "  most in any second, refusals",
            f"{hot.most_in_a_second}, {hot.refused}",
            "as the sandbox saw it",
        ),
        ("  claim to outcome", f"{1000 * hot.window_s:.1f} ms", "in which a death leaves it unknown"),
    ]


def main(scale: int) -> None:
    """By itself, on stores of its own."""
    sample = Sample(history=25, live=1, companies=2, stories_per_session=1)
    with temporary_home() as home, running_stores(home) as stores, running_world(sample, home) as world:
        values = platform.environment(stores, home, world.settings() | {"POWERTOOLS_LOG_LEVEL": "CRITICAL"})
        platform.migrate(platform.start(values))
        for row in rows(measure(world, scale=scale)):
            print(" | ".join(row), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
