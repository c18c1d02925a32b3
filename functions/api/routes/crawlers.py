"""Crawlers: when each ran last, and what it brought."""

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from api.dependencies import DatabaseSession, Now, require
from api.paging import Cursor, Order, Page, PageSize
from nunchi.errors import NotFound
from nunchi.models.crawling import CrawlRun
from nunchi.runs import declared, repository
from nunchi.seoul import seoul_date

router = APIRouter(prefix="/crawlers", tags=["operation"], dependencies=[require("user")])
CrawlerName = Annotated[str, Path(max_length=64, description="A crawler's name, for example `maekyung`.")]
Span = Annotated[int, Query(ge=1, le=90, description="How many days back, today in Seoul included.")]


class CrawlerLine(BaseModel):
    crawler: str = Field(examples=["maekyung"])
    last_run_at: AwareDatetime | None
    last_outcome: Literal["ok", "failed", "off"] | None = Field(
        description="`off`: it has no key or contact, or was forbidden."
    )
    last_error: str | None = Field(
        description="The kind of the error that ended its last run; `NothingRead` if none of its pages could be read; "
        "or empty."
    )
    last_success_at: AwareDatetime | None = Field(
        description="Of those that ask the broker, when one last handed its questions on."
    )


class Fetched(BaseModel):
    """What was fetched: `new`, `revised` where it says something else than before, or `failed`."""

    fetched: int = Field(description="New, revised and failed together.")
    new: int
    revised: int
    failed: int
    enqueued: int = Field(description="What was handed on to a queue, to be asked by a worker.")


class CrawlerDay(Fetched):
    day: date = Field(description="In Seoul.")
    runs_ok: int
    runs_failed: int
    runs_off: int


class CrawlerRun(Fetched):
    scheduled_at: AwareDatetime
    started_at: AwareDatetime
    ended_at: AwareDatetime
    outcome: Literal["ok", "failed", "off"]
    error: str


RUNS = Order(TypeAdapter(tuple[AwareDatetime]))


@router.get("")
def list_crawlers(session: DatabaseSession) -> list[CrawlerLine]:
    """Every crawler that is scheduled, with its last run."""
    return [
        CrawlerLine(
            crawler=one.crawler,
            last_run_at=one.started_at,
            last_outcome=one.outcome,
            last_error=one.error,
            last_success_at=one.last_success_at,
        )
        for one in repository.latest(session, declared.crawlers())
    ]


@router.get("/{crawler}/days")
def list_days(crawler: CrawlerName, session: DatabaseSession, now: Now, days: Span = 14) -> list[CrawlerDay]:
    """What a crawler brought on each day on which it ran, the newest first."""
    _require(crawler)
    today = seoul_date(now)
    found = repository.days(session, crawler, since=today - timedelta(days=days - 1), until=today)
    return [CrawlerDay(**vars(one), fetched=one.new + one.revised + one.failed) for one in found]


@router.get("/{crawler}/runs")
def list_runs(
    crawler: CrawlerName, session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None
) -> Page[CrawlerRun]:
    """A crawler's runs of the last 90 days at least, the newest first."""
    _require(crawler)
    found = repository.runs(session, crawler, limit=limit + 1, after=RUNS.after(cursor))
    return RUNS.page(found, limit, lambda run: (run.scheduled_at,), _line)


def _line(run: CrawlRun) -> CrawlerRun:
    values = {name: getattr(run, name) for name in CrawlerRun.model_fields if name != "fetched"}
    return CrawlerRun(**values, fetched=run.new + run.revised + run.failed)


def _require(crawler: str) -> None:
    if crawler not in declared.crawlers():
        raise NotFound("crawler", crawler)
