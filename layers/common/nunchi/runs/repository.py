"""Reads and writes of crawlers' runs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, String, cast, delete, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.database import beyond, recordset
from nunchi.models.crawling import CrawlRun
from nunchi.runs.rules import Done, Outcome
from nunchi.seoul import midnight

LAST = ("scheduled_at", "started_at", "ended_at", "outcome", "error")


@dataclass(frozen=True)
class Latest:
    """A crawler's last run, and when its last one ended that went well; None for what there was none of."""

    crawler: str
    scheduled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    error: str | None
    last_success_at: datetime | None


@dataclass(frozen=True)
class Day:
    """The runs of a crawler on a day in Seoul, by outcome, and what they came to."""

    day: date
    runs_ok: int
    runs_failed: int
    runs_off: int
    new: int
    revised: int
    failed: int
    enqueued: int


def keep(
    session: Session,
    crawler: str,
    scheduled_at: datetime,
    *,
    started_at: datetime,
    ended_at: datetime,
    done: Done,
    error: str,
) -> None:
    """Keeps what a run came to. One that had gone well before stays as it was: its work was done then."""
    key = {"crawler": crawler, "scheduled_at": scheduled_at}
    told = {"started_at": started_at, "ended_at": ended_at, "error": error, **asdict(done)}
    query = insert(CrawlRun).values(key | told)
    session.execute(
        query.on_conflict_do_update(index_elements=list(key), set_=told, where=CrawlRun.outcome != "ok")
    )


def latest(session: Session, crawlers: Sequence[str]) -> list[Latest]:
    """The last run of each crawler, in the order of their names here; two look-ups each, whatever the history."""
    given = recordset([{"crawler": one} for one in crawlers], {"crawler": String()})
    runs = select(CrawlRun).where(CrawlRun.crawler == given.c.crawler)
    newest = runs.order_by(CrawlRun.scheduled_at.desc()).limit(1)
    last, good = newest.lateral(), newest.where(CrawlRun.outcome == "ok").lateral()
    query = (
        select(given.c.crawler, *(last.c[name] for name in LAST), good.c.ended_at)
        .select_from(given)
        .outerjoin(last, true())
        .outerjoin(good, true())
    )
    return [Latest(*tuple(row)) for row in session.execute(query)]


def days(session: Session, crawler: str, *, since: date, until: date) -> list[Day]:
    """What a crawler did on each day in Seoul of a span, both ends included, on which it ran; the newest first."""
    day = cast(func.timezone(literal_column("'Asia/Seoul'"), CrawlRun.scheduled_at), Date)
    outcomes = [func.count().filter(CrawlRun.outcome == one) for one in ("ok", "failed", "off")]
    sums = [func.sum(one) for one in (CrawlRun.new, CrawlRun.revised, CrawlRun.failed, CrawlRun.enqueued)]
    span = (
        CrawlRun.scheduled_at >= midnight(since),
        CrawlRun.scheduled_at < midnight(until + timedelta(days=1)),
    )
    query = select(day, *outcomes, *sums).where(CrawlRun.crawler == crawler, *span)
    return [Day(*tuple(row)) for row in session.execute(query.group_by(day).order_by(day.desc()))]


def runs(session: Session, crawler: str, *, limit: int, after: tuple[datetime] | None) -> Sequence[CrawlRun]:
    """A crawler's runs from before a place, the newest first."""
    query = select(CrawlRun).where(CrawlRun.crawler == crawler, beyond((CrawlRun.scheduled_at,), after))
    return session.scalars(query.order_by(CrawlRun.scheduled_at.desc()).limit(limit)).all()


def drop_before(session: Session, moment: datetime) -> int:
    """Deletes the runs that were scheduled before a moment. Returns how many."""
    query = delete(CrawlRun).where(CrawlRun.scheduled_at < moment).returning(CrawlRun.crawler)
    return len(session.scalars(query).all())
