"""`make demo`: a sample market, from its history to the scoreboard, in a few minutes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.local import api, backfill, platform, subscriber, summary
from infra.local.replay import Position, Replay, Tally
from infra.local.stores import running_stores
from infra.local.world import Sample, running_world
from infra.sandbox.market import Market
from nunchi import database
from nunchi.adapters import sqs
from nunchi.evaluate.repository.records import latest_performance
from nunchi.market.calendar import Calendar, xkrx
from nunchi.models import Performance
from nunchi.seoul import SEOUL, midnight

console = Console()
INTRADAY = frozenset({"KisMinuteCrawlerFunction", "KisQuoteCrawlerFunction"})
LAST_CRAWL = timedelta(hours=23, minutes=50)


@dataclass(frozen=True)
class Span:
    """The live part of a sample: from midnight in Seoul before its first session to midnight after its last."""

    start: datetime
    end: datetime

    @property
    def last_crawl(self) -> datetime:
        return self.end - timedelta(days=1) + LAST_CRAWL


def span(market: Market) -> Span:
    """The live part of a market."""
    return Span(midnight(market.live[0]), midnight(market.live[-1] + timedelta(days=1)))


def show(home: Path, *, sample: Sample, port: int, once: bool, intraday: bool) -> int:
    """Replays, prints the summary, and serves the API unless `once`. Returns the exit code."""
    if not once:
        api.require_free(port)
    calendar = xkrx()
    console.print(
        f"[bold]nunchi demo[/]: sample market {sample.seed}, {sample.history} sessions of history, {sample.live} live"
    )
    console.print(
        "The companies, the news and the prices are made up; the answers of gpt-4o and deepseek are simulated."
    )
    if not intraday:
        console.print(
            "Prices within sessions are not played: INTRADAY=1 plays them, and takes twice as long."
        )
    with running_stores(home) as stores, running_world(sample, home) as world:
        market = sample.generate(calendar)
        values = platform.environment(stores, home, world.settings() | {"POWERTOOLS_LOG_LEVEL": "ERROR"})
        running = platform.start(values)
        running.pump.watch(sqs.get_client())
        left_out = frozenset[str]() if intraday else INTRADAY
        replay = Replay(running, Position(home / "replay.json"), world.set_clock, without=left_out)
        play(running, replay, market, calendar)
        failed = report(running, market, calendar, replay.tally)
        if not subscriber.show(world, console):
            console.print("[red]WRONG[/]  no alert came into the sandbox's chat")
            failed = True
        if not once and not failed:
            console.print(
                f"API: http://127.0.0.1:{port}/docs · scoreboard: http://127.0.0.1:{port}/api/scoreboard (Ctrl-C stops)"
            )
            api.serve(port)
    return int(failed)


def play(running: platform.Platform, replay: Replay, market: Market, calendar: Calendar) -> None:
    """Loads the history and plays the live sessions, with a progress bar."""
    when = span(market)
    with _progress() as bar:
        task = bar.add_task("history", total=None)

        def on_step(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"history: {what}", completed=done, total=total)

        load_history(running, market, calendar, on_step)
        subscriber.add(when.start)
        bar.remove_task(task)
        task = bar.add_task("live", total=(when.end - when.start).total_seconds())
        for moment in replay.run(when.start, when.end):
            local = moment.astimezone(SEOUL)
            bar.update(
                task,
                description=f"live: {local:%a %d %b %H:%M}",
                completed=(moment - when.start).total_seconds(),
            )
        bar.update(task, completed=(when.end - when.start).total_seconds())


def load_history(
    running: platform.Platform, market: Market, calendar: Calendar, on_step: backfill.Progress
) -> None:
    """Migrates, switches the arms, and stores what came before the live sessions. Again, it changes nothing."""
    platform.migrate(running)
    platform.switch_arms()
    backfill.load(market, calendar, on_step)


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        yield bar


def report(running: platform.Platform, market: Market, calendar: Calendar, tally: Tally) -> bool:
    """Prints what was done and whether it agrees with the sample's truth; True when something is wrong."""
    when = span(market)
    with database.session() as session:
        counts = summary.counts(session, since=when.start)
        checks = summary.checks(session, market, calendar, last_crawl=when.last_crawl)
        records = latest_performance(session)
    console.print(_counts_table(counts, running, tally))
    console.print(_scoreboard(records))
    console.print("So few sessions are not enough evidence for a verdict on any arm.")
    for check in checks:
        console.print(f"{'[green]ok[/]' if check.holds else '[red]WRONG[/]'}  {check.fact}")
        if not check.holds:
            console.print(f"      expected {_short(check.expected)}, found {_short(check.found)}")
    idle = [name for name, count in counts.items() if not count]
    for name in idle:
        console.print(f"[red]WRONG[/]  nothing was stored as {name}")
    for function, times in tally.failures.items():
        console.print(f"[red]WRONG[/]  {function} failed {times} times")
    return bool(idle or tally.failures or not all(check.holds for check in checks))


def _short(value: object) -> str:
    return f"{len(value)} ids" if isinstance(value, list) else str(value)


def _counts_table(counts: Mapping[str, int], running: platform.Platform, tally: Tally) -> Table:
    table = Table(title="Live sessions, through the production handlers")
    for column in ("stored", "rows", "function", "calls", "seconds"):
        table.add_column(column, justify="left" if column in {"stored", "function"} else "right")
    slowest_first = sorted(running.seconds.items(), key=lambda item: -item[1])
    for stored, used in zip_longest(counts.items(), slowest_first):
        row, rows = stored or ("", "")
        function, seconds = used or ("", 0.0)
        calls = str(running.invocations[function]) if function else ""
        table.add_row(
            row, str(rows), function.removesuffix("Function"), calls, f"{seconds:.1f}" if function else ""
        )
    table.caption = (
        f"{tally.messages} messages; {tally.minutes_skipped} minutes without anything to do were skipped"
    )
    return table


def _scoreboard(records: list[Performance]) -> Table:
    table = Table(title="Scoreboard: mean RPS h sessions ahead (lower is better), skill against prior")
    for column in ("h", "arm", "cases", "answered", "RPS", "skill", "hits"):
        table.add_column(column, justify="left" if column == "arm" else "right")
    for line in records:
        table.add_row(
            str(line.horizon_sessions),
            line.arm,
            str(line.cases),
            str(line.answered),
            f"{line.mean_rps:.4f}",
            f"{line.skill:+.2%}",
            f"{line.hit_rate:.1%}",
        )
    return table
