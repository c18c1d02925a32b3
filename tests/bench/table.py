"""The bench's results: ratios, with the times that they come from beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.table import Table

from tests.bench.clustering import Clustering
from tests.bench.cold import ColdStarts
from tests.bench.forecasting import Forecasting
from tests.bench.imports import Added
from tests.bench.ledger import Ledger
from tests.bench.live import Played
from tests.bench.matching import Matching
from tests.bench.minutes import Minutes
from tests.bench.parsing import Parsing
from tests.bench.reports import Reports
from tests.bench.saving import ARTICLES, Saving
from tests.bench.searching import Searching
from tests.bench.warm import Warm

AIM = 1.5


@dataclass(frozen=True)
class Colds:
    """Cold starts with the login in DATABASE_URL and with one in Secrets Manager, and the Api's own imports."""

    without_secret: ColdStarts
    with_secret: ColdStarts
    added: Sequence[Added]


@dataclass(frozen=True)
class News:
    """What is done with each article, with a day of minute bars, and with each forecast."""

    """What is done with each article, with a day of minute bars, and a slot's reports."""

    parsing: Sequence[Parsing]
    matching: Matching
    saving: Saving
    clustering: Clustering
    minutes: Minutes
    ledger: Ledger
    reports: Reports


@dataclass(frozen=True)
class Retrieval:
    """From story to the baselines' forecasts, and searches among many stories."""

    forecasting: Forecasting
    searching: Searching


def table(colds: Colds, warmed: Warm, played: Played, news: News, retrieval: Retrieval) -> Table:
    """One table of the parts."""
    found = Table(caption="Ratios of one run, with quartiles; the times hold for this machine alone.")
    found.add_column("measured", no_wrap=True)
    found.add_column("result", justify="right")
    found.add_column("from")
    _add_cold(found, colds)
    _add_warm(found, warmed)
    _add_played(found, played)
    _add_news(found, news)
    _add_retrieval(found, retrieval)
    return found


def _add_cold(found: Table, colds: Colds) -> None:
    _, ratio, _ = colds.without_secret.ratios()
    verdict = "met" if ratio <= AIM else "missed"
    _add_start(found, f"cold start, Api / bare function (aim {AIM}: {verdict})", colds.without_secret)
    _add_start(found, "  both with the login from Secrets Manager", colds.with_secret)
    found.add_section()
    found.add_row("imports of the Api alone, nested", "of all its", "", style="bold")
    for one in colds.added:
        found.add_row(f"  {one.name}", f"{one.share:.1%}", f"{one.ms:.1f} ms")
    found.add_section()


def _add_start(found: Table, label: str, starts: ColdStarts) -> None:
    least, ratio, most = starts.ratios()
    times = f"{1000 * median(starts.ours_s):.0f} / {1000 * median(starts.bare_s):.0f} ms"
    found.add_row(label, f"{ratio:.2f}", f"{times}, {least:.2f} to {most:.2f}", style="bold")


def _add_warm(found: Table, warmed: Warm) -> None:
    times = f"{1000 * warmed.handler_s:.2f} / {1000 * warmed.sql_s:.2f} ms"
    found.add_row("warm p50, GET /api/stocks/{code} / its SQL", f"{warmed.ratio:.1f}", times, style="bold")
    found.add_section()


def _add_played(found: Table, played: Played) -> None:
    figure = f"{played.sessions_per_minute:.1f}"
    taken = f"{played.sessions} sessions in {played.taken_s:.1f} s"
    found.add_row("replay, live sessions per minute", figure, taken, style="bold")
    for function, share in played.shares().items():
        beside = f"{played.seconds[function]:.2f} s, {played.calls[function]} calls"
        found.add_row(f"  {function}", f"{share:.1%}", beside)
    rest = 1 - sum(played.shares().values())
    found.add_row("  queues, schedules, clocks", f"{rest:.1%}", f"{rest * played.taken_s:.2f} s")


def _add_retrieval(found: Table, retrieval: Retrieval) -> None:
    found.add_section()
    one = retrieval.forecasting
    parts = (
        f"{1000 * one.opened_s:.0f} + {1000 * one.answered_s:.0f} / {1000 * one.embedded_s:.0f} ms a story"
    )
    label = "embed, retrieve, baselines, over embedding alone"
    found.add_row(label, f"{one.ratio:.1f}", f"{one.per_s:.1f} stories/s, {parts}", style="bold")
    for kind in retrieval.searching.searched:
        (p50, exact50), (p99, exact99) = kind.ms(0.5), kind.ms(0.99)
        times = (
            f"p50 {p50:.0f} / {exact50:.1f}, p99 {p99:.0f} / {exact99:.1f} ms; recall@10 {kind.recall:.3f}"
        )
        label = f"search of {retrieval.searching.stories:,}, {kind.name}, over numpy's"
        found.add_row(label, f"{p50 / exact50:.1f}", times)


def _add_news(found: Table, news: News) -> None:
    found.add_section()
    for one in news.parsing:
        times = f"{1000 * one.ours_s:.2f} / {1000 * one.theirs_s:.2f} ms a page"
        found.add_row(
            f"parsing {one.source}, speed over trafilatura's", f"{one.ratio:.1f}", times, style="bold"
        )
    matched = f"{news.matching.headlines_per_s:,.0f} headlines/s on one core"
    against = f"{news.matching.against_alternation:.2f}"
    found.add_row("matching, time over a bare regex of the names'", against, matched, style="bold")
    saved = f"{ARTICLES / news.saving.saved_s:,.0f} / {ARTICLES / news.saving.copied_s:,.0f} articles/s"
    found.add_row("saving, speed over COPY's", f"{news.saving.ratio:.2f}", saved, style="bold")
    kept = news.ledger
    rates = f"{kept.forecasts / kept.sealed_s:,.0f} sealed, {kept.forecasts / kept.verified_s:,.0f} verified a second"
    found.add_row("ledger, time to verify over hashing's", f"{kept.ratio:.1f}", rates, style="bold")
    bars = news.minutes
    speeds = f"{bars.saved_per_s:,.0f} / {bars.copied_per_s:,.0f} bars/s"
    found.add_row("minute bars, speed over COPY's", f"{bars.ratio:.2f}", speeds, style="bold")
    day = f"{bars.day_bars:,} bars, {bars.day_bytes / 1e6:,.0f} MB; a stock's in {1000 * bars.read_s:.0f} ms"
    found.add_row("  a day of 2,700 stocks", f"{bars.day_s:.1f} s", day)
    made = news.reports
    times = f"{1000 * made.report_s:.1f} / {1000 * made.forecast_s:.1f} ms"
    found.add_row("a baseline's report over its forecast", f"{made.ratio:.1f}", times, style="bold")
