"""Experiments: which two arms are compared, by what, and what was said of them day by day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, Field, StrictBool, TypeAdapter

from api.access import problem_responses
from api.audit import Audited
from api.dependencies import ARM, DatabaseSession, Horizon, Now, public
from api.forms import Strict
from api.paging import Cursor, Order, Page, PageSize
from api.problems import Problem, Wrong
from api.routes.arms import ARM_NAME
from nunchi.arms import repository, service
from nunchi.errors import NotFound
from nunchi.models import ArmComparison, Experiment
from nunchi.scoreboard.repository import looks

router = APIRouter(prefix="/experiments", tags=["arms"])

ExperimentName = Annotated[str, Path(pattern=ARM_NAME, description="An experiment's name.")]


class ExperimentLine(BaseModel):
    """Two arms that are compared. But for its end, it never changes."""

    name: str
    arm_a: str
    arm_b: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = Field(description="Null while it runs.")
    horizon_sessions: int = Field(description="Of the comparison that decides.")
    alpha: float = Field(
        description="Its probability of naming a winner among equals, over all looks together."
    )
    primary: bool


class ExperimentWanted(Strict):
    """What is named here can't be changed later, only ended."""

    name: str = Field(pattern=ARM_NAME, examples=["gpt-4o-or-deepseek"])
    arm_a: str = Field(pattern=ARM, examples=["gpt-4o"])
    arm_b: str = Field(pattern=ARM, examples=["deepseek-v3.2"])
    horizon_sessions: Horizon = Field(examples=[3])
    alpha: float = Field(default=0.05, gt=0, lt=1, examples=[0.05])
    primary: StrictBool = Field(default=True, examples=[True])


class LookLine(BaseModel):
    """What was known by the end of a day in Seoul. Differences are of RPS, arm a's minus arm b's."""

    day: date
    horizon_sessions: int
    role: str = Field(description="`primary`, the comparison that was named at the start, or `secondary`.")
    alpha: float = Field(
        description="Its probability of naming a winner among equals, over all looks together."
    )
    mean_difference: float = Field(description="The mean over entry days of the day's mean difference.")
    lower: float
    upper: float
    verdict: str = Field(examples=["a better", "b better", "not enough evidence"])
    kind: str = Field(examples=["asymptotic"])
    minimum_days: int = Field(description="Entry days before which there is no verdict.")
    days: int
    days_needed: int | None = Field(
        description="Roughly how many more until a verdict; null: no end in sight."
    )
    pairs: int
    missing_a: int = Field(
        description="Pairs in which `prior`'s loss stands for an answer that arm a did not give."
    )
    missing_b: int
    before_cutoff: int = Field(description="Pairs left out: known before the end of an arm's training data.")


TIMES = Order(TypeAdapter(tuple[AwareDatetime, str]))
DAYS = Order(TypeAdapter(tuple[date, int]))


@router.get("", dependencies=[public])
def list_experiments(
    session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None
) -> Page[ExperimentLine]:
    """Every experiment, the newest first."""
    found = repository.some_experiments(session, limit=limit + 1, after=TIMES.after(cursor))
    return TIMES.page(found, limit, lambda one: (one.started_at, one.name), _line)


@router.get("/{name}", dependencies=[public])
def get_experiment(name: ExperimentName, session: DatabaseSession) -> ExperimentLine:
    """One experiment."""
    return _line(repository.experiment(session, name))


@router.get("/{name}/comparisons", dependencies=[public])
def experiment_looks(
    name: ExperimentName, session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None
) -> Page[LookLine]:
    """Every look at an experiment, the newest first; `/scoreboard/comparisons` has the newest of each."""
    repository.experiment(session, name)
    found = looks(session, name, limit=limit + 1, after=DAYS.after(cursor))
    return DAYS.page(found, limit, lambda one: (one.day, one.horizon_sessions), _look)


@router.post("", status_code=201, responses=problem_responses(404, 409))
def start_experiment(
    body: ExperimentWanted, session: DatabaseSession, now: Now, audit: Audited
) -> ExperimentLine:
    """Starts comparing two arms, from now on."""
    if body.arm_a == body.arm_b:
        raise Problem(422, "invalid", wrong=[Wrong("body.arm_b", "two_arms")])
    try:
        service.start(session, **body.model_dump(), now=now)
    except service.Refused:
        raise _refused(session, body.name) from None
    audit("experiment started", experiment=body.name, arm_a=body.arm_a, arm_b=body.arm_b)
    return _line(repository.experiment(session, body.name))


def _refused(session: DatabaseSession, name: str) -> Problem:
    try:
        repository.experiment(session, name)
    except NotFound:
        return Problem(409, "experiment_running")
    return Problem(409, "taken", wrong=[Wrong("body.name", "taken")])


@router.post("/{name}/stop")
def stop_experiment(
    name: ExperimentName, session: DatabaseSession, now: Now, audit: Audited
) -> ExperimentLine:
    """Ends a running experiment, for good."""
    repository.stop(session, name, now=now)
    audit("experiment stopped", experiment=name)
    return _line(repository.experiment(session, name))


def _line(one: Experiment) -> ExperimentLine:
    return ExperimentLine.model_validate(one, from_attributes=True)


def _look(one: ArmComparison) -> LookLine:
    return LookLine.model_validate(one, from_attributes=True)
