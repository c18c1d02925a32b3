"""A replay in a process of its own, to be killed: `python -m tests.e2e.worker SETTINGS.json POSITION.json`."""

import json
import os
import sys
from pathlib import Path

from infra.local import platform
from infra.local.world import World
from nunchi.adapters import sqs
from nunchi.market.calendar import xkrx
from tests.e2e import played


def main(settings: Path, position: Path) -> None:
    os.environ.update(json.loads(settings.read_text()))
    market = played.SMALL.generate(xkrx())
    running = platform.start(dict(os.environ))
    running.pump.watch(sqs.get_client())
    played.play(running, market, World(os.environ["WORLD_URL"]), position)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
