"""What the load generator asks for: the paths of `PATHS`, by turns, as fast as they are answered."""

import json
import os
from itertools import cycle

from locust import FastHttpUser, constant, task

PATHS: dict[str, list[str]] = json.loads(os.environ["PATHS"])


class Reader(FastHttpUser):
    """A client that reads. Each path is a name and addresses that stand under it."""

    wait_time = constant(0)

    def on_start(self) -> None:
        self.turns = cycle([(name, cycle(urls)) for name, urls in PATHS.items()])

    @task
    def read(self) -> None:
        name, urls = next(self.turns)
        self.client.get(next(urls), name=name)
