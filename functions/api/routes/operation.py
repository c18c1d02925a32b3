"""For admins: what the arms may spend, and what runs when."""

from fastapi import APIRouter
from pydantic import BaseModel, Field, TypeAdapter

from api.access import problem_responses
from api.audit import Audited
from api.dependencies import ArmPath, DatabaseSession, Now, require
from api.forms import Budget, Strict
from api.paging import Cursor, Order, Page, PageSize
from nunchi.arms import service as arms
from nunchi.runs import declared
from nunchi.status import repository

router = APIRouter(tags=["operation"], dependencies=[require("admin")])
NAMES = Order(TypeAdapter(tuple[str]))


class BudgetLine(BaseModel):
    """Of this day in Seoul. What is reserved is the most that calls under way can cost."""

    arm: str = Field(examples=["gpt-4o"])
    provider: str = Field(examples=["openai"])
    active: bool
    limit_krw: int
    spent_krw: float
    reserved_krw: float
    left_krw: float


class BudgetChange(Strict):
    limit_krw: Budget


class ScheduleLine(BaseModel):
    function: str = Field(examples=["SealFunction"])
    crawler: str | None = Field(examples=["maekyung"], description="Null for what is no crawler.")
    expression: str = Field(examples=["cron(0/10 * * * ? *)"], description="EventBridge Scheduler's.")
    timezone: str = Field(examples=["Asia/Seoul"])


@router.get("/budgets")
def list_budgets(
    session: DatabaseSession, now: Now, limit: PageSize = 50, cursor: Cursor = None
) -> Page[BudgetLine]:
    """The budget of each arm that costs something, by name."""
    found = repository.budgets(session, now=now, limit=limit + 1, after=NAMES.after(cursor))
    return NAMES.page(found, limit, lambda one: (one.arm,), _budget)


@router.put("/budgets/{arm}", responses=problem_responses(422))
def change_budget(
    arm: ArmPath, body: BudgetChange, session: DatabaseSession, now: Now, audit: Audited
) -> BudgetLine:
    """Sets what an arm may spend a day; it counts from the next call on, and is told to the log."""
    arms.set_budget(session, arm, body.limit_krw)
    session.flush()
    (changed,) = repository.budgets(session, now=now, limit=1, arm=arm)
    audit("budget", arm=arm, limit_krw=body.limit_krw)
    return _budget(changed)


def _budget(one: repository.Budget) -> BudgetLine:
    return BudgetLine.model_validate(one, from_attributes=True)


@router.get("/schedules")
def list_schedules() -> list[ScheduleLine]:
    """Every schedule as the deployed template declares it."""
    return [
        ScheduleLine(
            function=one.function,
            crawler=one.crawler or None,
            expression=one.expression,
            timezone=one.timezone,
        )
        for one in declared.schedules()
    ]
