"""The ten most used reads under load at a million articles and forecasts and ten million bars, beside a bare route.

`python -m tests.bench.serving`. Two clients (Locust) ask one server process (uvicorn) on the same two cores, so the
times are those of a busy machine; the bare route answers `SELECT 1` under the same load in the same run.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from rich.console import Console
from rich.table import Table

from infra.local import platform
from infra.local.errors import LocalError
from infra.local.folders import temporary_home
from infra.local.processes import HOST, free_port
from infra.local.stores import running_stores
from tests.bench import serving_rows
from tests.bench.serving_rows import Scale
from tests.bench.store import fresh_database

CLIENTS, SECONDS, WARM_SECONDS = 2, 40, 5
AIM_MS = 50
READY_S = 60
SERVERS = {
    "api": "from infra.local.api import serve; import sys; serve(int(sys.argv[1]))",
    "bare": "import sys, uvicorn; from tests.bench.bare import app; "
    "uvicorn.run(app, host='127.0.0.1', port=int(sys.argv[1]), log_level='warning')",
}


@dataclass(frozen=True)
class Read:
    """One read under load."""

    name: str
    requests: int
    per_s: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Served:
    """All reads at a scale, and the bare route."""

    scale: Scale
    reads: Sequence[Read]
    bare: Read


def measure(scale: Scale | None = None) -> Served:
    """Fills a database, and loads both servers one after the other. Raises LocalError when a request fails."""
    scale = scale or Scale()
    with temporary_home() as home, running_stores(home) as stores, fresh_database():
        began = time.perf_counter()
        ids = serving_rows.fill(os.environ["DATABASE_URL"], scale)
        print(f"bench: filled in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        values = platform.environment(stores, home, {"POWERTOOLS_LOG_LEVEL": "ERROR"})
        values["DATABASE_URL"] = os.environ["DATABASE_URL"]
        return Served(
            scale,
            _loaded("api", values, paths(serving_rows.codes(scale), ids), home),
            _loaded("bare", values, {"bare": ["/api/health"]}, home)[0],
        )


def paths(codes: Sequence[str], ids: serving_rows.Ids) -> dict[str, list[str]]:
    """The ten reads: each a name and addresses of rows that are there."""
    return {
        "stocks by a name": [f"/api/stocks?q={quote('종목')}{int(code)}" for code in codes],
        "one stock": [f"/api/stocks/{code}" for code in codes],
        "a stock's daily prices": [f"/api/stocks/{code}/prices/daily" for code in codes],
        "articles": ["/api/articles"],
        "a stock's articles": [f"/api/articles?stock_code={code}" for code in codes],
        "one article": [f"/api/articles/{one}" for one in ids.articles],
        "a stock's forecasts": [f"/api/forecasts?stock_code={code}" for code in codes],
        "one forecast": [f"/api/forecasts/{one}" for one in ids.forecasts],
        "scoreboard": ["/api/scoreboard"],
        "dashboard": ["/api/dashboard/summary"],
    }


def _loaded(server: str, values: Mapping[str, str], asked: dict[str, list[str]], home: Path) -> list[Read]:
    with _serving(server, values) as port:
        _load(port, asked, home, WARM_SECONDS)
        return _load(port, asked, home, SECONDS)


@contextmanager
def _serving(server: str, values: Mapping[str, str]) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-c", SERVERS[server], str(port)]
    process = subprocess.Popen(command, env={**os.environ, **values})
    try:
        _await(port, process)
        yield port
    finally:
        process.kill()
        process.wait()


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"http://{HOST}:{port}/api/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise LocalError("the server did not answer")


def _load(port: int, asked: dict[str, list[str]], home: Path, seconds: int) -> list[Read]:
    command = [sys.executable, "-m", "locust", "--locustfile", str(Path(__file__).with_name("locustfile.py"))]
    command += ["--headless", "--only-summary", "--json", "--loglevel", "ERROR", "--users", str(CLIENTS)]
    command += ["--spawn-rate", str(CLIENTS), "--run-time", f"{seconds}s", "--host", f"http://{HOST}:{port}"]
    done = subprocess.run(
        command,
        env={**os.environ, "PATHS": json.dumps(asked)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.strip():
        raise LocalError(f"the load generator failed: {done.stderr[-500:]}")
    return [_read(one, seconds) for one in json.loads(done.stdout)]


def _read(said: dict[str, Any], seconds: int) -> Read:
    """A line of Locust's, whose times are counted by whole milliseconds (of two digits above 100)."""
    if said["num_failures"]:
        raise LocalError(
            f"{said['num_failures']} of {said['num_requests']} requests for {said['name']} failed"
        )
    times = sorted((float(ms), count) for ms, count in said["response_times"].items())
    return Read(
        said["name"],
        said["num_requests"],
        said["num_requests"] / seconds,
        _percentile(times, 0.5),
        _percentile(times, 0.99),
    )


def _percentile(times: Sequence[tuple[float, int]], share: float) -> float:
    wanted, passed = share * sum(count for _, count in times), 0
    for ms, count in times:
        passed += count
        if passed >= wanted:
            return ms
    raise LocalError("no request was counted")


def table(found: Served) -> Table:
    """The results beside the bare route."""
    scale = found.scale
    rows = f"{scale.articles:,} articles, {scale.bars:,} daily bars, {scale.forecasts:,} forecasts"
    shown = Table(
        title="Reads under load", caption=f"{rows}; {CLIENTS} clients and one server on one machine."
    )
    for heading in ("read", "requests", "p50", f"p99 (aim {AIM_MS} ms)", "p50 / bare"):
        shown.add_column(heading)
    for one in [*found.reads, found.bare]:
        ratio = one.p50_ms / found.bare.p50_ms
        shown.add_row(
            one.name, f"{one.requests:,}", f"{one.p50_ms:.0f} ms", f"{one.p99_ms:.0f} ms", f"{ratio:.1f}"
        )
    total = sum(one.per_s for one in found.reads)
    shown.add_row("all reads, a second", f"{total:,.0f}", "", "", f"bare: {found.bare.per_s:,.0f}")
    return shown


if __name__ == "__main__":
    Console().print(table(measure()))
