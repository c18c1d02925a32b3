"""The arms that forecast: what is known of each, and, for admins, adding, switching and paying for them."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StrictBool, TypeAdapter, model_validator

from api.access import problem_responses
from api.audit import Audited
from api.dependencies import ArmPath, DatabaseSession, Now, public, require
from api.forms import Budget, Strict
from api.paging import Cursor, Order, Page, PageSize
from api.problems import Problem, Wrong
from nunchi.arms import repository, service
from nunchi.arms.rules import NewArm
from nunchi.calls.repository import held
from nunchi.models import Arm
from nunchi.predict import prompts

router = APIRouter(prefix="/arms", tags=["arms"])

ARM_NAME = r"^[a-z0-9][a-z0-9.\-]{0,39}$"
Price = Annotated[float, Field(gt=0, lt=10_000, allow_inf_nan=False)]


class ArmLine(BaseModel):
    """A forecaster. Prices are zero where it costs nothing."""

    name: str = Field(examples=["gpt-4o"])
    provider: str = Field(examples=["openai"])
    model: str
    prompt_version: str = Field(examples=["forecast.v2"])
    role: str = Field(examples=["main"], description="main, challenger or baseline.")
    active: bool = Field(description="Whether it is asked about new stories.")
    training_cutoff: date | None = Field(
        description="The last day of which its model may have read; what it says of earlier days is hindsight."
    )
    price_input_usd_per_mtok: float
    price_cached_usd_per_mtok: float
    price_output_usd_per_mtok: float


class ArmBudget(ArmLine):
    """An arm with what it may spend and has spent."""

    daily_budget_krw: int = Field(description="Won a day in Seoul.")
    held_today_krw: float = Field(description="Spent today, or reserved for calls under way.")


class ArmWanted(Strict):
    """A model to be added. It is asked nothing until it is switched on."""

    name: str = Field(pattern=ARM_NAME, examples=["gpt-4o-mini"])
    provider: Literal["openai", "openrouter"] = Field(examples=["openai"])
    model: str = Field(pattern=r"^[\w./:-]{1,100}$", examples=["gpt-4o-mini"])
    prompt_version: str = Field(pattern=r"^[a-z0-9.]{1,40}$", examples=["forecast.v2"])
    role: Literal["main", "challenger"] = Field(examples=["challenger"])
    price_input_usd_per_mtok: Price = Field(examples=[0.15])
    price_cached_usd_per_mtok: Price = Field(examples=[0.075])
    price_output_usd_per_mtok: Price = Field(examples=[0.6])
    training_cutoff: date | None = Field(default=None, examples=["2023-10-01"])
    daily_budget_krw: Budget


class ArmChange(Strict):
    """What is to change; what is not named stays."""

    active: StrictBool | None = Field(default=None, examples=[True])
    daily_budget_krw: Budget | None = None

    @model_validator(mode="after")
    def _something(self) -> "ArmChange":
        if self.active is None and self.daily_budget_krw is None:
            raise ValueError("nothing is to change")
        return self


NAMES = Order(TypeAdapter(tuple[str]))


@router.get("", dependencies=[public])
def list_arms(session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None) -> Page[ArmLine]:
    """Every arm, by name."""
    found = repository.some_arms(session, limit=limit + 1, after=NAMES.after(cursor))
    return NAMES.page(found, limit, lambda arm: (arm.name,), _line)


@router.get("/{name}", dependencies=[public])
def get_arm(name: ArmPath, session: DatabaseSession) -> ArmLine:
    """One arm."""
    return _line(repository.arm(session, name))


@router.get("/{name}/budget", dependencies=[require("admin")])
def arm_budget(name: ArmPath, session: DatabaseSession, now: Now) -> ArmBudget:
    """What an arm may spend today, and what it has spent."""
    return _with_budget(session, repository.arm(session, name), now)


@router.post("", status_code=201, responses=problem_responses(409))
def add_arm(body: ArmWanted, session: DatabaseSession, now: Now, audit: Audited) -> ArmBudget:
    """Adds a model, switched off."""
    if body.prompt_version not in prompts.versions("forecast"):
        raise Problem(422, "invalid", wrong=[Wrong("body.prompt_version", "prompt_unknown")])
    try:
        service.add(session, NewArm(**body.model_dump()))
    except service.Refused:
        raise Problem(409, "taken", wrong=[Wrong("body.name", "taken")]) from None
    audit("arm added", arm=body.name, limit_krw=body.daily_budget_krw)
    return _with_budget(session, repository.arm(session, body.name), now)


@router.patch("/{name}", responses=problem_responses(409))
def change_arm(
    name: ArmPath, body: ArmChange, session: DatabaseSession, now: Now, audit: Audited
) -> ArmBudget:
    """Switches an arm on or off, and sets its budget. What it was due to answer before, it still answers."""
    if body.active is not None:
        _switch(session, name, active=body.active)
        audit("switch", arm=name, active=body.active)
    if body.daily_budget_krw is not None:
        service.set_budget(session, name, body.daily_budget_krw)
        audit("budget", arm=name, limit_krw=body.daily_budget_krw)
    return _with_budget(session, repository.arm(session, name), now)


def _switch(session: DatabaseSession, name: str, *, active: bool) -> None:
    try:
        service.switch(session, name, active=active)
    except service.Refused:
        raise Problem(409, "prior_stays") from None


def _line(arm: Arm) -> ArmLine:
    return ArmLine.model_validate(arm, from_attributes=True)


def _with_budget(session: DatabaseSession, arm: Arm, now: Now) -> ArmBudget:
    return ArmBudget(
        **_line(arm).model_dump(),
        daily_budget_krw=arm.daily_budget_krw,
        held_today_krw=held(session, arm.name, now=now),
    )
