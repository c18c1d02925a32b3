"""Whether the service can do its work."""

from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.access import problem_responses
from api.dependencies import DatabaseSession, Now, public
from api.problems import Problem, retry_later
from nunchi import database
from nunchi.runs import declared, repository
from nunchi.status import stores
from nunchi.status.stores import Store

router = APIRouter(tags=["health"], dependencies=[public])


class Health(BaseModel):
    status: Literal["ok"]
    now: AwareDatetime


class StoreState(BaseModel):
    name: Literal["postgres", "redis", "milvus"]
    state: Literal["up", "away", "off"] = Field(description="`off` where none is configured.")
    latency_ms: float | None = Field(
        description="Of a connection of its own and one question; null where none came back."
    )


class CrawlerSuccess(BaseModel):
    crawler: str = Field(examples=["maekyung"])
    last_success_at: AwareDatetime | None = Field(description="When its last run ended that went well.")


class Readiness(BaseModel):
    ready: bool
    status: Literal["ok", "degraded", "unavailable"] = Field(
        description="`degraded`: without Redis nobody can log in, without Milvus nothing similar is found."
    )
    stores: list[StoreState]
    crawlers: list[CrawlerSuccess]
    now: AwareDatetime


@router.get("/health")
def health(session: DatabaseSession, now: Now) -> Health:
    """Answers once the database does."""
    session.execute(text("SELECT 1"))
    return Health(status="ok", now=now)


@router.get("/health/live")
def live(now: Now) -> Health:
    """Answers as long as the process does, whatever became of the stores."""
    return Health(status="ok", now=now)


@router.get("/health/ready", responses=problem_responses(503))
def ready(now: Now) -> Readiness:
    """Each store's state, asked now and for a second at most, and when each crawler last went well.

    Without PostgreSQL the answer is a problem with the status 503, which has these same members.
    """
    found = stores.check()
    crawlers = _crawlers() if _is_up(found, "postgres") else None
    if crawlers is None:
        told = _readiness(found, [], now, "unavailable").model_dump(mode="json", exclude={"status"})
        raise Problem(503, "unavailable", retry_later(), more=told)
    status: Literal["ok", "degraded"] = "degraded" if any(one.state == "away" for one in found) else "ok"
    return _readiness(found, crawlers, now, status)


def _is_up(found: list[Store], name: str) -> bool:
    return any(one.name == name and one.state == "up" for one in found)


def _crawlers() -> list[CrawlerSuccess] | None:
    """None where the database went away after it had been asked."""
    try:
        with database.session() as session:
            latest = repository.latest(session, declared.crawlers())
    except SQLAlchemyError:
        return None
    return [CrawlerSuccess(crawler=one.crawler, last_success_at=one.last_success_at) for one in latest]


def _readiness(
    found: list[Store],
    crawlers: list[CrawlerSuccess],
    now: AwareDatetime,
    status: Literal["ok", "degraded", "unavailable"],
) -> Readiness:
    return Readiness(
        ready=status != "unavailable",
        status=status,
        stores=[StoreState.model_validate(one, from_attributes=True) for one in found],
        crawlers=crawlers,
        now=now,
    )
