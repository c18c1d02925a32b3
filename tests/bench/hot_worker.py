"""A process that works one queue until it is killed, `python -m tests.bench.hot_worker NotifyQueue`; and its start."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.invocation import context, load_handler
from infra.local.platform import ROOT
from infra.local.pump import Pump
from infra.local.template import read_template
from nunchi.adapters import sqs


@contextmanager
def working(queue: str, processes: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    workers = [start(queue) for _ in range(processes)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def start(queue: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "POWERTOOLS_LOG_LEVEL": "CRITICAL", "DATABASE_POOL_SIZE": "2"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.hot_worker", queue], cwd=ROOT, env=environment
    )


def main(queue: str) -> None:
    template = read_template(ROOT / "template.yaml")
    (source,) = [one for one in template.queue_sources if one.queue == queue]
    function = template.functions[source.function]
    handler = load_handler(function)
    urls = {queue: os.environ[f"{queue.removesuffix('Queue').upper()}_QUEUE_URL"]}
    pump = Pump(template, urls, sqs.get_client(), lambda _name, event: handler(event, context(function)))
    while True:
        pump.poll(source, wait_s=1)


if __name__ == "__main__":
    main(sys.argv[1])
