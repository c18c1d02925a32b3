"""The dashboard: the session and its counts, what moved, who bought, what is watched, and how the system does.

It is polled, so no answer holds the present or an age: one whose facts are the same keeps its ETag. A client that shows
ages counts them from the answer's `Date`.
"""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.dependencies import DatabaseSession, Now, public, require
from nunchi.dashboard import repository, rules, service
from nunchi.dashboard.repository import Investor
from nunchi.market import known
from nunchi.quotes.rules import INDICES
from nunchi.runs import declared
from nunchi.runs import repository as runs
from nunchi.seoul import midnight, seoul_date
from nunchi.status import repository as status

router = APIRouter(prefix="/dashboard", tags=["dashboard"])
MOST_BUDGETS = 100
Top = Annotated[int, Query(ge=1, le=100, description="How many stocks of each kind at most.")]


class TradingDay(BaseModel):
    state: Literal["before", "open", "closed", "holiday"] = Field(
        description="Of today in Seoul: before, in or after its session, or without one."
    )
    session: date | None = Field(description="Null on a holiday.")
    opens_at: AwareDatetime | None
    closes_at: AwareDatetime | None
    next_opens_at: AwareDatetime


class Today(BaseModel):
    """What came in since midnight in Seoul."""

    articles: int
    stories: int
    forecasts: int
    sealed_forecasts: int
    reports: int
    newest_forecast_at: AwareDatetime | None = Field(description="Of today or before.")
    newest_report_at: AwareDatetime | None = Field(description="Of today or before.")


class IndexLine(BaseModel):
    code: str = Field(examples=["0001"])
    name: str = Field(examples=["KOSPI"])
    session: date = Field(description="Of which the level is.")
    level_points: float
    base_points: float | None = Field(description="The close before, from which the change is counted.")
    change_ratio: float | None = Field(examples=[0.0123])
    at: AwareDatetime | None = Field(description="When it was asked for in session; null for a close.")


class Summary(BaseModel):
    trading: TradingDay
    today: Today
    indices: list[IndexLine]


class StockShown(BaseModel):
    code: str = Field(examples=["005930"])
    name: str
    market: str = Field(examples=["KOSPI"])


class MoverLine(StockShown):
    price_won: int
    base_won: int = Field(description="What the change is counted from.")
    change_ratio: float = Field(examples=[0.0123])
    volume_shares: int
    known_at: AwareDatetime


class Movers(BaseModel):
    """Of the newest session that has opened; both lists begin with the largest change."""

    session: date | None
    up: list[MoverLine]
    down: list[MoverLine]


class FlowLine(StockShown):
    foreign_shares: int
    foreign_krw_millions: int
    institution_shares: int
    institution_krw_millions: int


class NetBuying(BaseModel):
    """What an investor bought on balance, by won; both lists begin with the largest amount."""

    investor: Investor
    session: date | None = Field(description="The newest that is known; null where none is.")
    bought: list[FlowLine]
    sold: list[FlowLine]


class WatchedShown(StockShown):
    watchers: int = Field(description="How many users have it on a list.")


class CrawlerState(BaseModel):
    crawler: str = Field(examples=["maekyung"])
    last_run_at: AwareDatetime | None
    last_outcome: Literal["ok", "failed", "off"] | None = Field(
        description="`off`: it has no key or contact, or was forbidden."
    )
    last_success_at: AwareDatetime | None


class QueueState(BaseModel):
    queue: str = Field(examples=["embed"])
    open_events: int = Field(description="That wait for their consumer.")
    oldest_at: AwareDatetime | None = Field(description="Since when the oldest of them waits.")
    given_up_events: int = Field(description="That were sent as often as they may be.")


class BudgetState(BaseModel):
    arm: str = Field(examples=["gpt-4o"])
    active: bool
    left_krw: float = Field(description="Of this day in Seoul.")
    limit_krw: int


