"""`make run`: the live system on this machine. Schedules fire in real time; state survives in its home."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from rich.console import Console

from infra.local import api, platform
from infra.local.schedule import trigger
from infra.local.stores import Stores, running_stores
from infra.local.template import QueueSource, Schedule
from nunchi import clock
from nunchi.seoul import SEOUL

console = Console()
ADDRESS, MILVUS_ADDRESS = "address", "milvus_address"
POLL_WAIT_S = 1
LATE_S = 30  # a run that the machine was too busy for is still made this much later
# what a source, and Telegram, needs to be on, beside the sources that need nothing
SOURCE_KEYS = {
    "naver, hankyung and maekyung": ("CRAWLER_CONTACT",),
    "naver_search": ("CRAWLER_CONTACT", "NAVER_CLIENT_ID", "NAVER_CLIENT_SECRET"),
    "reddit": ("CRAWLER_CONTACT", "REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET"),
    "dart": ("DART_API_KEY",),
    "kis": ("KIS_APP_KEY", "KIS_APP_SECRET"),
    "telegram": ("TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_BOT_NAME"),
}


def serve(home: Path, *, port: int) -> None:
    """Runs until Ctrl-C, which stops every process it started."""
    api.require_free(port)
    with running_stores(home, durable=True) as stores:
        running = platform.start(
            platform.environment(stores, home, {"POWERTOOLS_LOG_LEVEL": "WARNING", **os.environ})
        )
        platform.migrate(running)
        off = [*sources_off(), *platform.switch_arms()]
        console.print(f"off, for want of a key: {', '.join(off) or 'nothing'}")
        resent = platform.resend_open_events()
        console.print(f"unfinished events taken up again: {resent}")
        with firing(running), pumping(running), addressed(home, stores):
            console.print(f"API: http://127.0.0.1:{port}/docs (Ctrl-C stops)")
            api.serve(port)


@contextmanager
def addressed(home: Path, stores: Stores) -> Iterator[None]:
    """Leaves the addresses of the database and of Milvus where the operators' commands find them."""
    addresses = {home / ADDRESS: stores.database_url, home / MILVUS_ADDRESS: stores.milvus_uri}
    for file, address in addresses.items():
        file.write_text(address)
    try:
        yield
    finally:
        for file in addresses:
            file.unlink(missing_ok=True)


def sources_off() -> list[str]:
    """The sources whose keys are not in the environment."""
    return [name for name, keys in SOURCE_KEYS.items() if not all(os.environ.get(key) for key in keys)]


@contextmanager
def firing(running: platform.Platform) -> Iterator[None]:
    """Fires the template's schedules in real time."""
    scheduler = BackgroundScheduler(job_defaults={"coalesce": True, "misfire_grace_time": LATE_S})
    for schedule in running.template.schedules:
        scheduler.add_job(_fire, trigger(schedule.expression, schedule.timezone), args=[running, schedule])
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=True)


def _fire(running: platform.Platform, schedule: Schedule) -> None:
    done = running.fire(schedule, clock.now().replace(second=0, microsecond=0))
    if done.error is not None:
        console.print(f"{_time()} {schedule.function} failed: {type(done.error).__name__}")
    elif any(done.counts.values()):
        console.print(f"{_time()} {schedule.function} {dict(done.counts)}")


def _time() -> str:
    now: datetime = clock.now().astimezone(SEOUL)
    return f"{now:%H:%M}"


@contextmanager
def pumping(running: platform.Platform) -> Iterator[None]:
    """Moves messages to their functions, one thread a queue."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=_pump, args=(running, source, stop), name=source.queue)
        for source in running.template.queue_sources
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _pump(running: platform.Platform, source: QueueSource, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            running.pump.poll(source, wait_s=POLL_WAIT_S)
        except Exception as exc:  # the local queue may be away for a moment; Lambda's poller goes on, too
            console.print(f"{_time()} {source.queue}: {type(exc).__name__}")
            stop.wait(POLL_WAIT_S)
