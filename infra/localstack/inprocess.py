"""The local platform in a process of its own, with the settings of a deployment:

    python -m infra.localstack.inprocess ASKED.json

It loads the market's history, plays it from `start` to `end`, and, if asked, writes down the API's answers.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.checks.invoke_all import event
from infra.local import demo, platform
from infra.local.replay import Position, Replay
from infra.local.world import World
from infra.localstack.answers import Reader
from infra.localstack.sample import SAMPLE
from nunchi import clock
from nunchi.adapters import sqs
from nunchi.market.calendar import xkrx


@dataclass(frozen=True)
class Asked:
    """What to play, with which environment, over which sandbox; `answers` is where they go, "" for nowhere."""

    environment: Mapping[str, str]
    world: str
    position: str
    start: str
    end: str
    answers: str = ""

    def write(self, file: Path) -> Path:
        file.write_text(json.dumps(asdict(self)))
        return file


def main(file: Path) -> None:
    """Plays what is asked. Exits 1 when a function failed for good."""
    asked = Asked(**json.loads(file.read_text()))
    world, market = World(asked.world), SAMPLE.generate(xkrx())
    running = platform.start(asked.environment)
    running.pump.watch(sqs.get_client())
    demo.load_history(running, market, xkrx(), lambda *_step: None)
    replay = Replay(running, Position(Path(asked.position)), world.set_clock)
    start, end = datetime.fromisoformat(asked.start), datetime.fromisoformat(asked.end)
    played = sum(1 for _minute in replay.run(start, end))
    if asked.answers:
        with clock.driven_by(lambda: end):
            answers = Reader(lambda path: _ask(running, path)).read()
        Path(asked.answers).write_text(json.dumps(answers))
    print(
        json.dumps({"minutes": played, "messages": replay.tally.messages, "failures": replay.tally.failures})
    )
    sys.exit(1 if replay.tally.failures else 0)


def _ask(running: platform.Platform, path: str) -> tuple[int, Any]:
    """Asks the Api function as API Gateway would."""
    place, _, query = path.partition("?")
    parameters = dict(part.split("=", 1) for part in query.split("&")) if query else None
    many = {name: [value] for name, value in parameters.items()} if parameters else None
    asked = event("ApiFunction") | {
        "path": place,
        "pathParameters": {"proxy": place.lstrip("/")},
        "queryStringParameters": parameters,
        "multiValueQueryStringParameters": many,
    }
    answer: Any = running.invoke("ApiFunction", asked)
    return answer["statusCode"], json.loads(answer["body"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
