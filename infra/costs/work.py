"""How much work so many stocks are: runs from the schedules, messages by rules of thumb, durations as measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from infra.local.schedule import fire_times
from infra.local.template import Function, Template

MONTH_FROM, DAYS, SESSIONS = datetime(2026, 10, 31, 15, tzinfo=UTC), 30, 21  # November in Seoul
# seconds of one run or message: our own work, from a run of every function on the local platform (2 cores, rounded up),
# and the waits for others, which no sandbox shows: a page half a second, the broker 0.1 s a code, a model 8 s
SECONDS: Mapping[str, float] = {
    "ApiFunction": 0.1,
    **{f"{name}CrawlerFunction": 8.0 for name in ("Naver", "Hankyung", "Maekyung", "Reddit", "Dart")},
    "DartNamesCrawlerFunction": 10.0,
    "KisDailyWorkerFunction": 0.4,
    "KisWorkerFunction": 3.5,
    "EmbedFunction": 0.8,
    "PredictFunction": 3.0,
    "RequestedFunction": 8.0,
    "NotifyFunction": 0.5,
    "DeliverFunction": 0.5,
    "ReactionsFunction": 20.0,
    "EvaluateFunction": 60.0,
    "PerformanceFunction": 60.0,
}
QUEUERS_S = 0.5  # of a schedule that only finds what is due
BASELINES, MODELS, SLOTS = 2, 2, 3  # arms; reports a session
REPORT_S, MODEL_REPORT_S = 0.1, 8.0  # of a baseline's, of a model's
CODES_A_MESSAGE = 30  # of the broker's
ALERTS_A_USER, REQUESTS_A_USER = 100, 300  # a month; a guess


@dataclass(frozen=True)
class Size:
    """So many followed stocks, and the database that they take."""

    stocks: int
    database: str
    storage_gb: int
    requests_a_month: int

    @property
    def users(self) -> int:
        """Those who make so many requests of the API."""
        return self.requests_a_month // REQUESTS_A_USER

    @property
    def articles_a_day(self) -> int:
        return 600 + 3 * self.stocks

    @property
    def cases_a_day(self) -> int:
        """Stories about followed stocks, each once: half of what is written is reprints or about nobody."""
        return round(1.2 * self.stocks + 30)

    @property
    def asked_a_day(self) -> int:
        """Cases that are put to a paid model: not those of routine news."""
        return round(0.4 * self.cases_a_day)

    @property
    def baseline_reports_a_month(self) -> int:
        """Of every stock, each baseline's, at each slot of a session."""
        return SESSIONS * SLOTS * BASELINES * self.stocks

    @property
    def reports_a_month(self) -> int:
        """A model's: at most one for each case that it was asked about, for two may fall to one stock and slot."""
        return min(DAYS * self.asked_a_day, SESSIONS * SLOTS * self.stocks)


SIZES = (
    Size(50, "db.t4g.medium", 50, 300_000),
    Size(500, "db.m7g.large", 100, 1_000_000),
    Size(2700, "db.r7g.large", 300, 3_000_000),
)


def messages(size: Size) -> dict[str, int]:
    """Messages a month by the function that works them."""
    codes = ceil(size.stocks / CODES_A_MESSAGE)
    rounds = 84 * 2 + 5  # a session's five-minute rounds of bars and quotes, and what comes once a day
    cases = DAYS * size.cases_a_day
    return {
        "KisDailyWorkerFunction": SESSIONS * (size.stocks + 2),
        "KisWorkerFunction": SESSIONS * codes * rounds,
        "EmbedFunction": DAYS * size.articles_a_day,
        "PredictFunction": BASELINES * cases + MODELS * DAYS * size.asked_a_day,
        "ReportFunction": size.baseline_reports_a_month + MODELS * size.reports_a_month,
        "RequestedFunction": size.requests_a_month // 1000,
        "NotifyFunction": 2 * cases,
        "DeliverFunction": ALERTS_A_USER * size.users,
    }


def seconds(name: str, size: Size) -> float:
    """Of one run or message; the search and what sums up grow with the stocks."""
    if name == "NaverSearchCrawlerFunction":
        return min(1.0 + 0.5 * size.stocks / 3, 290.0)
    if name == "ReportFunction":
        quick, asked = size.baseline_reports_a_month, MODELS * size.reports_a_month
        return (quick * REPORT_S + asked * MODEL_REPORT_S) / (quick + asked)
    grows = (
        1 + size.stocks / 1000
        if name in ("ReactionsFunction", "EvaluateFunction", "PerformanceFunction")
        else 1
    )
    return min(SECONDS.get(name, QUEUERS_S) * grows, 290.0)


def scheduled(function: Function) -> int:
    """A function's runs of a month, by its schedules."""
    return sum(1 for _ in fire_times(function.schedules, MONTH_FROM, MONTH_FROM + timedelta(days=DAYS)))


def invocations(template: Template, size: Size) -> dict[str, int]:
    """Runs and messages of a month by function, the API's requests among them."""
    by_queue = messages(size)
    own = {
        name: scheduled(each) if each.schedules else by_queue.get(name, 0)
        for name, each in template.functions.items()
    }
    return own | {"ApiFunction": size.requests_a_month}
