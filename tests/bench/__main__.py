"""`make bench`: how the built Api starts and answers, the replay, and the rules of the news, as ratios of one run."""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.checks.invoke_all import AS_DEPLOYED
from infra.local import demo, platform
from infra.local.errors import LocalError
from infra.local.folders import temporary_home
from infra.local.stores import Stores, running_stores
from infra.local.world import Sample, World, running_world
from nunchi.market.calendar import xkrx
from tests.bench import (
    alerting,
    clustering,
    cold,
    comparing,
    forecasting,
    hot_story,
    imports,
    ledger,
    live,
    matching,
    minutes,
    paid,
    parsing,
    reports,
    saving,
    scoring,
    searching,
    serving,
    warm,
)
from tests.bench.hot_rows import SUBSCRIBERS
from tests.bench.table import Colds, News, Retrieval, table

SAMPLE = Sample(history=60, live=2)


def main() -> None:
    """Prints each table once it is measured; exits 1 with one line when something isn't built or fails."""
    try:
        _measure(Console().print)
    except LocalError as exc:
        sys.exit(f"bench: {exc}")


def _measure(show: Callable[[Table], None]) -> None:
    api = cold.api()
    with temporary_home() as home, running_stores(home) as stores:
        colds = _cold(api, stores, home)
        with running_world(SAMPLE, home) as world:
            warmed, played, retrieval, bought, alerted = _loaded(stores, world, home)
            show(paid.table(bought))
            _say(f"4/5 one story for {SUBSCRIBERS:,} subscribers, its processes killed at random")
            show(alerting.table(alerted, hot_story.measure(world)))
    news = _news()
    show(table(colds, warmed, played, news, retrieval))
    show(clustering.table(news.clustering))
    _say("5/5 scoring a million forecasts over ten years")
    show(scoring.table(scoring.measure()))
    _say("5/5 ten reads of a million articles and forecasts and ten million bars, under load")
    show(serving.table(serving.measure()))
    _say("comparing equal and unequal arms over 500 daily looks, 2,000 times")
    show(comparing.false_winners())
    show(comparing.power())


def _cold(api: cold.Target, stores: Stores, home: Path) -> Colds:
    _say(f"1/5 cold starts, {cold.REPETITIONS} of each by turns, without and with a secret; then imports")
    environment = platform.environment(stores, home, {}) | AS_DEPLOYED
    bare = cold.bare(api, home / "built")
    return Colds(
        without_secret=cold.measure(api, bare, environment, home),
        with_secret=cold.measure(api, bare, cold.with_login(environment), home),
        added=imports.added(api, bare, environment),
    )


def _loaded(
    stores: Stores, world: World, home: Path
) -> tuple[warm.Warm, live.Played, Retrieval, paid.Paid, alerting.Alerting]:
    """Loads the sample's history, then measures what needs it."""
    _say(f"2/5 warm requests, {warm.MEASURED} of each by turns, on {SAMPLE.history} sessions of bars")
    values = platform.environment(stores, home, world.settings() | {"POWERTOOLS_LOG_LEVEL": "ERROR"})
    running, market = platform.start(values), SAMPLE.generate(xkrx())
    demo.load_history(running, market, xkrx(), lambda *_: None)
    warmed = warm.measure(running.template.functions[cold.API], market.companies[0].code)
    _say(f"3/5 replay of {SAMPLE.live} live sessions")
    played, when = live.play(running, world, market, home), demo.span(market)
    _say("4/5 forecasting new stories, and searching 100,000")
    retrieval = Retrieval(forecasting.measure(market, now=when.end), searching.measure())
    bought = paid.measure(when.start, when.end)
    _say(f"4/5 {alerting.STORIES} articles to their messages")
    alerted = alerting.measure(running, world, market, now=when.end + timedelta(hours=10))
    return warmed, played, retrieval, bought, alerted


def _news() -> News:
    _say("5/5 parsing, matching, saving articles and minute bars, finding stories, the ledger, reports")
    return News(
        parsing.measure(),
        matching.measure(),
        saving.measure(),
        clustering.measure(),
        minutes.measure(),
        ledger.measure(),
        reports.measure(),
    )


def _say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
