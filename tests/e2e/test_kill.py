"""A worker that dies anywhere in a replay, and is started again, ends with the same result."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from infra.local.platform import ROOT
from infra.local.stores import Stores
from infra.local.world import World
from infra.sandbox.market import Market
from nunchi import database
from tests.e2e import played
from tests.e2e.conftest import Baseline

KILLS = 6
LOOK_S = 0.05  # between two looks at how far a worker has come
DEADLINE_S = 300  # against a hang, on whatever machine
# rows that a run leaves in the order of the stages, so that a count of them is a point in its work
PROGRESS = """
    SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM outbox WHERE closed_at IS NOT NULL)
         + (SELECT count(*) FROM forecasts) + (SELECT count(*) FROM seals) + (SELECT count(*) FROM evaluations)
"""


def progress() -> int:
    with database.session() as session:
        return int(session.scalar(text(PROGRESS)) or 0)


def start(settings: Path, position: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.e2e.worker", str(settings), str(position)]
    return subprocess.Popen(command, cwd=ROOT)


def kill_at(worker: subprocess.Popen[bytes], point: int) -> bool:
    """Kills a worker with -9 once it has come to a point; False when it ends before."""
    end = time.monotonic() + DEADLINE_S
    try:
        while progress() < point:
            if worker.poll() is not None:
                assert worker.returncode == 0
                return False
            assert time.monotonic() < end, "the worker does not get on"
            time.sleep(LOOK_S)
    finally:
        worker.kill()
        worker.wait()
    return True


@pytest.mark.timeout(900)
def test_a_killed_worker_ends_with_the_same_result(
    stores: Stores, market: Market, world: World, home: Path, baseline: Baseline
) -> None:
    settings, position = home / "settings.json", home / "killed.json"
    last = len(baseline.content["events"]) * 2 + len(baseline.content["forecasts"])
    with played.empty_platform(stores, home / "killed", world, "killed") as running:
        played.load(running, market)
        settings.write_text(json.dumps({**os.environ, "WORLD_URL": world.url}))
        points = sorted(Random(1).sample(range(1, last), KILLS))
        killed = [kill_at(start(settings, position), point) for point in points]
        assert all(killed), f"of the points {points}, some were never come to: {killed}"
        assert start(settings, position).wait(DEADLINE_S) == 0
        assert played.differences(played.content(), baseline.content) == {}
