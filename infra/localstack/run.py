"""`make e2e`: the deployed stack plays a trading day, and must leave what the local platform leaves of it.

Two platforms have the same sessions of a sample market before them. The local one plays both in its own process. On
LocalStack the real `sam deploy` puts the whole template, the deployed Migrate function builds the tables, the local
platform plays the first session on them, as the stack's yesterday, and the deployed functions play the second.
"""

import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

import requests

from infra.local import platform
from infra.local import stores as local_stores
from infra.local.errors import LocalError
from infra.local.folders import emptied, usable
from infra.local.platform import ROOT
from infra.local.processes import Child
from infra.local.processes import running as running_process
from infra.local.replay import Played, Position, Replay
from infra.local.template import read_template
from infra.local.world import World, running_world
from infra.localstack import aws, kept, poison, sample, stores
from infra.localstack.answers import Answers, Reader, differences
from infra.localstack.chaos import Chaos
from infra.localstack.deploy import EMBEDDER, Stack, deploy
from infra.localstack.inprocess import Asked
from infra.localstack.queues import Queues
from infra.localstack.ticker import Deployed, Ticker, schedules, set_clock
from nunchi.market.calendar import xkrx

HOME = ROOT / ".local" / "e2e"
AS_DEPLOYED = {"STAGE": "dev", "API_ROOT_PATH": "/dev", "EMBEDDER": EMBEDDER}
DEADLINE_S = 900
SHOWN = 30


@dataclass(frozen=True)
class Wanted:
    """The options of a run: whether to kill at random, and by which seed."""

    chaos: bool
    seed: int


class Teller:
    """Says what is done, and how long it took."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def __call__(self, what: str) -> None:
        now = time.monotonic()
        print(f"{now - self._began:6.1f} s  {what} ({now - self._last:.1f} s)", flush=True)
        self._last = now


def main(wanted: Wanted) -> None:
    """Plays the day. Exits 1, with its logs kept, when anything is not as it must be."""
    home = emptied(HOME)
    try:
        _run(home, wanted)
    except LocalError as exc:
        sys.exit(f"e2e: {exc}\ne2e: its logs and metrics are in {home.relative_to(ROOT)}")
    for folder in home.iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)


def _run(home: Path, wanted: Wanted) -> None:
    if wanted.chaos:  # a traceback for each connection of a server that was killed
        logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    tell, market = Teller(), sample.SAMPLE.generate(xkrx())
    first, second, end = sample.days(market)
    with ExitStack() as stack:
        expected = stack.enter_context(_expected(home / "expected", first, end))
        world = stack.enter_context(running_world(sample.SAMPLE, usable(home / "world")))
        kept_up = stack.enter_context(stores.running(home / "stores"))
        keeper = stack.enter_context(ThreadPoolExecutor(1))
        cloud = stack.enter_context(aws.running(home / "cloud", sample.outside(world)))
        stack.callback(kept.keep_metrics, cloud.function_logs, home)
        tell("LocalStack, the stores and the sandbox are up")
        deployed = deploy(cloud, kept_up.parameters())
        tell(f"sam deploy has made {len(deployed.resources)} resources")
        ticker = _ticker(deployed)
        revision = ticker.invoke(deployed.resources["MigrateFunction"], "{}")["revision"]
        tell(f"the deployed Migrate function has built the tables, revision {revision}")
        environment = _environment(deployed, kept_up, world)
        _yesterday(home, environment, world, first, second)
        tell("the local platform has played the session before")
        os.environ.update(environment | _queue_urls(deployed))
        played = Chaos(ticker, kept_up, keeper, Random(wanted.seed)) if wanted.chaos else ticker  # noqa: S311
        tell(_play(played, ticker, home, world, second, end))
        if isinstance(played, Chaos):
            print(f"          killed: {dict(played.killed)}")
        found = _answers(deployed, cloud.clock, end)
        _compare(found, expected())
        tell(f"{len(found)} answers of the REST API are those of the local platform")
        poison.check(ticker.queues, end)
        poison.check_async(ticker.queues)
        _compare(_answers(deployed, cloud.clock, end), found)
        tell("a poisoned message is dead, redriven ones are worked, and the results are as they were")


@contextmanager
def _expected(home: Path, start: datetime, end: datetime) -> Iterator[Callable[[], Answers]]:
    """The local platform plays both sessions, beside us; gives a call that waits for its answers."""
    answers = home / "answers.json"
    with local_stores.running_stores(home) as found, running_world(sample.SAMPLE, home) as world:
        values = platform.environment(found, home, world.settings() | sample.QUIET) | AS_DEPLOYED
        asked = Asked(
            values, world.url, str(home / "position"), start.isoformat(), end.isoformat(), str(answers)
        )
        with _inprocess(home, asked) as child:

            def wait() -> Answers:
                child.wait_for_end(DEADLINE_S)
                expected: Answers = json.loads(answers.read_text())
                return expected

            yield wait


@contextmanager
def _inprocess(home: Path, asked: Asked) -> Iterator[Child]:
    command = ["env", "-C", str(ROOT), sys.executable, "-m", "infra.localstack.inprocess"]
    own = {"PATH": os.environ["PATH"]}
    file = asked.write(home / "asked.json")
    with running_process("the local platform", [*command, file], home / "inprocess.log", env=own) as child:
        yield child


def _environment(deployed: Stack, kept_up: stores.Stores, world: World) -> dict[str, str]:
    """What the local platform needs to work on the stack's stores."""
    urls, cloud = kept_up.urls, deployed.cloud
    found = local_stores.Stores(urls["postgres"], urls["valkey"], urls["milvus"], cloud.url)
    return {
        **platform.environment(found, cloud.home, world.settings() | sample.QUIET),
        **AS_DEPLOYED,
        **cloud.environment(),
        "SEAL_STORE_URI": f"s3://{deployed.resources['SealBucket']}/seals",
    }