class SystemState(BaseModel):
    crawlers: list[CrawlerState]
    queues: list[QueueState] = Field(description="Those that have open events or such as were given up.")
    budgets: list[BudgetState] = Field(description="The first 100 by name.")


@router.get("/summary", dependencies=[public])
def summary(session: DatabaseSession, now: Now) -> Summary:
    """The session, what came in today, and the indices."""
    counts = repository.counts(session, since=midnight(seoul_date(now)), now=now)
    seen = repository.indices(session, INDICES, now=now)
    levels = [level for one in seen if (level := rules.level(one))]
    return Summary(
        trading=_trading(rules.trading(known.calendar(session), now)),
        today=Today.model_validate(counts, from_attributes=True),
        indices=[IndexLine.model_validate(one, from_attributes=True) for one in levels],
    )


@router.get("/movers", dependencies=[public])
def movers(session: DatabaseSession, now: Now, limit: Top = 20) -> Movers:
    """The stocks that rose and fell most: by the newest quotes in session, afterwards by the day's bars."""
    trading = known.calendar(session).last_opened(now)
    if trading is None:
        return Movers(session=None, up=[], down=[])
    up, down = repository.movers(session, trading, now=now, limit=limit)
    return Movers(
        session=trading.day,
        up=[MoverLine.model_validate(one, from_attributes=True) for one in up],
        down=[MoverLine.model_validate(one, from_attributes=True) for one in down],
    )


@router.get("/foreign-buying", dependencies=[public])
def foreign_buying(
    session: DatabaseSession, now: Now, investor: Investor = "foreign", limit: Top = 20
) -> NetBuying:
    """The stocks that foreign investors, or institutions, bought and sold most of on balance."""
    bought, sold = repository.net_buying(session, investor, now=now, limit=limit)
    day = next((one.session for one in (*bought, *sold)), None)
    return NetBuying(
        investor=investor,
        session=day,
        bought=[FlowLine.model_validate(one, from_attributes=True) for one in bought],
        sold=[FlowLine.model_validate(one, from_attributes=True) for one in sold],
    )


@router.get("/most-watched", dependencies=[require("user")])
def most_watched(limit: Top = 20) -> list[WatchedShown]:
    """The stocks that most users have on a list; as counted within the last minute."""
    found = service.most_watched(limit)
    return [WatchedShown.model_validate(one, from_attributes=True) for one in found]


@router.get("/system", dependencies=[require("user")])
def system(session: DatabaseSession, now: Now) -> SystemState:
    """When each crawler last went well, which events wait, and what the arms may still spend today."""
    budgets = status.budgets(session, now=now, limit=MOST_BUDGETS)
    return SystemState(
        crawlers=[_crawler(one) for one in runs.latest(session, declared.crawlers())],
        queues=_queues(status.backlog(session), status.given_up(session)),
        budgets=[BudgetState.model_validate(one, from_attributes=True) for one in budgets],
    )


def _trading(found: rules.Trading) -> TradingDay:
    session = found.session
    return TradingDay(
        state=found.state,
        session=session.day if session else None,
        opens_at=session.opens_at if session else None,
        closes_at=session.closes_at if session else None,
        next_opens_at=found.next_opens_at,
    )


def _crawler(last: runs.Latest) -> CrawlerState:
    return CrawlerState(
        crawler=last.crawler,
        last_run_at=last.started_at,
        last_outcome=last.outcome,
        last_success_at=last.last_success_at,
    )


def _queues(open_ones: list[status.Backlog], given_up: dict[str, int]) -> list[QueueState]:
    waiting = {one.queue: one for one in open_ones}
    return [
        QueueState(
            queue=name,
            open_events=waiting[name].events if name in waiting else 0,
            oldest_at=waiting[name].oldest_at if name in waiting else None,
            given_up_events=given_up.get(name, 0),
        )
        for name in sorted({*waiting, *given_up})
    ]