def _yesterday(
    home: Path, environment: Mapping[str, str], world: World, start: datetime, end: datetime
) -> None:
    own = usable(home / "yesterday")
    asked = Asked(environment, world.url, str(own / "position"), start.isoformat(), end.isoformat())
    with _inprocess(own, asked) as child:
        child.wait_for_end(DEADLINE_S)


def _ticker(deployed: Stack) -> Ticker:
    template = read_template(ROOT / "template.yaml")
    order = tuple(source.queue for source in template.queue_sources)
    # what brings articles fires last in a minute: here they are worked at once, in the local platform after all fired
    functions = sorted(template.functions.values(), key=lambda one: "EMBED_QUEUE_URL" in one.environment)
    found = schedules(deployed, [one.name for one in functions])
    if len(found) != len(template.schedules):
        raise LocalError(f"{len(found)} schedules are deployed, the template has {len(template.schedules)}")
    return Ticker(deployed, Deployed(found), Queues(deployed, order))


def _queue_urls(deployed: Stack) -> dict[str, str]:
    return platform.queue_variables(read_template(ROOT / "template.yaml"), deployed.resources)


def _play(played: Played, ticker: Ticker, home: Path, world: World, start: datetime, end: datetime) -> str:
    """Plays the day, and says what it took. Raises LocalError when a function failed for good."""
    replay = Replay(played, Position(home / "position"), world.set_clock)
    minutes = sum(1 for _minute in replay.run(start, end))
    if replay.tally.failures:
        raise LocalError(f"failed for good: {dict(replay.tally.failures)}")
    calls, again = ticker.invocations.total(), ticker.retries.total()
    return (
        f"the day is played: {minutes} minutes ({replay.tally.minutes_skipped} skipped), {calls} scheduled calls "
        f"({again} again), {ticker.queues.waited_s:.0f} s of it for the queues"
    )


def _answers(deployed: Stack, clock: Path, now: datetime) -> Answers:
    """The deployed API's answers at a moment. Raises LocalError."""
    set_clock(clock, now)
    url, session = deployed.api_url, requests.Session()

    def ask(path: str) -> tuple[int, object]:
        answer = session.get(f"{url}{path}", timeout=60)
        try:
            return answer.status_code, answer.json()
        except ValueError:
            raise LocalError(f"{path} answered {answer.status_code}, {answer.text[:300]!r}") from None

    try:
        read = Reader(ask).read()
    except (ValueError, requests.RequestException) as exc:
        raise LocalError(f"the API: {exc}") from exc
    clock.with_name("answers.json").write_text(json.dumps(read, ensure_ascii=False))  # beside those expected
    return read


def _compare(found: Answers, expected: Answers) -> None:
    lines = differences(found, expected)
    if lines:
        more = f"\n  and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
        raise LocalError("the results differ:\n  " + "\n  ".join(lines[:SHOWN]) + more)


if __name__ == "__main__":
    main(Wanted(chaos=os.environ.get("CHAOS", "0") not in ("", "0"), seed=int(os.environ.get("SEED") or 1)))
